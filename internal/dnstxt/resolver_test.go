package dnstxt_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/bulkhead-saas/bulkhead/internal/dnstxt"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// serve starts a name server on UDP and TCP at one port of loopback.
func serve(t *testing.T, answer func(m *dns.Msg, name string)) (address string) {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	udp, err := net.ListenPacket("udp", tcp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	handler := func(overUDP bool) dns.HandlerFunc {
		return func(w dns.ResponseWriter, q *dns.Msg) {
			m := new(dns.Msg).SetReply(q)
			answer(m, q.Question[0].Name)
			if overUDP {
				m.Truncate(dns.MinMsgSize)
			}
			_ = w.WriteMsg(m)
		}
	}
	for _, s := range []*dns.Server{{PacketConn: udp, Handler: handler(true)}, {Listener: tcp, Handler: handler(false)}} {
		go s.ActivateAndServe() //nolint:errcheck // it ends when the test does
		t.Cleanup(func() { _ = s.Shutdown() })
	}
	return tcp.Addr().String()
}

func record(name string, texts ...string) dns.RR {
	return &dns.TXT{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeTXT, Class: dns.ClassINET}, Txt: texts}
}

func TestTXT(t *testing.T) {
	large := strings.Repeat("x", 255)
	zone := map[string][]dns.RR{
		"_bulkhead.acme.com.": {record("_bulkhead.acme.com.", "bulkhead=1"), record("_bulkhead.acme.com.", "two ", "parts")},
		"large.acme.com.":     {record("large.acme.com.", large, large, large)}, // comes by TCP
		"alias.acme.com.": {
			&dns.CNAME{Hdr: dns.RR_Header{Name: "alias.acme.com.", Rrtype: dns.TypeCNAME, Class: dns.ClassINET}, Target: "x.acme.com."},
			record("x.acme.com.", "by another name"),
		},
		"empty.acme.com.": nil,
	}
	codes := map[string]int{
		"broken.acme.com.": dns.RcodeServerFailure, "refused.acme.com.": dns.RcodeRefused, "odd.acme.com.": dns.RcodeNotImplemented,
	}
	r := dnstxt.Resolver{Address: serve(t, func(m *dns.Msg, name string) {
		rrs, known := zone[name]
		m.Answer = rrs
		m.RecursionAvailable = true
		if code, ok := codes[name]; ok {
			m.Rcode = code
		} else if !known {
			m.Rcode = dns.RcodeNameError
		}
	})}
	for name, tc := range map[string]struct {
		want []string
		err  error
	}{
		"_bulkhead.acme.com":              {[]string{"bulkhead=1", "two parts"}, nil},
		"large.acme.com":                  {[]string{large + large + large}, nil},
		"alias.acme.com":                  {[]string{"by another name"}, nil},
		"empty.acme.com":                  {nil, dnstxt.ErrNoRecord},
		"nowhere.acme.com":                {nil, dnstxt.ErrNoRecord},
		"broken.acme.com":                 {nil, tenant.ErrUnavailable},
		"refused.acme.com":                {nil, tenant.ErrUnavailable},
		"odd.acme.com":                    {nil, tenant.ErrUnavailable},
		"":                                {nil, tenant.ErrInvalid},
		"acme":                            {nil, tenant.ErrInvalid},
		"_bulkhead.acme.com.":             {nil, tenant.ErrInvalid},
		"_Bulkhead.acme.com":              {nil, tenant.ErrInvalid},
		"a b.acme.com":                    {nil, tenant.ErrInvalid},
		"b\u00fccher.de":                  {nil, tenant.ErrInvalid},
		"*.acme.com":                      {nil, tenant.ErrInvalid},
		strings.Repeat("a", 64) + ".com":  {nil, tenant.ErrInvalid},
		strings.Repeat("a.", 130) + "com": {nil, tenant.ErrInvalid},
	} {
		got, err := r.TXT(t.Context(), name)
		if !errors.Is(err, tc.err) || (err != nil) != (tc.err != nil) {
			t.Errorf("%q: %v, want %v", name, err, tc.err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", name, diff)
		}
	}
}

// TestTXTCannotAsk: a server that is gone, and one that never answers, say nothing about a record.
func TestTXTCannotAsk(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, address := range []string{gone.Addr().String(), silent.LocalAddr().String(), "nonsense"} {
		ctx, cancel := context.WithCancel(t.Context())
		if address == silent.LocalAddr().String() {
			go func() { // gives up once the question has come
				_, _, _ = silent.ReadFrom(make([]byte, 512))
				cancel()
			}()
		}
		if _, err := (dnstxt.Resolver{Address: address}).TXT(ctx, "_bulkhead.acme.com"); !errors.Is(err, tenant.ErrUnavailable) {
			t.Errorf("%s: %v, want ErrUnavailable", address, err)
		}
		cancel()
	}
}
