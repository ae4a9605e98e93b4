package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
	"github.com/bulkhead-saas/bulkhead/web/files"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// pages measures how long a list of fifty rows takes to render, and what a browser fetches for its
// first view.
func (b *bench) pages(ctx context.Context) error {
	shell := view.Shell{
		Workspace: view.Workspace{Slug: "acme", Name: "Acme", Region: "United States", Isolation: "silo"},
		Account:   view.Account{Name: "Ada", Email: "ada@acme.test", Role: "admin"},
		Sections:  []view.Section{files.Section()}, Current: files.Section(),
	}
	list := files.List{CanUpload: true, MaxBytes: 32_000_000}
	for i := range 50 {
		list.Files = append(list.Files, files.File{ID: fmt.Sprintf("file-%d", i), Name: fmt.Sprintf("report %d.pdf", i),
			Type: "application/pdf", Size: 4_200_000, By: "ada@acme.test", At: time.Now(), Status: "stored"})
	}
	page := files.Page(shell, list)
	render := rounds.Calls(n(b, 500, 100), func() error { return page.Render(ctx, io.Discard) })
	all, err := rounds.Paired(n(b, 15, 9), render, render)
	if err != nil {
		return err
	}
	row := rounds.Compared("9", "a page of 50 files, rendered", "itself", all[0])
	row.AtMost("us", all[0].Ours(rounds.PerOp)/1e3, 100)
	b.row(row)

	c, err := b.theCloud(ctx)
	if err != nil {
		return err
	}
	size, elsewhere, err := firstView(ctx, c.App, "/t/"+c.Tenants[0].Slug+"/sign-in")
	if err != nil {
		return err
	}
	row = rounds.Row{Goal: "9", What: "first view of the sign-in page, compressed", Ours: fmt.Sprintf("%.1f KB", float64(size)/1e3)}
	row.AtMost("KB", float64(size)/1e3, 60)
	row.AtMost("requests elsewhere", float64(elsewhere), 0)
	b.row(row)
	return nil
}

// needed is what a page asks for: styles, scripts and images.
var needed = regexp.MustCompile(`(?:<link[^>]+href|<script[^>]+src|<img[^>]+src)="([^"]+)"`)

// firstView returns how many bytes of bodies a browser that knows nothing yet fetches for a page,
// and how many addresses of other hosts the page asks for.
func firstView(ctx context.Context, origin, path string) (bytes, elsewhere int, err error) {
	page, _, err := fetch(ctx, origin+path, "identity")
	if err != nil {
		return 0, 0, err
	}
	if _, bytes, err = fetch(ctx, origin+path, "gzip, br"); err != nil {
		return 0, 0, err
	}
	for _, found := range needed.FindAllStringSubmatch(page, -1) {
		switch address := found[1]; {
		case strings.HasPrefix(address, "data:"):
		case strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//"):
			_, size, err := fetch(ctx, origin+address, "gzip, br")
			if err != nil {
				return 0, 0, err
			}
			bytes += size
		default:
			elsewhere++
		}
	}
	return bytes, elsewhere, nil
}

// fetch returns a body, and its length as it came over the wire.
func fetch(ctx context.Context, address, encodings string) (body string, size int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", 0, err
	}
	req.Header.Set("Accept-Encoding", encodings)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", address, resp.Status)
	}
	return string(b), len(b), err
}
