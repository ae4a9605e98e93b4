package console_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// page is a page of the console as a browser understands it.
type page struct {
	t    *testing.T
	path string
	root *html.Node
}

// all are the elements of that name.
func (p page) all(element string) []*html.Node {
	var found []*html.Node
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && n.Data == element {
			found = append(found, n)
		}
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text is what an element says, without runs of spaces.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// main is what the page says, without its frame.
func (p page) main() string { return text(p.all("main")[0]) }

// has fails the test unless the page says all of that.
func (p page) has(want ...string) {
	p.t.Helper()
	for _, s := range want {
		if !strings.Contains(p.main(), s) {
			p.t.Errorf("%s lacks %q in:\n%s", p.path, s, p.main())
		}
	}
}

// lacks fails the test if the page says any of that.
func (p page) lacks(unwanted ...string) {
	p.t.Helper()
	for _, s := range unwanted {
		if strings.Contains(p.main(), s) {
			p.t.Errorf("%s has %q in:\n%s", p.path, s, p.main())
		}
	}
}

// follow returns where the last link of that text leads: the way back stands above what the page is
// about.
func (p page) follow(label string) string {
	p.t.Helper()
	for _, a := range slices.Backward(p.all("a")) {
		if text(a) == label {
			return attribute(a, "href")
		}
	}
	p.t.Fatalf("%s has no link %q in:\n%s", p.path, label, p.main())
	return ""
}

// copies are the texts that the page offers for copying.
func (p page) copies() []string {
	var all []string
	for n := range p.root.Descendants() {
		if slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "data-copy" }) {
			all = append(all, attribute(n, "data-copy"))
		}
	}
	return all
}

// rows are the decisions of the list.
func (p page) rows() []string {
	var all []string
	for _, li := range p.all("li") {
		if attribute(li, "data-version") != "" {
			all = append(all, text(li))
		}
	}
	return all
}

// tableRows are the rows of the page's tables, without their heads.
func (p page) tableRows() []string {
	var all []string
	for _, body := range p.all("tbody") {
		for tr := range body.ChildNodes() {
			if tr.Type == html.ElementNode {
				all = append(all, text(tr))
			}
		}
	}
	return all
}
