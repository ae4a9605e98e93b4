package mail_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

const greeting mail.Kind = "greeting"

// post is a postman of the world's mail server, who writes greetings.
func post(t *testing.T, w *vendingtest.World, address string) *mail.Postman {
	t.Helper()
	server, err := mail.NewServer(mail.ServerConfig{Address: address, From: "Bulkhead <bulkhead@bulkhead.test>", Plaintext: true})
	if err != nil {
		t.Fatal(err)
	}
	return &mail.Postman{Server: server, Compose: map[mail.Kind]mail.Composer{
		greeting: func(_ context.Context, _ vending.Grant, n mail.Note) (mail.Letter, error) {
			if n.Facts["nobody"] != "" {
				return mail.Letter{}, mail.ErrNobody
			}
			return mail.Letter{To: n.To, Subject: "Grüße", Text: "Hello, " + n.Facts["name"] + ".\n.\nEnd.\n"}, nil
		},
	}}
}

// posted writes a note, and returns the payload of the job that sends it.
func posted(t *testing.T, w *vendingtest.World, g vending.Grant, n mail.Note) []byte {
	t.Helper()
	if err := mail.Post(t.Context(), g, n); err != nil {
		t.Fatal(err)
	}
	docs, err := g.Database().Collection("mails").Documents(t.Context()).GetAll()
	if err != nil {
		t.Fatal(err)
	}
	newest := docs[0]
	for _, d := range docs {
		if d.CreateTime.After(newest.CreateTime) {
			newest = d
		}
	}
	return fmt.Appendf(nil, `{"mail":%q}`, newest.Ref.ID)
}

func count(t *testing.T, w *vendingtest.World) int {
	t.Helper()
	n, err := w.Cloud.Mail().Count()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSentOnce(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	g := w.Job(t, mail.SendKind, w.Acme)
	p := post(t, w, w.Cloud.Endpoints().SMTP)
	payload := posted(t, w, g, mail.Note{Kind: greeting, To: "ada@acme.test", Facts: map[string]string{"name": "Ada"}})
	for range 3 {
		if err := p.Send(t.Context(), g, payload); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, w); n != 1 {
		t.Fatalf("%d letters, want 1", n)
	}
	all, err := w.Cloud.Mail().List(1)
	if err != nil {
		t.Fatal(err)
	}
	if c := all[0].Content(); c.Subject != "Grüße" || !strings.Contains(strings.ReplaceAll(c.Text, "\r\n", "\n"), "Hello, Ada.\n.\nEnd.") {
		t.Errorf("the letter is %q: %q", c.Subject, c.Text)
	}
	docs, err := g.Database().Collection("mails").Documents(t.Context()).GetAll()
	if err != nil || len(docs) != 1 || docs[0].Data()["to"] != nil || docs[0].Data()["facts"] != nil {
		t.Errorf("what is kept of a letter that was sent: %v, %v", docs, err)
	}

	once := mail.Note{Kind: greeting, To: "ada@acme.test", Once: "ada"}
	payload = posted(t, w, g, once)
	for range 2 {
		if err := p.Send(t.Context(), g, payload); err != nil {
			t.Fatal(err)
		}
		if err := mail.Post(t.Context(), g, once); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, w); n != 2 {
		t.Errorf("%d letters, want 2: what is posted again is not sent again", n)
	}
}

func TestLettersThatAreNotSent(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	g := w.Job(t, mail.SendKind, w.Acme)
	p := post(t, w, w.Cloud.Endpoints().SMTP)
	ada := mail.Note{Kind: greeting, To: "ada@acme.test"}

	t.Run("to nobody", func(t *testing.T) {
		n := ada
		n.Facts = map[string]string{"nobody": "yes"}
		if err := p.Send(t.Context(), g, posted(t, w, g, n)); err != nil {
			t.Error(err)
		}
	})
	t.Run("of a kind that nobody writes", func(t *testing.T) {
		n := ada
		n.Kind = "riddle"
		if err := p.Send(t.Context(), g, posted(t, w, g, n)); !errors.Is(err, jobs.ErrGiveUp) {
			t.Errorf("got %v, want ErrGiveUp", err)
		}
	})
	t.Run("to what is no address", func(t *testing.T) {
		n := ada
		n.To = "no address\r\nBcc: eve@evil.test"
		if err := p.Send(t.Context(), g, posted(t, w, g, n)); !errors.Is(err, jobs.ErrGiveUp) || strings.Contains(err.Error(), "eve") {
			t.Errorf("got %v, want ErrGiveUp that says no address", err)
		}
	})
	t.Run("a job that names none", func(t *testing.T) {
		for _, payload := range []string{``, `{}`, `no`} {
			if err := p.Send(t.Context(), g, []byte(payload)); !errors.Is(err, jobs.ErrGiveUp) {
				t.Errorf("%q: got %v, want ErrGiveUp", payload, err)
			}
		}
		if err := p.Send(t.Context(), g, []byte(`{"mail":"gone"}`)); err != nil {
			t.Errorf("a note that is gone: %v", err)
		}
	})
	t.Run("while the server is away, and then it is", func(t *testing.T) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		away := ln.Addr().String()
		ln.Close()
		payload := posted(t, w, g, ada)
		if err := post(t, w, away).Send(t.Context(), g, payload); err == nil || errors.Is(err, jobs.ErrGiveUp) {
			t.Errorf("got %v, want an error after which it is tried again", err)
		}
		if err := p.Send(t.Context(), g, payload); err != nil {
			t.Error(err)
		}
	})
	if n := count(t, w); n != 1 {
		t.Errorf("%d letters, want 1", n)
	}
}

