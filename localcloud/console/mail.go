package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/identity"
	"github.com/bulkhead-saas/bulkhead/localcloud/mail"
)

// maxMail is how many e-mails of either kind are listed.
const maxMail = 200

// mailView is what applications sent by SMTP, and what Identity Platform would have sent.
type mailView struct {
	Address string // of SMTP; empty: it is not known
	Sent    []letterLine
	More    bool // there are older ones
	Box     []identity.Message
}

type letterLine struct {
	ID      uint64
	Time    time.Time
	From    string
	To      []string
	Subject string
}

func (c *console) mail(*http.Request) (sheet, error) {
	sent, err := c.Mail.List(maxMail + 1)
	if err != nil {
		return sheet{}, err
	}
	box, err := c.Identity.Mailbox(maxMail)
	if err != nil {
		return sheet{}, err
	}
	v := mailView{Address: c.endpoint(SMTP), Box: box, More: len(sent) > maxMail}
	for _, m := range sent[:min(len(sent), maxMail)] {
		v.Sent = append(v.Sent, letterLine{m.ID, m.Time, m.From, m.To, m.Content().Subject})
	}
	return sheet{Data: v}, nil
}

// letterView is one mail that came by SMTP. Its HTML is never shown, nor are its files.
type letterView struct {
	mail.Message
	mail.Content
	Lines  []piece
	Hidden bool // the text holds a secret outside of its links
}

// piece is a piece of text; one with a URL is a link.
type piece struct{ Text, URL string }

func (c *console) letter(r *http.Request) (sheet, error) {
	id, err := strconv.ParseUint(r.FormValue("id"), 10, 64)
	if err != nil {
		return sheet{}, errNothing
	}
	m, ok, err := c.Mail.Get(id)
	if err != nil {
		return sheet{}, err
	}
	if !ok {
		return sheet{}, errNothing
	}
	v := letterView{Message: m, Content: m.Content()}
	var words strings.Builder
	for _, p := range pieces(v.Text) {
		if p.URL == "" {
			words.WriteString(p.Text)
		}
		v.Lines = append(v.Lines, p)
	}
	if holdsSecret(words.String()) {
		v.Lines, v.Hidden = nil, true
	}
	title := hide(v.Subject)
	if title == "" {
		title = "(no subject)"
	}
	return sheet{Title: title, Crumbs: []link{{"Mail", "/mail"}}, Data: v}, nil
}

var webAddress = regexp.MustCompile(`https?://[^\s<>"'\x60]+`)

// pieces splits a text at its links, which lead to http or https alone. A stop or a bracket after a
// link is not part of it.
func pieces(text string) []piece {
	var all []piece
	add := func(p piece) {
		if p.Text != "" {
			all = append(all, p)
		}
	}
	for {
		at := webAddress.FindStringIndex(text)
		if at == nil {
			add(piece{Text: text})
			return all
		}
		address := strings.TrimRight(text[at[0]:at[1]], ".,;:!?)]}*_")
		end := at[0] + len(address)
		add(piece{Text: text[:at[0]]})
		u, err := url.Parse(address)
		if err == nil && u.Host != "" && u.User == nil && strings.IndexFunc(address, unseen) < 0 {
			add(piece{address, address})
		} else {
			add(piece{Text: address})
		}
		text = text[end:]
	}
}
