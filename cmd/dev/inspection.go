package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/tink-crypto/tink-go/v2/hybrid"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/inspection"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/clienttoken"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
)

// What runs beside the web role and the worker: the Adapter, and Service B, unless it runs
// elsewhere. Each has a port and an account of its own.

// neighbours are the processes beside the web role, as it were.
type neighbours struct {
	worker, adapter, inspection net.Listener // inspection is nil if Service B runs elsewhere
	inspectionURL               string
}

// listenBeside takes a port for each. elsewhere is the origin of a Service B that runs by itself;
// "": it runs here.
func listenBeside(elsewhere string) (n neighbours, err error) {
	for _, ln := range []*net.Listener{&n.worker, &n.adapter, &n.inspection} {
		if ln == &n.inspection && elsewhere != "" {
			n.inspectionURL = elsewhere
			continue
		}
		if *ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return n, errors.Join(err, n.close())
		}
	}
	if n.inspection != nil {
		n.inspectionURL = originOf(n.inspection)
	}
	return n, nil
}

func (n neighbours) close() error {
	var faults []error
	for _, ln := range []net.Listener{n.worker, n.adapter, n.inspection} {
		if ln != nil {
			if err := ln.Close(); !errors.Is(err, net.ErrClosed) {
				faults = append(faults, err)
			}
		}
	}
	return errors.Join(faults...)
}

func originOf(ln net.Listener) string { return "http://" + ln.Addr().String() }

// deliver has Pub/Sub push events to where everything listens now, and the scheduler wake the
// Adapter.
func (d dev) deliver(ctx context.Context, owner *platform.Platform) error {
	worker, adapter := originOf(d.beside.worker), originOf(d.beside.adapter)
	err := setup.Deliver(ctx, owner, project,
		setup.Subscription{ID: "buckets-worker", Topic: setup.BucketsTopic, Address: worker + app.ObjectsPath},
		setup.Subscription{ID: "inspections-worker", Topic: setup.InspectionsTopic, Address: worker + app.InspectionsPath},
	)
	if err != nil {
		return err
	}
	files := setup.Subscription{ID: setup.AdapterSubscription, Topic: setup.UploadsTopic, Address: adapter + app.UploadsPath}
	if d.unplugged {
		files.Address = ""
	}
	if err := setup.Deliver(ctx, owner, project, files); err != nil {
		return err
	}
	return setup.Schedule(ctx, owner, project, setup.AdapterTick, adapter+app.TickPath)
}

// startAdapter starts the role adapter, with key sets that nobody else has.
func (d dev) startAdapter(ctx context.Context, cfg app.Config) (*app.Adapter, error) {
	cfg.PublicURL, cfg.Aliases = originOf(d.beside.adapter), nil
	var err error
	if cfg.SealingKeyset, err = sealingKeyset(filepath.Join(d.data, "keys", "adapter-sealing.json")); err != nil {
		return nil, err
	}
	if cfg.HandoverKeyset, err = d.handoverKeyset(); err != nil {
		return nil, err
	}
	cfg.WorkerURL, cfg.InspectionURL, cfg.InspectionsTopic = originOf(d.beside.worker), d.beside.inspectionURL, setup.InspectionsTopic
	return app.NewAdapter(ctx, cfg, d.log)
}

// startInspection starts Service B.
func (d dev) startInspection(ctx context.Context) (*inspection.Service, error) {
	at := d.cloud.Endpoints()
	return inspection.New(ctx, inspection.Config{
		Addr: "127.0.0.1:0", Project: project, Account: setup.Inspection.Email(project), KeyFile: d.keyFile("inspection"),
		Database: setup.InspectionDatabase, Bucket: setup.InspectionBucket(project),
		Issuers:      inspection.Issuers{{Kind: clienttoken.IdentityPlatform, Project: project}},
		MaxFileBytes: 2 << 30, Retention: 720 * time.Hour, Origins: []string{d.address},
		FirestoreEndpoint: at.GRPC, StorageEndpoint: at.Storage, IdentityEndpoint: at.Identity, TokenEndpoint: at.Token,
		Plaintext: true,
	}, d.log)
}

// serveInspection serves Service B until ctx ends.
func (d dev) serveInspection(ctx context.Context, b *inspection.Service) error {
	server := &http.Server{Handler: b.Handler(), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(d.beside.inspection) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
		return server.Close()
	}
}

// handoverKeyset reads the key set by which the Adapter opens what clients hand over, making it at
// the first start.
func (d dev) handoverKeyset() (string, error) {
	return ensureKeyset(filepath.Join(d.data, "keys", "adapter-handover.json"), hybrid.DHKEM_X25519_HKDF_SHA256_HKDF_SHA256_AES_256_GCM_Key_Template())
}

// adapterKeyset is the public part of handoverKeyset, which the application seals to.
func (d dev) adapterKeyset() (string, error) {
	secret, err := d.handoverKeyset()
	if err != nil {
		return "", err
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader([]byte(secret))))
	if err != nil {
		return "", fmt.Errorf("key set of the Adapter: %w", err)
	}
	public, err := handle.Public()
	if err != nil {
		return "", err
	}
	var buf bytes.Buffer
	if err := public.WriteWithNoSecrets(keyset.NewJSONWriter(&buf)); err != nil {
		return "", err
	}
	return buf.String(), nil
}
