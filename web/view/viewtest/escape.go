package viewtest

import (
	_ "embed"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

//go:embed payloads.txt
var payloadList string

// outline is a page without its words: its elements and the names of their attributes, and, of
// those that could run or fetch something, whether they stay on this site.
func outline(markup string) []string {
	var lines []string
	for _, tag := range Tags(markup) {
		line := tag.Data
		for _, a := range tag.Attr {
			line += " " + a.Key
			switch a.Key {
			case "href", "src", "action", "hx-get", "hx-post", "data-url":
				line += "=" + reach(a.Val)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func reach(address string) string {
	path, _, _ := strings.Cut(address, "?")
	switch {
	case strings.HasPrefix(address, "/assets/"):
		return "asset"
	case strings.HasPrefix(path, "/t/"), path == "/operator", strings.HasPrefix(path, "/operator/"):
		first, _, _ := strings.Cut(path[1:], "/")
		return first + ", depth " + strconv.Itoa(strings.Count(path, "/"))
	case address == "/" || address == "/api/openapi.json" || strings.HasPrefix(address, "#"):
		return address
	case strings.HasPrefix(address, "data:image/svg+xml,%3Csvg"):
		return "flag"
	case strings.HasPrefix(address, "data:text/plain;charset=utf-8,"):
		return "text to download"
	}
	return "ELSEWHERE " + address
}

// Whatever the text in whatever field, a page has the same elements and attributes as with a plain
// word, and every address in it stays where it was.
func textStaysText(t *testing.T, samples Samples) {
	plain := map[string][]string{}
	for _, s := range samples("plain") {
		plain[s.Name] = outline(Render(t, s.Component))
	}
	payloads := strings.Split(strings.TrimSpace(payloadList), "\n")
	if len(payloads) < 60 {
		t.Fatalf("%d payloads, want at least 60", len(payloads))
	}
	for _, payload := range payloads {
		for _, s := range samples(payload) {
			if diff := cmp.Diff(plain[s.Name], outline(Render(t, s.Component))); diff != "" {
				t.Errorf("%s: %q changes the page (-plain +payload):\n%s", s.Name, payload, diff)
			}
		}
	}
}
