package oidc

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Endpoint is one of a provider's.
type Endpoint string

// The endpoints of a provider.
const (
	Discovery Endpoint = "discovery"
	KeySet    Endpoint = "keys"
	Authorize Endpoint = "authorize"
	Token     Endpoint = "token"
)

// Fault is a way in which an endpoint misbehaves.
type Fault struct {
	serve func(call)
}

// call is a request to an endpoint that misbehaves.
type call struct {
	p    *Provider
	w    http.ResponseWriter
	r    *http.Request
	well http.Handler    // what would answer
	over <-chan struct{} // closed when the fault ends
}

// conduct is how the endpoints of a provider behave, and what was asked of them.
type conduct struct {
	sync.Mutex
	faults map[Endpoint]misbehaviour
	counts map[Endpoint]int
	came   chan struct{} // closed and replaced with each request
	closed chan struct{}
	once   sync.Once
}

// misbehaviour is a fault in force. over is closed when it ends.
type misbehaviour struct {
	fault Fault
	over  chan struct{}
}

// Misbehave has an endpoint misbehave in place of what it did before, until Behave is called.
func (p *Provider) Misbehave(e Endpoint, f Fault) {
	c := &p.conduct
	c.Lock()
	defer c.Unlock()
	c.end(e)
	if c.faults == nil {
		c.faults = map[Endpoint]misbehaviour{}
	}
	c.faults[e] = misbehaviour{f, make(chan struct{})}
}

// Behave has every endpoint behave again. What hangs or is slow is answered at once.
func (p *Provider) Behave() {
	c := &p.conduct
	c.Lock()
	defer c.Unlock()
	for e := range c.faults {
		c.end(e)
	}
}

func (c *conduct) end(e Endpoint) {
	if m, ok := c.faults[e]; ok {
		close(m.over)
		delete(c.faults, e)
	}
}

// Close ends the answers that hang or are slow, now and later. The provider answers on.
func (p *Provider) Close() { p.conduct.once.Do(func() { close(p.conduct.closed) }) }

// Requests is how many requests came to an endpoint, however they were answered.
func (p *Provider) Requests(e Endpoint) int {
	p.conduct.Lock()
	defer p.conduct.Unlock()
	return p.conduct.counts[e]
}

// AwaitRequests returns once n requests came to an endpoint since the provider was made, whether
// they were answered or not. The error is that of a context that ended before.
func (p *Provider) AwaitRequests(ctx context.Context, e Endpoint, n int) error {
	c := &p.conduct
	for {
		c.Lock()
		enough := c.counts[e] >= n
		if c.came == nil {
			c.came = make(chan struct{})
		}
		came := c.came
		c.Unlock()
		if enough {
			return nil
		}
		select {
		case <-came:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// handle routes a pattern to an endpoint that counts and may misbehave.
func (p *Provider) handle(pattern string, e Endpoint, well http.Handler) {
	p.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		c := &p.conduct
		c.Lock()
		if c.counts == nil {
			c.counts = map[Endpoint]int{}
		}
		c.counts[e]++
		if c.came != nil {
			close(c.came)
			c.came = nil
		}
		m, bad := c.faults[e]
		c.Unlock()
		if !bad {
			well.ServeHTTP(w, r)
			return
		}
		m.fault.serve(call{p, w, r, well, m.over})
	})
}

// HTML has an endpoint answer a page of HTML with status 200, as a portal or a login page does.
func HTML() Fault {
	return Fault{func(c call) {
		c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = c.w.Write([]byte("<!doctype html><title>Welcome</title><p>Please sign in to the network."))
	}}
}

// OtherIssuer has discovery answer a document that names that issuer.
func OtherIssuer(issuer string) Fault {
	return Fault{func(c call) {
		writeJSON(c.w, http.StatusOK, c.p.document(issuer))
	}}
}

// Document has discovery answer its document with those members in place of its own; a nil member
// is left out.
func Document(change map[string]any) Fault {
	return Fault{func(c call) {
		writeJSON(c.w, http.StatusOK, overlay(c.p.document(c.p.cfg.Issuer), change))
	}}
}

// RedirectLoop has an endpoint redirect to itself without end.
func RedirectLoop() Fault {
	return Fault{func(c call) {
		http.Redirect(c.w, c.r, c.p.path+c.r.URL.Path, http.StatusFound)
	}}
}

// RedirectTo has an endpoint redirect to an address, such as one that nobody outside may reach.
func RedirectTo(address string) Fault {
	return Fault{func(c call) {
		c.w.Header().Set("Location", address)
		c.w.WriteHeader(http.StatusTemporaryRedirect)
	}}
}

// LargeKeySet has the key set be one valid document with the provider's keys, of at least that
// many bytes.
func LargeKeySet(size int) Fault {
	return Fault{func(c call) {
		writeJSON(c.w, http.StatusOK, map[string]any{"padding": strings.Repeat("x", size), "keys": c.p.published()})
	}}
}

// ManyKeys has the key set hold that many keys. The provider's own come last.
func ManyKeys(n int) Fault {
	return Fault{func(c call) {
		own := c.p.published()
		set := make([]map[string]string, 0, max(n, len(own)))
		for i := range n - len(own) {
			key := map[string]string{"kid": fmt.Sprintf("%s-%d", c.p.KeyID(), i)}
			set = append(set, key)
			for name, v := range own[0] {
				if name != "kid" {
					key[name] = v
				}
			}
		}
		writeJSON(c.w, http.StatusOK, map[string]any{"keys": append(set, own...)})
	}}
}

// NoKeys has the key set be a valid document with no key in it.
func NoKeys() Fault {
	return Fault{func(c call) {
		writeJSON(c.w, http.StatusOK, map[string]any{"keys": []any{}})
	}}
}

// Status has an endpoint answer that status, such as 500, and a line of text.
func Status(code int) Fault {
	return Fault{func(c call) {
		http.Error(c.w, http.StatusText(code), code)
	}}
}

// Hang has an endpoint answer nothing until the caller hangs up, the endpoint behaves again or the
// provider is closed. Then the connection is cut.
func Hang() Fault {
	return Fault{func(c call) {
		c.wait(nil)
		panic(http.ErrAbortHandler)
	}}
}

// Slow has an endpoint answer as it should, so much later.
func Slow(d time.Duration) Fault {
	return Fault{func(c call) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		c.wait(timer.C)
		c.well.ServeHTTP(c.w, c.r)
	}}
}

// wait returns when the first of these happens: enough, the end of the fault, of the caller, or of
// the provider.
func (c call) wait(enough <-chan time.Time) {
	_ = c.r.ParseForm() // until the body is read, the server does not notice a caller that hangs up
	select {
	case <-enough:
	case <-c.over:
	case <-c.r.Context().Done():
	case <-c.p.conduct.closed:
	}
}
