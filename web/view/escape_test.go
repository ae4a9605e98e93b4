package view_test

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outline is a page without its words: its elements and the names of their attributes, and, of those that could run or fetch
// something, whether they stay on this site.
func outline(markup string) []string {
	var lines []string
	for _, tag := range tags(markup) {
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
	switch {
	case strings.HasPrefix(address, "/assets/"):
		return "asset"
	case strings.HasPrefix(address, "/t/"), address == "/operator", strings.HasPrefix(address, "/operator/"):
		path, _, _ := strings.Cut(address, "?")
		first, _, _ := strings.Cut(path[1:], "/")
		return first + ", depth " + strconv.Itoa(strings.Count(path, "/"))
	case address == "/" || strings.HasPrefix(address, "#"):
		return address
	case strings.HasPrefix(address, "data:image/svg+xml,%3Csvg"):
		return "flag"
	}
	return "ELSEWHERE " + address
}

// Whatever the text in whatever field, a page has the same elements and attributes as with a plain word, and every
// address in it stays where it was.
func TestTextStaysText(t *testing.T) {
	plain := map[string][]string{}
	for _, s := range samples("plain") {
		plain[s.name] = outline(render(t, s.component))
	}
	payloads := read(t, "testdata/payloads.txt")
	if len(payloads) < 60 {
		t.Fatalf("%d payloads, want at least 60", len(payloads))
	}
	for _, payload := range payloads {
		for _, s := range samples(payload) {
			if diff := cmp.Diff(plain[s.name], outline(render(t, s.component))); diff != "" {
				t.Errorf("%s: %q changes the page (-plain +payload):\n%s", s.name, payload, diff)
			}
		}
	}
}

func read(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []string
	for scanner := bufio.NewScanner(f); scanner.Scan(); {
		lines = append(lines, scanner.Text())
	}
	return lines
}
