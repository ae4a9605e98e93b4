package mail_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/localcloud/mail"
)

// world is a server that listens, on a folder.
type world struct {
	*mail.Server
	t    *testing.T
	addr string
}

func open(t *testing.T, dir string) *world {
	t.Helper()
	s, err := mail.Open(mail.Config{Dir: dir})
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		must(t, s.Close())
		must(t, <-served)
	})
	return &world{s, t, l.Addr().String()}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func letter(subject, text string) string {
	return "From: Bulkhead <no-reply@bulkhead.example>\r\nTo: ann@acme.example\r\nSubject: " + subject + "\r\n\r\n" + text + "\r\n"
}

func (w *world) send(raw string, to ...string) error {
	return smtp.SendMail(w.addr, nil, "no-reply@bulkhead.example", to, []byte(raw))
}

func subjects(t *testing.T, w *world) (all []string) {
	t.Helper()
	list, err := w.List(0)
	must(t, err)
	for _, m := range list {
		all = append(all, m.Content().Subject)
	}
	return all
}

// A mail that was taken is there, in the next process too.
func TestMailIsKept(t *testing.T) {
	dir := t.TempDir()
	t.Run("sent", func(t *testing.T) {
		w := open(t, dir)
		must(t, w.send(letter("one", "Hello."), "ann@acme.example", "ben@acme.example"))
		must(t, w.send(letter("two", ".\r\n..dots"), "ann@acme.example"))
	})
	w := open(t, dir)
	if diff := cmp.Diff([]string{"two", "one"}, subjects(t, w)); diff != "" {
		t.Error(diff)
	}
	list, err := w.List(1)
	must(t, err)
	m := list[0]
	if len(list) != 1 || m.From != "no-reply@bulkhead.example" || m.Content().Text != ".\n..dots\n" || time.Since(m.Time) > time.Hour {
		t.Errorf("%d: %+v", len(list), m)
	}
	first, ok, err := w.Get(m.ID - 1)
	must(t, err)
	if diff := cmp.Diff([]string{"ann@acme.example", "ben@acme.example"}, first.To); diff != "" || !ok {
		t.Error(diff)
	}
	if _, ok, err := w.Get(99); ok || err != nil {
		t.Errorf("a mail that never came: %v %v", ok, err)
	}
	if n, err := w.Count(); n != 2 || err != nil {
		t.Errorf("%d mails, %v", n, err)
	}
}

// The oldest mails give way.
func TestTheLatestAreKept(t *testing.T) {
	w := open(t, t.TempDir())
	c, err := smtp.Dial(w.addr)
	must(t, err)
	defer c.Close()
	const more = 3
	for i := range mail.Kept + more {
		must(t, c.Mail("a@b.example"))
		must(t, c.Rcpt("ann@acme.example"))
		data, err := c.Data()
		must(t, err)
		_, err = data.Write([]byte(letter(fmt.Sprint(i), "")))
		must(t, err)
		must(t, data.Close())
	}
	all := subjects(t, w)
	if len(all) != mail.Kept || all[0] != fmt.Sprint(mail.Kept+more-1) || all[len(all)-1] != fmt.Sprint(more) {
		t.Errorf("%d mails, from %s to %s", len(all), all[0], all[len(all)-1])
	}
}

func TestWait(t *testing.T) {
	w := open(t, t.TempDir())
	to := func(who string) func(mail.Message) bool { return func(m mail.Message) bool { return m.To[0] == who } }
	type answer struct {
		mail.Message
		err error
	}
	wait := func(ctx context.Context, who string) <-chan answer {
		ch := make(chan answer, 1)
		go func() { m, err := w.Wait(ctx, to(who)); ch <- answer{m, err} }()
		return ch
	}
	early := wait(t.Context(), "ben@acme.example")
	must(t, w.send(letter("for ann", ""), "ann@acme.example"))
	must(t, w.send(letter("for ben", ""), "ben@acme.example"))
	if a := <-early; a.err != nil || a.Content().Subject != "for ben" {
		t.Errorf("before it came: %v, %v", a.Message, a.err)
	}
	must(t, w.send(letter("again", ""), "ann@acme.example"))
	if m, err := w.Wait(t.Context(), to("ann@acme.example")); err != nil || m.Content().Subject != "again" {
		t.Errorf("after it came: %v, %v", m, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	never := wait(ctx, "nobody@acme.example")
	cancel()
	if a := <-never; !errors.Is(a.err, context.Canceled) {
		t.Errorf("a mail that never comes: %v, %v", a.Message, a.err)
	}
}

func TestMailThatIsNotTaken(t *testing.T) {
	w := open(t, t.TempDir())
	if err := w.send(letter("large", strings.Repeat("x\r\n", mail.MaxSize/3)), "ann@acme.example"); err == nil || !strings.Contains(err.Error(), "552") {
		t.Errorf("a mail that is too large: %v", err)
	}
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprintf("p%d@acme.example", i)
	}
	if err := w.send(letter("many", ""), many...); err == nil {
		t.Error("a mail to too many is taken")
	}
	// A page of the web can send a form to this port, with SMTP in it.
	form := "EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<ann@acme.example>\r\nDATA\r\n" + letter("forged", "") + ".\r\n"
	if res, err := http.Post("http://"+w.addr+"/", "text/plain", strings.NewReader(form)); err == nil {
		res.Body.Close()
		t.Errorf("an HTTP request is answered: %s", res.Status)
	}
	c, err := smtp.Dial(w.addr)
	must(t, err)
	must(t, c.Mail("a@b.example"))
	must(t, c.Rcpt("ann@acme.example"))
	data, err := c.Data()
	must(t, err)
	_, err = data.Write([]byte(letter("cut off", "")))
	must(t, err)
	must(t, c.Close()) // before the end of the mail
	if all := subjects(t, w); len(all) != 0 {
		t.Errorf("there are mails: %q", all)
	}
}

// A server that is closed before it began to listen gives its port back.
func TestCloseBeforeServe(t *testing.T) {
	s, err := mail.Open(mail.Config{Dir: t.TempDir()})
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, s.Close())
	must(t, s.Serve(l))
	again, err := net.Listen("tcp", l.Addr().String())
	must(t, err)
	must(t, again.Close())
}
