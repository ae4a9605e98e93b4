package mail

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

const (
	maxDepth = 8   // of parts within parts
	maxParts = 200 // that are looked at
)

// Content is what a mail says, as far as it can be read.
type Content struct {
	Header  []Field // in the order of the mail, unfolded and decoded
	Subject string
	Text    string // of the first plain text; empty: there is none
	HTML    bool   // there is a part of HTML
	Files   []File // parts that are neither
	Problem string // what kept the rest from being read; empty: nothing did
}

// Field is a field of a header.
type Field struct{ Name, Value string }

// File is a part that is attached.
type File struct {
	Name, Type string // as the mail says
	Size       int    // in bytes, decoded
}

// Content reads the mail.
func (m Message) Content() Content {
	head, _, _ := bytes.Cut(bytes.ReplaceAll(m.Raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	c := Content{Header: fields(string(head))}
	for _, f := range c.Header {
		if c.Subject == "" && strings.EqualFold(f.Name, "Subject") {
			c.Subject = f.Value
		}
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		c.Problem = "The mail's header cannot be read: " + err.Error()
		return c
	}
	r := reader{content: &c, left: maxParts}
	if err := r.part(textproto.MIMEHeader(parsed.Header), parsed.Body, 0); err != nil {
		c.Problem = "A part of the mail cannot be read: " + err.Error()
	}
	return c
}

var words = mime.WordDecoder{CharsetReader: charset.NewReaderLabel}

// fields splits a header. A line that begins with a space goes on with the one before.
func fields(head string) []Field {
	var all []Field
	for line := range strings.SplitSeq(head, "\n") {
		if len(all) > 0 && (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")) {
			all[len(all)-1].Value += " " + strings.TrimSpace(line)
		} else if name, v, ok := strings.Cut(line, ":"); ok {
			all = append(all, Field{strings.TrimSpace(name), strings.TrimSpace(v)})
		}
	}
	for i, f := range all {
		if decoded, err := words.DecodeHeader(f.Value); err == nil {
			all[i].Value = decoded
		}
		all[i].Value = strings.ToValidUTF8(all[i].Value, "\uFFFD")
	}
	return all
}

// reader walks through the parts of a mail.
type reader struct {
	content *Content
	left    int  // parts that may still be looked at
	text    bool // the text was found
}

func (r *reader) part(h textproto.MIMEHeader, body io.Reader, depth int) error {
	if r.left--; r.left < 0 || depth > maxDepth {
		return errors.New("it has too many parts")
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind, params = "text/plain", nil // RFC 2045, section 5.2
	}
	if strings.HasPrefix(kind, "multipart/") {
		return r.parts(multipart.NewReader(body, params["boundary"]), depth)
	}
	decoded, err := io.ReadAll(decoder(h.Get("Content-Transfer-Encoding"), body))
	if err != nil {
		return err
	}
	disposition, more, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	switch {
	case disposition != "attachment" && kind == "text/plain" && !r.text:
		r.text, r.content.Text = true, utf8Text(decoded, params["charset"])
	case disposition != "attachment" && kind == "text/html":
		r.content.HTML = true
	default:
		name := more["filename"]
		if name == "" {
			name = params["name"]
		}
		if plain, err := words.DecodeHeader(name); err == nil {
			name = plain
		}
		r.content.Files = append(r.content.Files, File{strings.ToValidUTF8(name, "\uFFFD"), kind, len(decoded)})
	}
	return nil
}

func (r *reader) parts(parts *multipart.Reader, depth int) error {
	for n := 0; ; n++ {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			if n == 0 {
				return errors.New("it ends before its first part")
			}
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.part(p.Header, p, depth+1); err != nil {
			return err
		}
	}
}

func decoder(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
}

// utf8Text is a text of a character set. One that is not known is read as UTF-8.
func utf8Text(b []byte, label string) string {
	if label != "" && !strings.EqualFold(label, "utf-8") {
		if r, err := charset.NewReaderLabel(label, bytes.NewReader(b)); err == nil {
			if plain, err := io.ReadAll(r); err == nil {
				b = plain
			}
		}
	}
	text := strings.ReplaceAll(string(b), "\r\n", "\n")
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return text
}

// String is the mail in a line, for messages of tests.
func (m Message) String() string {
	return fmt.Sprintf("mail %d from %s to %s: %s", m.ID, m.From, strings.Join(m.To, ", "), m.Content().Subject)
}
