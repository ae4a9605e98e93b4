package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
)

// maxUpload is the largest file of the development configuration, in bytes.
const maxUpload = 250_000_000

// setUp sets the local project up, as its owner, by the list that a real project is set up by
// (package setup). It writes the keys of the accounts that this process acts as into the folder,
// for no machine gives it an identity here. It has the scheduler send its ticks to the worker. It
// returns the web role's configuration.
func (d dev) setUp(ctx context.Context) (app.Config, error) {
	cfg, err := d.config()
	if err != nil {
		return cfg, err
	}
	at := cfg.Endpoints()
	at.Scheduler, at.PubSub = d.cloud.Endpoints().GRPC, d.cloud.Endpoints().GRPC
	owner, err := platform.Open(ctx, platform.Config{Project: project, Endpoints: at, KeyFile: d.cloud.OwnerKeyFile()})
	if err != nil {
		return cfg, err
	}
	defer owner.Close()
	if err := setup.Run(ctx, owner, setup.Default(project)); err != nil {
		return cfg, err
	}
	if err := setup.Schedule(ctx, owner, project, setup.WorkerTick, originOf(d.beside.worker)+app.TickPath); err != nil {
		return cfg, err
	}
	if err := d.deliver(ctx, owner); err != nil {
		return cfg, err
	}
	for name, account := range map[string]setup.Account{
		"web": setup.Web, "jobs": setup.Jobs, "worker": setup.Worker, "adapter": setup.Forwarding, "inspection": setup.Inspection,
	} {
		if err := ensureKey(ctx, owner, account, d.keyFile(name)); err != nil {
			return cfg, fmt.Errorf("key of %s: %w", name, err)
		}
	}
	return cfg, nil
}

// config is the development configuration: what app.yaml and Secret Manager hold in production.
func (d dev) config() (app.Config, error) {
	sealing, err := sealingKeyset(filepath.Join(d.data, "keys", "sealing.json"))
	if err != nil {
		return app.Config{}, err
	}
	tickets, err := sealingKeyset(filepath.Join(d.data, "keys", "tickets.json"))
	if err != nil {
		return app.Config{}, err
	}
	adapter, err := d.adapterKeyset()
	if err != nil {
		return app.Config{}, err
	}
	at, vaults := d.cloud.Endpoints(), setup.Default(project).Vaults
	return app.Config{
		Addr:           "127.0.0.1:0", // run listens by itself
		PublicURL:      d.address,
		Aliases:        []string{d.listens},
		Project:        project,
		IdentityAPIKey: d.cloud.APIKey(),
		SealingKeyset:  sealing,
		WebAccount:     setup.Web.Email(project),
		WebKeyFile:     d.keyFile("web"),
		WorkerAccount:  setup.Worker.Email(project),
		WorkerKeyFile:  d.keyFile("worker"),
		TickAccount:    setup.Tick.Email(project),
		PushAccount:    setup.Push.Email(project),
		AdapterAccount: setup.Forwarding.Email(project),
		AdapterKeyFile: d.keyFile("adapter"),
		VendingAccount: setup.Vending.Email(project),
		Credentials:    d.source,
		VaultUS:        vaults[tenant.US],
		VaultEU:        vaults[tenant.EU],
		VaultAsia:      vaults[tenant.Asia],
		MaxUploadBytes: maxUpload,

		EventsTopic: setup.UploadsTopic, TicketKeyset: tickets, AdapterKeyset: adapter,

		WebURL: d.address, SMTP: at.SMTP, MailFrom: "Bulkhead <bulkhead@bulkhead.test>",
		DNS: at.DNS, OutboundExceptions: []string{at.Providers}, DevelopmentDomains: true,

		FirestoreEndpoint:      at.GRPC,
		StorageEndpoint:        at.Storage,
		IdentityEndpoint:       at.Identity,
		TokenEndpoint:          at.Token,
		IAMEndpoint:            at.GRPC,
		ResourceEndpoint:       at.GRPC,
		IAMCredentialsEndpoint: at.Identity,
		PubSubEndpoint:         at.GRPC,
		Plaintext:              true,
	}, nil
}

func (d dev) keyFile(name string) string { return filepath.Join(d.data, "keys", name+".json") }

// ensureKey writes a key of the account to file unless one is there.
func ensureKey(ctx context.Context, owner *platform.Platform, a setup.Account, file string) error {
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := setup.NewKey(ctx, owner, project, a)
	if err != nil {
		return err
	}
	return writeSecret(file, key)
}

// sealingKeyset reads the key set that seals session cookies, making it at the first start.
func sealingKeyset(file string) (string, error) {
	return ensureKeyset(file, aead.AES256GCMKeyTemplate())
}

// ensureKeyset reads a key set from file, making it at the first start.
func ensureKeyset(file string, kind *tink_go_proto.KeyTemplate) (string, error) {
	b, err := os.ReadFile(file)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return string(b), err
	}
	handle, err := keyset.NewHandle(kind)
	if err != nil {
		return "", err
	}
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buf)); err != nil {
		return "", err
	}
	return buf.String(), writeSecret(file, buf.Bytes())
}