func TestPostRefuses(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	editor := w.Job(t, mail.SendKind, w.Acme)
	for what, tt := range map[string]struct {
		g vending.Grant
		n mail.Note
	}{
		"nobody's grant":  {vending.Grant{}, mail.Note{Kind: greeting, To: "ada@acme.test"}},
		"a viewer's":      {w.Grant(t, w.Acme.Viewer), mail.Note{Kind: greeting, To: "ada@acme.test"}},
		"no kind":         {editor, mail.Note{To: "ada@acme.test"}},
		"nobody":          {editor, mail.Note{Kind: greeting}},
		"a long address":  {editor, mail.Note{Kind: greeting, To: strings.Repeat("a", 300)}},
		"a fact too long": {editor, mail.Note{Kind: greeting, To: "a@b.test", Facts: map[string]string{"x": strings.Repeat("a", 501)}}},
	} {
		if err := mail.Post(t.Context(), tt.g, tt.n); err == nil {
			t.Errorf("%s is posted", what)
		}
	}
}

func TestServerConfig(t *testing.T) {
	good := mail.ServerConfig{Address: "smtp.example.com:587", From: "Bulkhead <no-reply@example.com>"}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for what, edit := range map[string]func(*mail.ServerConfig){
		"no server":           func(c *mail.ServerConfig) { c.Address = "" },
		"no port":             func(c *mail.ServerConfig) { c.Address = "smtp.example.com" },
		"a port that is none": func(c *mail.ServerConfig) { c.Address = "smtp.example.com:x" },
		"no sender":           func(c *mail.ServerConfig) { c.From = "" },
		"a name alone":        func(c *mail.ServerConfig) { c.User = "x" },
		"a password alone":    func(c *mail.ServerConfig) { c.Password = "x" },
	} {
		c := good
		edit(&c)
		if _, err := mail.NewServer(c); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
	// A server that does not encrypt gets no letter.
	w := vendingtest.TwoTenants(t)
	strict, err := mail.NewServer(mail.ServerConfig{Address: w.Cloud.Endpoints().SMTP, From: good.From})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := strict.Send(ctx, "id", mail.Letter{To: "ada@acme.test", Subject: "s", Text: "t"}); err == nil || count(t, w) != 0 {
		t.Errorf("a letter went in the clear: %v", err)
	}
}

// A letter holds a secret and an address: none of its prints does.
func TestLettersPrintNothing(t *testing.T) {
	l := mail.Letter{To: "ada@acme.test", Subject: "secret", Text: "secret"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if s := fmt.Sprintf(verb, l); strings.Contains(s, "ada") || strings.Contains(s, "secret") {
			t.Errorf("%s prints %s", verb, s)
		}
	}
}
