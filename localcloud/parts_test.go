package localcloud_test

import (
	"context"
	"encoding/json"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	relying "github.com/coreos/go-oidc/v3/oidc"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/mail"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
)

// The mail server, the DNS and the providers stand at their addresses, and mail and records are
// there the next time.
func TestParts(t *testing.T) {
	dir := t.TempDir()
	first := localcloudtest.Open(t, dir)
	at := first.Endpoints()
	must(t, smtp.SendMail(at.SMTP, nil, "a@b.example", []string{"ann@acme.example"}, []byte("Subject: hello\r\n\r\n")))
	must(t, first.DNS().Add("acme.bulkhead.test", "proof"))
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, at.DNS)
	}}
	for range 2 {
		if got, err := resolver.LookupTXT(t.Context(), "acme.bulkhead.test"); err != nil || len(got) != 1 || got[0] != "proof" {
			t.Errorf("%q, %v", got, err)
		}
		if m, err := first.Mail().Wait(t.Context(), func(mail.Message) bool { return true }); err != nil || m.Content().Subject != "hello" {
			t.Errorf("%v, %v", m, err)
		}
		_, err := first.Providers().Add("acme-id", oidc.Config{Now: first.Clock().Now})
		must(t, err)
		if p, err := relying.NewProvider(t.Context(), at.Providers+"/realms/acme-id"); err != nil || p.Endpoint().TokenURL == "" {
			t.Error(err)
		}
		must(t, first.Close())
		first = localcloudtest.Open(t, dir)
	}
}

// A provider that hangs does not keep the cloud from closing.
func TestCloseWhileAProviderHangs(t *testing.T) {
	cloud := localcloudtest.New(t)
	p, err := cloud.Providers().Add("acme-id", oidc.Config{})
	must(t, err)
	p.Misbehave(oidc.Discovery, oidc.Hang())
	ended := make(chan error, 1)
	go func() { _, err := relying.NewProvider(t.Context(), p.Issuer()); ended <- err }()
	must(t, p.AwaitRequests(t.Context(), oidc.Discovery, 1))
	must(t, cloud.Close())
	if err := <-ended; err == nil {
		t.Error("what hung was answered")
	}
}

// A folder that is older than some of the services keeps its ports, and remembers those that it
// gets.
func TestPortsOfAnOlderFolder(t *testing.T) {
	dir := t.TempDir()
	before := closed(t, dir)
	file := filepath.Join(dir, "ports.json")
	b, err := os.ReadFile(file)
	must(t, err)
	var ports map[string]any
	must(t, json.Unmarshal(b, &ports))
	for _, name := range []string{"smtp", "dns", "providers"} {
		delete(ports, name)
	}
	b, err = json.Marshal(ports)
	must(t, err)
	must(t, os.WriteFile(file, b, 0o600))
	older := closed(t, dir)
	if older.GRPC != before.GRPC || older.Console != before.Console {
		t.Errorf("%+v, before %+v", older, before)
	}
	if again := closed(t, dir); again != older {
		t.Errorf("%+v, before %+v", again, older)
	}
}

// A port that is taken for one of DNS's protocols is named.
func TestDNSPortTaken(t *testing.T) {
	dir := t.TempDir()
	at := closed(t, dir).DNS
	taken, err := net.ListenPacket("udp", at)
	must(t, err)
	_, port, err := net.SplitHostPort(at)
	must(t, err)
	_, err = localcloud.Start(t.Context(), localcloud.Config{Dir: dir, Project: localcloudtest.Project})
	if err == nil || !strings.Contains(err.Error(), "port "+port+" is taken") {
		t.Errorf("%v", err)
	}
	must(t, taken.Close())
	localcloudtest.Open(t, dir)
}
