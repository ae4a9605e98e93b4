package uploads_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

const (
	png  = "\x89PNG\r\n\x1a\n"
	zip  = "PK\x03\x04aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	none = "application/octet-stream"
)

// TestTypeOf: a file is answered as what it is, and what a browser could run as nothing.
func TestTypeOf(t *testing.T) {
	for what, c := range map[string]struct{ head, announced, want string }{
		"a picture":                          {png, "image/png", "image/png"},
		"a picture that is called a text":    {png, "text/plain", "image/png"},
		"a picture that is called nothing":   {png, none, "image/png"},
		"a page that is called a picture":    {"<html><script>alert(1)</script>", "image/png", none},
		"a page that is called a text":       {"<!doctype html><p>", "text/plain", none},
		"a drawing that is called a picture": {`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`, "image/png", none},
		"a script that is called a table":    {"#!/usr/bin/node\nalert(1)", "text/csv", none},
		"a text":                             {"All hands.", "text/plain", "text/plain"},
		"a text that is called a table":      {"All hands.", "text/csv", "text/csv"},
		"a text that is called a picture":    {"All hands.", "image/png", "text/plain"},
		"a table that is called a text":      {"a,b\n1,2\n3,4\n", "text/plain", "text/csv"},
		"a document":                         {zip, docx, docx},
		"an archive":                         {zip, none, "application/zip"},
		"a document that is called a PDF":    {zip, "application/pdf", "application/zip"},
		"an old document":                    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword", "application/msword"},
		"an old document, called a picture":  {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "image/png", none},
		"a picture that is a page, too":      {"GIF89a<script>alert(1)</script>", "text/plain", "image/gif"},
		"bytes":                              {"\x00\x01\x02", "image/jpeg", none},
		"nothing":                            {"", "image/jpeg", "text/plain"},
	} {
		if got := uploads.TypeOf([]byte(c.head), c.announced); got != c.want {
			t.Errorf("%s: %s, want %s", what, got, c.want)
		}
	}
}

// TestFilesAreAnsweredAsWhatTheyAre: whoever settles it, the page or the job, and shown within a
// page only if a browser can run nothing in it.
func TestFilesAreAnsweredAsWhatTheyAre(t *testing.T) {
	vendingtest.EachIsolation(t, func(t *testing.T, w *vendingtest.World) {
		editor := sit(t, w, w.Acme.Editor)
		for what, c := range map[string]struct{ content, is, shown string }{
			"a picture": {png, "image/png", "image/png"}, "a page": {"<html><script>alert(1)</script>", none, ""},
			"a text": {"All hands.", "text/plain", "text/plain; charset=utf-8"}, "a PDF": {"%PDF-1.7\n", "application/pdf", ""},
		} {
			u := editor.store(t, "misleading.txt", c.content) // announced as a text
			if u.ContentType != c.is {
				t.Errorf("%s is kept as %s, want %s", what, u.ContentType, c.is)
			}
			signed, err := editor.Download(t.Context(), u.ID, false)
			if err != nil {
				t.Fatal(err)
			}
			if resp, _ := send(t, signed, ""); resp.Header.Get("Content-Type") != c.is || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
				t.Errorf("%s is answered as %v", what, resp.Header)
			}
			p, err := sit(t, w, w.Acme.Viewer).Preview(t.Context(), u.ID)
			if c.shown == "" {
				want(t, what+" is shown", err, uploads.ErrNotFound)
				continue
			}
			if err != nil || (u.Preview() == uploads.ImagePreview) != strings.HasPrefix(c.shown, "image/") {
				t.Errorf("%s is shown as %s, %v; want %q", what, u.Preview(), err, c.shown)
			}
			resp, body := send(t, p, "")
			if body != c.content || resp.Header.Get("Content-Type") != c.shown || resp.Header.Get("Content-Disposition") != "inline" {
				t.Errorf("%s: %v %q", what, resp.Header, body)
			}
			if q, err := url.Parse(p.URL); err != nil || q.Query().Get("X-Goog-Expires") > "60" {
				t.Errorf("%s is signed for longer than a minute: %s", what, p.URL)
			}
		}
		later, _ := editor.put(t, "later.txt", png)
		if err := uploads.NewRepository(w.Grant(t, w.Acme.Editor)).Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, err := editor.Get(t.Context(), later.ID); err != nil || got.ContentType != "image/png" {
			t.Errorf("a picture that nobody completed is kept as %s, %v", got.ContentType, err)
		}
	})
}

// TestWhatIsNotShown: a file within a page.
func TestWhatIsNotShown(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	editor := sit(t, w, w.Acme.Editor)
	good := editor.store(t, "good.png", png)
	if good.Preview() != uploads.ImagePreview {
		t.Fatalf("a picture is shown as %q", good.Preview())
	}
	for what, change := range map[string]func(*uploads.Upload){
		"one that has not arrived": func(u *uploads.Upload) { u.State = uploads.Pending },
		"one with a finding":       func(u *uploads.Upload) { u.Inspection.Progress = uploads.Harmful },
		"a picture of 21 MiB":      func(u *uploads.Upload) { u.Size = 21 << 20 },
		"a text of 2 MiB":          func(u *uploads.Upload) { u.Size, u.ContentType = 2<<20, "text/plain" },
		"a picture of a rare kind": func(u *uploads.Upload) { u.ContentType = "image/tiff" },
		"a drawing":                func(u *uploads.Upload) { u.ContentType = "image/svg+xml" },
		"a PDF":                    func(u *uploads.Upload) { u.ContentType = "application/pdf" },
		"anything":                 func(u *uploads.Upload) { u.ContentType = none },
	} {
		u := good
		change(&u)
		if got := u.Preview(); got != "" {
			t.Errorf("%s is shown as %q", what, got)
		}
	}
	_, err := sit(t, w, w.Globex.Admin).Preview(t.Context(), good.ID)
	want(t, "globex's admin looks at acme's picture", err, uploads.ErrNotFound)
}
