package dns_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	client "github.com/miekg/dns"
	"go.etcd.io/bbolt"

	"github.com/bulkhead-saas/bulkhead/localcloud/dns"
)

type world struct {
	*dns.Server
	t    *testing.T
	addr string
}

func open(t *testing.T, file string) *world {
	t.Helper()
	db, err := bbolt.Open(file, 0o600, nil)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	s, err := dns.Open(dns.Config{DB: db})
	must(t, err)
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	udp, err := net.ListenPacket("udp", tcp.Addr().String())
	must(t, err)
	must(t, s.Serve(t.Context(), udp, tcp))
	t.Cleanup(func() { must(t, s.Close()) })
	return &world{s, t, tcp.Addr().String()}
}

func newWorld(t *testing.T) *world { return open(t, filepath.Join(t.TempDir(), "db")) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// resolver is Go's own, which asks this server.
func (w *world) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, w.addr)
	}}
}

func (w *world) ask(network string, m *client.Msg) *client.Msg {
	w.t.Helper()
	answer, _, err := (&client.Client{Net: network, Timeout: 10 * time.Second}).Exchange(m, w.addr)
	must(w.t, err)
	return answer
}

func question(name string, kind uint16) *client.Msg {
	return new(client.Msg).SetQuestion(client.Fqdn(name), kind)
}

func TestTXT(t *testing.T) {
	w := newWorld(t)
	const name = "_bulkhead.acme.bulkhead.test"
	long := strings.Repeat("ab\"c\\1é", 120)
	for _, v := range []string{"bulkhead=1", `back\slash "quoted" \065`, long} {
		must(t, w.Add("_Bulkhead.acme.bulkhead.test.", v))
		must(t, w.Add(name, v)) // again: nothing changes
	}
	got, err := w.resolver().LookupTXT(t.Context(), "_BULKHEAD.Acme.bulkhead.test")
	must(t, err)
	if diff := cmp.Diff([]string{"bulkhead=1", `back\slash "quoted" \065`, long}, got); diff != "" {
		t.Error(diff)
	}
	if short := w.ask("udp", question(name, client.TypeTXT)); !short.Truncated || short.Len() > client.MinMsgSize {
		t.Errorf("an answer that is too long for UDP: %v", short)
	}
	if whole := w.ask("tcp", question(name, client.TypeTXT)); whole.Truncated || len(whole.Answer) != 3 || !whole.Authoritative {
		t.Errorf("over TCP: %v", whole)
	}
	if whole := w.ask("udp", question(name, client.TypeTXT).SetEdns0(4096, false)); whole.Truncated || len(whole.Answer) != 3 || whole.IsEdns0() == nil {
		t.Errorf("over UDP with room: %v", whole)
	}
	must(t, w.Remove(name, long))
	must(t, w.Remove(name, "never there"))
	must(t, w.Remove("elsewhere.example", "x"))
	if diff := cmp.Diff([]dns.Record{{Name: name, Value: "bulkhead=1"}, {Name: name, Value: `back\slash "quoted" \065`}}, w.Records()); diff != "" {
		t.Error(diff)
	}
	must(t, w.Set(name))
	var missing *net.DNSError
	if got, err := w.resolver().LookupTXT(t.Context(), name); !errors.As(err, &missing) || !missing.IsNotFound {
		t.Errorf("removed: %q, %v", got, err)
	}
}

func TestAnswers(t *testing.T) {
	w := newWorld(t)
	must(t, w.Add("a.b.bulkhead.test", "x"))
	must(t, w.Add("long.bulkhead.test", "x"))
	type answer struct {
		Rcode      string
		Answer, Ns int
		Own        bool
	}
	odd := question("a.b.bulkhead.test", client.TypeTXT)
	odd.Question[0].Qclass = client.ClassCHAOS
	update := new(client.Msg).SetUpdate("bulkhead.test.")
	for name, tt := range map[string]struct {
		m    *client.Msg
		want answer
	}{
		"there":               {question("a.b.bulkhead.test", client.TypeTXT), answer{"NOERROR", 1, 0, true}},
		"another type":        {question("a.b.bulkhead.test", client.TypeA), answer{"NOERROR", 0, 1, true}},
		"any type":            {question("a.b.bulkhead.test", client.TypeANY), answer{"NOERROR", 1, 0, true}},
		"a name above":        {question("b.bulkhead.test", client.TypeTXT), answer{"NOERROR", 0, 1, true}},
		"the zone":            {question("bulkhead.test", client.TypeTXT), answer{"NOERROR", 0, 1, true}},
		"its authority":       {question("bulkhead.test", client.TypeSOA), answer{"NOERROR", 1, 0, true}},
		"beneath":             {question("z.a.b.bulkhead.test", client.TypeTXT), answer{"NXDOMAIN", 0, 1, true}},
		"not there":           {question("c.bulkhead.test", client.TypeTXT), answer{"NXDOMAIN", 0, 1, true}},
		"part of a label":     {question("xa.b.bulkhead.test", client.TypeTXT), answer{"NXDOMAIN", 0, 1, true}},
		"a label's end":       {question("ng.bulkhead.test", client.TypeTXT), answer{"NXDOMAIN", 0, 1, true}},
		"another domain":      {question("example.com", client.TypeTXT), answer{"REFUSED", 0, 0, false}},
		"an ending alike":     {question("xbulkhead.test", client.TypeTXT), answer{"REFUSED", 0, 0, false}},
		"the name in another": {question("bulkhead.test.example.com", client.TypeTXT), answer{"REFUSED", 0, 0, false}},
		"test":                {question("test", client.TypeTXT), answer{"REFUSED", 0, 0, false}},
		"the root":            {question(".", client.TypeNS), answer{"REFUSED", 0, 0, false}},
		"the whole zone":      {question("bulkhead.test", client.TypeAXFR), answer{"REFUSED", 0, 0, false}},
		"another class":       {odd, answer{"REFUSED", 0, 0, false}},
		"an update":           {update, answer{"NOTIMP", 0, 0, false}},
	} {
		for _, network := range []string{"udp", "tcp"} {
			m := w.ask(network, tt.m)
			got := answer{client.RcodeToString[m.Rcode], len(m.Answer), len(m.Ns), m.Authoritative}
			if diff := cmp.Diff(tt.want, got); diff != "" || m.RecursionAvailable {
				t.Errorf("%s, %s: %s", name, network, diff)
			}
		}
	}
}

