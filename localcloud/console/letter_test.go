package console_test

import (
	"fmt"
	"net/http"
	"net/smtp"
	"strings"
	"testing"
)

// send sends a mail to the cloud by SMTP.
func (w *world) send(to, raw string) {
	w.t.Helper()
	must(w.t, smtp.SendMail(w.cloud.Endpoints().SMTP, nil, "no-reply@bulkhead.example", []string{to}, []byte(raw)))
}

// What an application sends by SMTP is listed and read, the newest first.
func TestLetters(t *testing.T) {
	w := newWorld(t)
	w.page("/mail").has("Nothing was sent by SMTP yet", w.cloud.Endpoints().SMTP, "The mailbox is empty")
	w.send("ann@acme.example", "Subject: An invitation\r\nFrom: Bulkhead <no-reply@bulkhead.example>\r\n\r\n"+
		"Hello Ann,\r\n\r\naccept at http://localhost:8080/t/acme/invited?token=1&b=2.\r\n(or https://a.example/x_y)\r\n")
	w.send("ben@acme.example", "\r\nno header")
	p := w.page("/mail")
	rows := p.all("tr")
	if len(rows) != 3 || !strings.Contains(text(rows[1]), "ben@acme.example (no subject)") || !strings.Contains(text(rows[2]), "no-reply@bulkhead.example ann@acme.example An invitation") {
		t.Fatalf("the list: %s", p.main())
	}
	w.page("/").has("2 e-mails")

	p = w.page(p.follow("An invitation"))
	p.has("An invitation", "no-reply@bulkhead.example", "Hello Ann,", "From Bulkhead <no-reply@bulkhead.example>")
	links := page{t, p.path, p.all("pre")[0]}.all("a")
	if len(links) != 2 || attribute(links[0], "href") != "http://localhost:8080/t/acme/invited?token=1&b=2" || text(links[0]) != attribute(links[0], "href") ||
		attribute(links[1], "href") != "https://a.example/x_y" || attribute(links[1], "rel") != "noreferrer noopener" {
		t.Errorf("the links of %s", text(p.all("pre")[0]))
	}
	for _, path := range []string{"/letter", "/letter?id=99", "/letter?id=x", "/letter?id=-1"} {
		w.get(path, http.StatusNotFound)
	}
}

// Whoever can have a mail sent decides what is in it.
func TestHostileLetters(t *testing.T) {
	w := newWorld(t)
	const script = "<script>alert(1)</script>"
	w.send("ann@acme.example", "Subject: "+script+"\u202eevil\r\nX-"+script+": a\r\n\r\n"+script+" javascript:alert(1) https://bank.example@evil.example/ "+
		"https://a.example/\u202egnp.exe \u202eback")
	w.send("ann@acme.example", "Subject: page\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"+script+
		"<img src=https://tracker.example/>\r\n--b\r\nContent-Type: text/plain; name=\""+script+"\"\r\nContent-Disposition: attachment\r\n\r\nsecret plan\r\n--b--\r\n")
	w.send("ann@acme.example", "Subject: "+strings.Repeat("long ", 50)+"\r\n\r\n"+strings.Repeat("x", 1900))
	w.send("ann@acme.example", "Subject: broken\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nnever ends")
	for id := range 4 {
		path := fmt.Sprintf("/letter?id=%d", id+1)
		p := w.page(path)
		checkFrame(t, p)
		_, body := w.get(path, http.StatusOK)
		if strings.Contains(body, script) || strings.Contains(body, "\u202e") || strings.Contains(body, "tracker.example") || strings.Contains(body, "secret plan") {
			t.Errorf("%s: %s", path, body)
		}
	}
	p := w.page("/letter?id=1")
	p.has(script, "javascript:alert(1)", "‹U+202E›back", "https://bank.example@evil.example/")
	if links := (page{t, p.path, p.all("pre")[0]}).all("a"); len(links) != 0 {
		t.Errorf("it has links: %s", attribute(links[0], "href"))
	}
	w.page("/letter?id=2").has("It has HTML, which is not shown here", "Files", "11 bytes")
	w.page("/letter?id=4").has("A part of the mail cannot be read")
	_, body := w.get("/mail", http.StatusOK)
	if strings.Contains(body, script) || strings.Contains(body, "\u202e") || strings.Contains(body, strings.Repeat("long ", 30)) {
		t.Errorf("the list: %s", body)
	}
	// A secret in a link is what the mail is for; one beside it is not shown.
	w.send("ann@acme.example", "Subject: link\r\n\r\nSign in: http://localhost:8080/in?t="+aToken+"\r\n")
	w.page("/letter?id=5").has(aToken)
	w.send("ann@acme.example", "Subject: token\r\n\r\nhttp://localhost:8080/ "+aToken+"\r\n")
	p = w.page("/letter?id=6")
	p.has("is not shown")
	p.lacks(aToken)
}
