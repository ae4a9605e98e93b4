package outbound_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"

	"github.com/bulkhead-saas/bulkhead/internal/outbound"
)

// names is a DNS server whose answers a test states: for each name the addresses of its first, its
// second, and its later answers.
type names map[string][][]string

// resolver starts the server and returns a resolver that asks it alone.
func (n names) resolver(t testing.TB) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	type state struct {
		answers [][]string
		asked   atomic.Int64
	}
	byName := map[string]*state{}
	for name, answers := range n {
		byName[name+"."] = &state{answers: answers}
	}
	server := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		asked := q.Question[0]
		s := byName[strings.ToLower(asked.Name)]
		if s == nil {
			m.Rcode = dns.RcodeNameError
		} else {
			at := s.asked.Load()
			if asked.Qtype == dns.TypeA { // each look-up asks for A once
				at = s.asked.Add(1) - 1
			}
			for _, text := range s.answers[min(int(at), len(s.answers)-1)] {
				ip := net.ParseIP(text)
				h := dns.RR_Header{Name: asked.Name, Rrtype: asked.Qtype, Class: dns.ClassINET}
				switch four := ip.To4(); {
				case asked.Qtype == dns.TypeA && four != nil && !strings.Contains(text, ":"):
					m.Answer = append(m.Answer, &dns.A{Hdr: h, A: four})
				case asked.Qtype == dns.TypeAAAA && strings.Contains(text, ":"):
					m.Answer = append(m.Answer, &dns.AAAA{Hdr: h, AAAA: ip.To16()})
				}
			}
		}
		_ = w.WriteMsg(m)
	})}
	go server.ActivateAndServe() //nolint:errcheck // it ends when the test does
	t.Cleanup(func() { _ = server.Shutdown() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func newClient(t testing.TB, cfg outbound.Config) *outbound.Client {
	t.Helper()
	c, err := outbound.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serve starts a server on loopback and returns it with a client that has it as an exception.
func serve(t testing.TB, cfg outbound.Config, h http.HandlerFunc) (*httptest.Server, *outbound.Client) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	cfg.Exceptions = append(cfg.Exceptions, s.URL)
	return s, newClient(t, cfg)
}

// kindOf is the kind of err, which must be an *outbound.Error with a whole sentence.
func kindOf(t testing.TB, err error) outbound.Kind {
	t.Helper()
	var e *outbound.Error
	if !errors.As(err, &e) {
		t.Fatalf("%T %v, want an *outbound.Error", err, err)
	}
	if !strings.HasSuffix(e.Sentence, ".") || len(e.Sentence) < 30 || strings.ContainsAny(e.Sentence, "\r\n") {
		t.Errorf("%q is no sentence", e.Sentence)
	}
	return e.Kind
}

func writeJSON(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write([]byte(body))
}