// A server that fails, for one name or for all.
func TestFaults(t *testing.T) {
	w := newWorld(t)
	must(t, w.Add("acme.bulkhead.test", "x"))
	must(t, w.Add("globex.bulkhead.test", "y"))
	look := func(name string) error { _, err := w.resolver().LookupTXT(t.Context(), name); return err }
	restore := w.Fail("acme.bulkhead.test", dns.ServFail)
	if m := w.ask("udp", question("ACME.bulkhead.test", client.TypeTXT)); m.Rcode != client.RcodeServerFailure {
		t.Errorf("a name that fails: %v", m)
	}
	if m := w.ask("tcp", question("_x.acme.bulkhead.test", client.TypeTXT)); m.Rcode != client.RcodeServerFailure {
		t.Errorf("beneath a name that fails: %v", m)
	}
	if err := look("globex.bulkhead.test"); err != nil {
		t.Errorf("another name: %v", err)
	}
	restore()
	must(t, look("acme.bulkhead.test"))

	restore = w.Fail(dns.Zone, dns.Silence)
	before := w.Questions()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	conn, err := client.DialTimeout("udp", w.addr, 10*time.Second)
	must(t, err)
	go func() {
		_, _, err := new(client.Client).ExchangeWithConnContext(ctx, question("globex.bulkhead.test", client.TypeTXT), conn)
		ended <- err
	}()
	must(t, w.AwaitQuestions(t.Context(), before+1))
	must(t, conn.Close())
	if err := <-ended; err == nil {
		t.Error("a server that is silent answered")
	}
	cancel()
	if err := w.AwaitQuestions(ctx, before+100); !errors.Is(err, context.Canceled) {
		t.Errorf("questions that never come: %v", err)
	}
	restore()
	must(t, look("globex.bulkhead.test"))
}

func TestRecordsThatAreNotTaken(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		name, value string
		want        error
	}{
		"another domain":   {"acme.example", "x", dns.ErrName},
		"an ending alike":  {"acmebulkhead.test", "x", dns.ErrName},
		"no name":          {"", "x", dns.ErrName},
		"a space":          {"a b.bulkhead.test", "x", dns.ErrName},
		"an empty label":   {"a..bulkhead.test", "x", dns.ErrName},
		"a leading hyphen": {"-a.bulkhead.test", "x", dns.ErrName},
		"a wildcard":       {"*.bulkhead.test", "x", dns.ErrName},
		"markup":           {"<b>.bulkhead.test", "x", dns.ErrName},
		"an escape":        {`a\046b.bulkhead.test`, "x", dns.ErrName},
		"a long label":     {strings.Repeat("a", 64) + ".bulkhead.test", "x", dns.ErrName},
		"a long name":      {strings.Repeat("a.", 125) + "bulkhead.test", "x", dns.ErrName},
		"no value":         {"a.bulkhead.test", "", dns.ErrValue},
		"a long value":     {"a.bulkhead.test", strings.Repeat("x", 1001), dns.ErrValue},
		"two lines":        {"a.bulkhead.test", "x\ny", dns.ErrValue},
		"no text":          {"a.bulkhead.test", "\xff", dns.ErrValue},
	} {
		if err := w.Add(tt.name, tt.value); !errors.Is(err, tt.want) {
			t.Errorf("%s, added: %v", name, err)
		}
		if err := w.Set(tt.name, tt.value); !errors.Is(err, tt.want) {
			t.Errorf("%s, set: %v", name, err)
		}
	}
	if err := w.Set("acme.example"); !errors.Is(err, dns.ErrName) {
		t.Errorf("a foreign name without values: %v", err)
	}
	if err := w.Set("a.bulkhead.test", strings.Split(strings.Repeat("x", 21), "")...); !errors.Is(err, dns.ErrMany) {
		t.Errorf("too many values: %v", err)
	}
	if all := w.Records(); len(all) != 0 {
		t.Errorf("there are records: %v", all)
	}
	must(t, w.Set("bulkhead.test", strings.Repeat("x", 1000)))
}

func TestRecordsOutliveTheProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "db")
	t.Run("added", func(t *testing.T) {
		w := open(t, file)
		must(t, w.Set("a.bulkhead.test", "1", "2"))
		must(t, w.Add("b.bulkhead.test", "3"))
		must(t, w.Remove("b.bulkhead.test", "3"))
	})
	if diff := cmp.Diff([]dns.Record{{Name: "a.bulkhead.test", Value: "1"}, {Name: "a.bulkhead.test", Value: "2"}}, open(t, file).Records()); diff != "" {
		t.Error(diff)
	}
}
