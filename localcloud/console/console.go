package console

import (
	"embed"
	"log/slog"
	"net/http"
	"sync"

	"github.com/bulkhead-saas/bulkhead/localcloud/dns"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/identity"
	"github.com/bulkhead-saas/bulkhead/localcloud/mail"
	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub"
	"github.com/bulkhead-saas/bulkhead/localcloud/scheduler"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage"
)

//go:embed pages/*.html assets
var files embed.FS

// Config is what a console looks at. All of it is required but Endpoints and Labels.
type Config struct {
	Project   string // the first one
	IAM       *iam.Service
	Identity  *identity.Projects
	Firestore *firestore.Server
	Storage   *storage.Service
	PubSub    *pubsub.Service
	Scheduler *scheduler.Service
	Mail      *mail.Server
	DNS       *dns.Server
	Logger    *slog.Logger

	Projects  func() []Project
	Endpoints []Endpoint
	Labels    func() Labels // asked for each page; nil: there are none

	GRPC       string // where Firestore is: "http://127.0.0.1:p"
	StorageURL string // where Cloud Storage is, as an address of the same form
}

// Project is a project of the cloud.
type Project struct {
	ID           string
	OwnerKeyFile string // path of the file; its content is never read
}

// Names of endpoints that a page of their own speaks of.
const (
	SMTP = "SMTP"
	DNS  = "DNS of " + dns.Zone + " (UDP and TCP)"
)

// Endpoint is where a service of the cloud listens.
type Endpoint struct {
	Name    string // "Cloud Storage"
	Address string // as its clients take it
}

// endpoint is the address of the endpoint of that name; empty: it is not known.
func (c *console) endpoint(name string) string {
	for _, e := range c.Endpoints {
		if e.Name == name {
			return e.Address
		}
	}
	return ""
}

// console serves the pages of one cloud.
type console struct {
	Config
	pages  []*page
	trying sync.Mutex // one key at a time is tried
}

// New returns the console of a cloud. It serves loopback connections only, and refuses every other.
func New(cfg Config) http.Handler {
	if cfg.Labels == nil {
		cfg.Labels = func() Labels { return Labels{} }
	}
	c := &console{Config: cfg, pages: pages()}
	mux := http.NewServeMux()
	for _, p := range c.pages {
		pattern := "GET " + p.Path
		if p.Path == "/" {
			pattern += "{$}"
		}
		serve := func(w http.ResponseWriter, r *http.Request) { c.serve(w, r, p) }
		mux.HandleFunc(pattern, serve)
		if p.form {
			mux.Handle("POST "+p.Path, ownForm(serve))
		}
	}
	mux.HandleFunc("GET /content", c.serveContent)
	mux.Handle("POST /jobs/run", ownForm(c.runJob))
	mux.HandleFunc("GET /assets/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeFileFS(w, r, files, "assets/"+r.PathValue("name"))
	})
	return guard(mux)
}
