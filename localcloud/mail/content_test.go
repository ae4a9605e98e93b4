package mail_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/localcloud/mail"
)

func TestContent(t *testing.T) {
	part := func(lines ...string) string { return strings.Join(lines, "\n") }
	nested := part("Content-Type: text/plain", "", "text")
	for i := range 20 {
		b := fmt.Sprintf("b%db", i)
		nested = part("Content-Type: multipart/mixed; boundary="+b, "", "--"+b, nested, "--"+b+"--")
	}
	for name, tt := range map[string]struct {
		raw     string
		want    mail.Content
		problem bool
	}{
		"plain": {
			raw:  part("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=", "X-Long: a", "\tb", "", "Hello"),
			want: mail.Content{Subject: "Grüße", Text: "Hello", Header: []mail.Field{{Name: "Subject", Value: "Grüße"}, {Name: "X-Long", Value: "a b"}}},
		},
		"a character set": {
			raw: part("Subject: =?iso-8859-1?q?caf=E9?=", "Content-Type: text/plain; charset=iso-8859-1", "Content-Transfer-Encoding: quoted-printable", "", "caf=E9"),
			want: mail.Content{Subject: "café", Text: "café", Header: []mail.Field{
				{Name: "Subject", Value: "café"}, {Name: "Content-Type", Value: "text/plain; charset=iso-8859-1"}, {Name: "Content-Transfer-Encoding", Value: "quoted-printable"},
			}},
		},
		"text, HTML and a file": {
			raw: part(`Content-Type: multipart/mixed; boundary=b`, "", "preamble", "--b", `Content-Type: multipart/alternative; boundary=c`, "",
				"--c", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "", "SGVsbG8h", "--c", "Content-Type: text/html", "", "<b>Hello</b>", "--c--",
				"--b", `Content-Type: application/pdf; name="bill.pdf"`, `Content-Disposition: attachment; filename="=?utf-8?q?R=C3=A9sum=C3=A9?="`, "", "12345", "--b",
				"Content-Type: text/plain", "Content-Disposition: attachment", "", "a file of text", "--b--"),
			want: mail.Content{
				Text: "Hello!", HTML: true, Header: []mail.Field{{Name: "Content-Type", Value: "multipart/mixed; boundary=b"}},
				Files: []mail.File{{Name: "Résumé", Type: "application/pdf", Size: 5}, {Type: "text/plain", Size: 14}},
			},
		},
		"HTML alone": {
			raw:  part("Content-Type: text/html", "", "<script>alert(1)</script>"),
			want: mail.Content{HTML: true, Header: []mail.Field{{Name: "Content-Type", Value: "text/html"}}},
		},
		"bytes that are no text": {
			raw:  "Subject: a\xffb\n\nx\xffy",
			want: mail.Content{Subject: "a\uFFFDb", Text: "x\uFFFDy", Header: []mail.Field{{Name: "Subject", Value: "a\uFFFDb"}}},
		},
		"an unknown character set": {
			raw:  part("Content-Type: text/plain; charset=klingon", "", "qapla"),
			want: mail.Content{Text: "qapla", Header: []mail.Field{{Name: "Content-Type", Value: "text/plain; charset=klingon"}}},
		},
		"parts within parts without end": {
			raw: nested, problem: true,
			want: mail.Content{Header: []mail.Field{{Name: "Content-Type", Value: "multipart/mixed; boundary=b19b"}}},
		},
		"a file of text alone": {
			raw: part("Content-Type: text/plain", "Content-Disposition: attachment; filename=a.txt", "", "secret plan"),
			want: mail.Content{
				Header: []mail.Field{{Name: "Content-Type", Value: "text/plain"}, {Name: "Content-Disposition", Value: "attachment; filename=a.txt"}},
				Files:  []mail.File{{Name: "a.txt", Type: "text/plain", Size: 11}},
			},
		},
		"base64 that is none": {
			raw: part("Content-Transfer-Encoding: base64", "", "!!!"), problem: true,
			want: mail.Content{Header: []mail.Field{{Name: "Content-Transfer-Encoding", Value: "base64"}}},
		},
		"no header": {raw: "no header at all", problem: true},
		"nothing":   {raw: "", problem: true},
	} {
		got := mail.Message{Raw: []byte(strings.ReplaceAll(tt.raw, "\n", "\r\n"))}.Content()
		if (got.Problem != "") != tt.problem {
			t.Errorf("%s: problem %q", name, got.Problem)
		}
		got.Problem = ""
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
