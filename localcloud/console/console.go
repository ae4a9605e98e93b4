package console

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/identity"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage"
)

//go:embed pages/*.html style.css live.js
var files embed.FS

// Config is what a console looks at. All of it is required.
type Config struct {
	Project   string
	IAM       *iam.Service
	Identity  *identity.Service
	Firestore *firestore.Server
	Storage   *storage.Service
	Logger    *slog.Logger
}

// page is one page: where it is, what it is called, and what it shows.
type page struct {
	Path, Title   string
	pattern, file string
	show          func(Config, *http.Request) (any, error)
	template      *template.Template
}

// pages is the console, in the order of its menu.
func pages() []*page {
	all := []*page{
		{Path: "/", pattern: "/{$}", Title: "Decisions", file: "decisions.html", show: showDecisions},
		{Path: "/accounts", pattern: "/accounts", Title: "Accounts", file: "accounts.html", show: showAccounts},
		{Path: "/policies", pattern: "/policies", Title: "Policies", file: "policies.html", show: showPolicies},
		{Path: "/resources", pattern: "/resources", Title: "Resources", file: "resources.html", show: showResources},
		{Path: "/mail", pattern: "/mail", Title: "Mail", file: "mail.html", show: showMail},
	}
	for _, p := range all {
		p.template = template.Must(template.New("layout.html").Funcs(functions).ParseFS(files, "pages/layout.html", "pages/"+p.file))
	}
	return all
}

var functions = template.FuncMap{
	"clock": func(t time.Time) string { return t.Local().Format("15:04:05.000") },
	"date":  func(t time.Time) string { return t.Local().Format("2006-01-02 15:04") },
	"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
	"short": func(id string) string { return id[:min(len(id), 8)] },
	"local": func(email string) string { name, _, _ := strings.Cut(email, "@"); return name + "@" },
	"reason": func(reason string) string { // the outcome stands beside it
		return strings.TrimPrefix(strings.TrimPrefix(reason, "allowed: "), "denied: ")
	},
}

// New returns the console of a cloud.
func New(cfg Config) http.Handler {
	all := pages()
	mux := http.NewServeMux()
	for _, p := range all {
		mux.HandleFunc("GET "+p.pattern, func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, cfg, all) })
	}
	for _, name := range []string{"style.css", "live.js"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=300")
			http.ServeFileFS(w, r, files, name)
		})
	}
	return guard(mux)
}

// view is what every page's template is given.
type view struct {
	Project string
	Title   string
	Path    string
	Menu    []*page
	Data    any
}

func (p *page) serve(w http.ResponseWriter, r *http.Request, cfg Config, menu []*page) {
	data, err := p.show(cfg, r)
	var body bytes.Buffer
	if err == nil {
		err = p.template.Execute(&body, view{Project: cfg.Project, Title: p.Title, Path: p.Path, Menu: menu, Data: data})
	}
	if err != nil {
		cfg.Logger.ErrorContext(r.Context(), "local cloud: console", "page", p.Path, "err", err)
		http.Error(w, "The console could not show this page; the log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = body.WriteTo(w) // a browser that went away is no concern of ours
}

// security is what browsers may do with a page: show it, and let its own script load it again.
const security = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// guard refuses requests that name any host but a loopback address.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(r.Host) {
			http.Error(w, "The console answers on loopback addresses only.", http.StatusMisdirectedRequest)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", security)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// loopback reports whether a Host header is a loopback address, with or without a port, or localhost.
func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip.IsLoopback() || strings.EqualFold(host, "localhost")
}
