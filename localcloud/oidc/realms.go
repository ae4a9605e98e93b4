package oidc

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"
)

// Realms serves several providers at one address. The issuer of a realm is that address, followed
// by "/realms/" and the realm's name. Safe for concurrent use.
type Realms struct {
	origin, host string

	mu     sync.Mutex
	order  []string
	realms map[string]*Provider
	closed bool
}

var realmName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// NewRealms returns a host without realms. origin is its address: "http://127.0.0.1:p". The error
// is an origin that is no such address.
func NewRealms(origin string) (*Realms, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || origin != u.Scheme+"://"+u.Host {
		return nil, fmt.Errorf("oidc: %q is not an origin", origin)
	}
	return &Realms{origin: origin, host: u.Host, realms: map[string]*Provider{}}, nil
}

// Add makes a realm. cfg.Issuer must be empty, for it follows from the name. Errors: a name that is
// taken or is not of lower-case letters, digits and inner hyphens; those of New.
func (h *Realms) Add(name string, cfg Config) (*Provider, error) {
	if !realmName.MatchString(name) || cfg.Issuer != "" {
		return nil, fmt.Errorf("oidc: realm %q: the name must be of a-z, 0-9 and hyphens, and names the issuer", name)
	}
	cfg.Issuer = h.IssuerOf(name)
	p, err := New(cfg)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.realms[name] != nil {
		return nil, fmt.Errorf("oidc: there is a realm %q", name)
	}
	h.realms[name] = p
	h.order = append(h.order, name)
	if h.closed {
		p.Close()
	}
	return p, nil
}

// Realm returns the realm of that name, or nil.
func (h *Realms) Realm(name string) *Provider {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.realms[name]
}

// Names are the realms, in the order in which they were added.
func (h *Realms) Names() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.order)
}

// Origin is the address of the host, and the origin of every realm's issuer.
func (h *Realms) Origin() string { return h.origin }

// IssuerOf is the issuer of a realm of that name, whether there is one or not.
func (h *Realms) IssuerOf(name string) string { return h.origin + "/realms/" + name }

// ServeHTTP answers one request. A request under another name than the origin's is refused: a page
// of the web may have its own name resolve to this machine.
func (h *Realms) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Host != h.host {
		http.Error(w, "The providers answer under "+h.origin+" only.", http.StatusMisdirectedRequest)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/realms/{realm}/{rest...}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("realm")
		p := h.Realm(name)
		if p == nil {
			http.Error(w, "There is no provider of that name.", http.StatusNotFound)
			return
		}
		http.StripPrefix("/realms/"+name, p).ServeHTTP(w, r)
	})
	mux.ServeHTTP(w, r)
}

// Close ends the answers of all realms that hang or are slow.
func (h *Realms) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, p := range h.realms {
		p.Close()
	}
}
