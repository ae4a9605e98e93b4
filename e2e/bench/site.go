package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
)

// site is all that a file goes through, each a process of its own: the roles web and worker, the
// Adapter, and Service B.
type site struct {
	web, worker, adapter, b *child
	origin                  string // of the web role
}

// publishing is the plan of a server of a role that publishes events, and takes large files.
func (c *cloud) publishing(role string) plan {
	p := c.plan()
	cfg := &p.Config
	cfg.Role, cfg.MaxUploadBytes, cfg.PubSubEndpoint = role, 2<<30, cfg.FirestoreEndpoint
	cfg.EventsTopic, cfg.TicketKeyset, cfg.AdapterKeyset = setup.UploadsTopic, c.events.tickets, c.events.adapter
	cfg.WorkerAccount, cfg.WorkerKeyFile = setup.Worker.Email(c.Project), c.keyFile("worker")
	cfg.TickAccount, cfg.PushAccount, cfg.AdapterAccount = setup.Tick.Email(c.Project), setup.Push.Email(c.Project), setup.Forwarding.Email(c.Project)
	cfg.SMTP, cfg.MailFrom = "127.0.0.1:25", "Bulkhead <bulkhead@bulkhead.test>" // nobody is written to
	return p
}

func (c *cloud) keyFile(name string) string { return filepath.Join(c.data, "keys", name+".json") }

// startSite starts everything, and has Pub/Sub and the scheduler call it. An inspection that is not
// empty is the origin of a Service B that runs already.
func (b *bench) startSite(ctx context.Context, c *cloud, inspectionOrigin string) (*site, error) {
	s := new(site)
	start := func(p plan) (*child, string, error) {
		process, addr, err := b.serve(roleServer, p)
		return process, "http://" + addr, err
	}
	var err error
	if inspectionOrigin == "" {
		if s.b, inspectionOrigin, err = b.startInspection(ctx, c); err != nil {
			return nil, err
		}
	}
	if s.web, s.origin, err = start(c.publishing(app.RoleWeb)); err != nil {
		return nil, err
	}
	p := c.publishing(app.RoleWorker)
	p.Config.WebURL = s.origin
	var worker, adapter string
	if s.worker, worker, err = start(p); err != nil {
		return nil, err
	}
	p = c.publishing(app.RoleAdapter)
	p.Config.WorkerURL, p.Config.InspectionURL, p.Config.InspectionsTopic = worker, inspectionOrigin, setup.InspectionsTopic
	p.Config.AdapterKeyFile, p.Config.HandoverKeyset = c.keyFile("adapter"), c.events.handover
	if s.adapter, adapter, err = start(p); err != nil {
		return nil, err
	}
	return s, c.asOwner(ctx, func(owner *platform.Platform) error {
		return errors.Join(
			setup.Deliver(ctx, owner, c.Project,
				setup.Subscription{ID: "buckets-worker", Topic: setup.BucketsTopic, Address: worker + app.ObjectsPath},
				setup.Subscription{ID: "inspections-worker", Topic: setup.InspectionsTopic, Address: worker + app.InspectionsPath},
				setup.Subscription{ID: setup.AdapterSubscription, Topic: setup.UploadsTopic, Address: adapter + app.UploadsPath},
			),
			setup.Schedule(ctx, owner, c.Project, setup.WorkerTick, worker+app.TickPath),
			setup.Schedule(ctx, owner, c.Project, setup.AdapterTick, adapter+app.TickPath),
		)
	})
}

func (s *site) end() {
	for _, c := range []*child{s.adapter, s.worker, s.web, s.b} {
		if c != nil {
			c.end()
		}
	}
}

// asOwner acts for somebody who owns the project.
func (c *cloud) asOwner(ctx context.Context, do func(*platform.Platform) error) error {
	grpc := "http://" + c.Endpoints.Firestore
	owner, err := platform.Open(ctx, platform.Config{Project: c.Project, KeyFile: c.ownerKey, Endpoints: gcloud.Endpoints{
		Firestore: grpc, Storage: c.Endpoints.Storage, Identity: c.Endpoints.Identity, Token: c.Endpoints.Token,
		IAM: grpc, ResourceManager: grpc, Scheduler: grpc, IAMCredentials: c.Endpoints.Identity, PubSub: grpc,
	}})
	if err != nil {
		return err
	}
	return errors.Join(do(owner), owner.Close())
}

// startInspection starts Service B.
func (b *bench) startInspection(ctx context.Context, c *cloud) (*child, string, error) {
	if b.inspection == "" {
		var err error
		if b.inspection, err = b.build(ctx, "./internal/app/apptest/inspectiond", serverFlags...); err != nil {
			return nil, "", err
		}
	}
	process, err := b.start(b.inspection)
	if err != nil {
		return nil, "", err
	}
	// Its configuration by the names of its fields: nothing here knows Service B but by HTTP.
	err = json.NewEncoder(process.input).Encode(map[string]any{
		"Project": c.Project, "Account": setup.Inspection.Email(c.Project), "KeyFile": c.keyFile("inspection"),
		"Database": setup.InspectionDatabase, "Bucket": setup.InspectionBucket(c.Project),
		"Issuers":      fmt.Sprintf(`[{"kind":"identity-platform","project":%q}]`, c.Project),
		"MaxFileBytes": 2 << 30, "Retention": 24 * time.Hour,
		"FirestoreEndpoint": "http://" + c.Endpoints.Firestore, "StorageEndpoint": c.Endpoints.Storage,
		"IdentityEndpoint": c.Endpoints.Identity, "TokenEndpoint": c.Endpoints.Token, "Plaintext": true,
	})
	if err != nil {
		return nil, "", err
	}
	addr, err := process.expect("") // the first line
	return process, "http://" + addr, err
}

// signedRequest is a request that sends a file, or a part of one.
type signedRequest struct {
	Method, URL string
	Headers     map[string]string
}

// caller is somebody at a server's API.
type caller struct {
	origin string
	of     *customer
	as     *user
}

// call calls the API and reads the answer into v, which may be nil.
func (c caller) call(ctx context.Context, method, path string, body, v any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.origin+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("X-TenantId", c.of.ID)
	r.Header.Set("Authorization", "Bearer "+c.as.Token)
	return exchange(r, v)
}

// announced answers an intent.
type announced struct {
	ID     string
	Upload signedRequest
	Parts  struct {
		Size  int64
		Count int
	}
}

func (c caller) announce(ctx context.Context, name string, size int64) (a announced, err error) {
	return a, c.call(ctx, http.MethodPost, "/uploads", map[string]any{"name": name, "size": size, "type": "text/plain"}, &a)
}

// send sends what from yields.
func (to signedRequest) send(ctx context.Context, from io.Reader, size int64) error {
	r, err := http.NewRequestWithContext(ctx, to.Method, to.URL, from)
	if err != nil {
		return err
	}
	r.ContentLength = size
	for name, value := range to.Headers {
		r.Header.Set(name, value)
	}
	return exchange(r, nil)
}

// sender keeps as many connections as there are uploads at once.
var sender = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128}, Timeout: 5 * time.Minute}

// exchange sends a request, wants success, and reads the answer into v, which may be nil.
func exchange(r *http.Request, v any) error {
	resp, err := sender.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode/100 != 2:
		return fmt.Errorf("%s %s: %s %.200s", r.Method, r.URL.Path, resp.Status, text)
	case v == nil:
		return nil
	}
	return json.Unmarshal(text, v)
}
