package files_test

import (
	"compress/gzip"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/assets"
	"github.com/bulkhead-saas/bulkhead/web/files"
	"github.com/bulkhead-saas/bulkhead/web/view"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

// The first view of the busiest page, with everything that it loads, weighs at most 60 KB on the
// wire.
func TestFirstView(t *testing.T) {
	const most = 60_000
	var page string
	for _, s := range samples("plain") {
		if s.Name == "files" {
			page = viewtest.Render(t, s.Component)
		}
	}
	loads := map[string]bool{assets.URL("icons.svg"): true}
	for _, tag := range viewtest.Tags(page) {
		for _, name := range []string{"src", "href"} {
			if address, _ := viewtest.Attribute(tag, name); strings.HasPrefix(address, assets.Prefix) && !strings.Contains(address, "#") {
				loads[address] = true
			}
		}
	}
	total := compressed(t, page)
	for address := range loads {
		length, err := strconv.Atoi(viewtest.Get(address).Header.Get("Content-Length"))
		if err != nil {
			t.Fatal(err)
		}
		total += length
	}
	t.Logf("%d bytes in %d files and the page", total, len(loads))
	if total > most {
		t.Errorf("first view is %d bytes, want at most %d", total, most)
	}
}

// BenchmarkFileList renders a list of 50 rows.
func BenchmarkFileList(b *testing.B) {
	part := files.List{CanUpload: true, MaxBytes: 32_000_000, Next: "next"}
	for i := range 50 {
		part.Files = append(part.Files, files.File{
			ID: "f" + strconv.Itoa(i), Name: "Quarterly report.pdf", Type: "application/pdf", Size: 4_200_000, By: "Ada Lovelace", At: viewtest.Noon(), Status: "stored",
		})
	}
	shell := view.Shell{Workspace: view.Workspace{Slug: "acme", Name: "Acme", Region: "EU", Isolation: "silo"}}
	list := files.Table(shell, part)
	for b.Loop() {
		if err := list.Render(b.Context(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func compressed(t *testing.T, text string) int {
	t.Helper()
	var out strings.Builder
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}
