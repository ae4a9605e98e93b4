package viewtest

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// unrendered is the call of a component that templ takes for text.
var unrendered = regexp.MustCompile(`@(\w+\.)?[A-Z]\w*\(.*?\)`)

// What a page needs for keyboards and screen readers, and under the content security policy.
func sound(t *testing.T, samples Samples) {
	for _, s := range samples("plain") {
		t.Run(s.Name, func(t *testing.T) {
			markup := Render(t, s.Component)
			if found := unrendered.FindString(markup); found != "" {
				t.Errorf("the page shows %q: a component is called in the middle of a line", found)
			}
			if !s.Fragment {
				checkPage(t, markup)
			}
			checkPolicy(t, Tags(markup))
			root, err := html.Parse(strings.NewReader(markup))
			if err != nil {
				t.Fatal(err)
			}
			checkNames(t, root)
			checkReferences(t, Tags(markup), s.Fragment)
		})
	}
}

func checkPage(t *testing.T, markup string) {
	count := map[string]int{}
	for _, tag := range Tags(markup) {
		count[tag.Data]++
		if tag.Data == "html" {
			if lang, _ := Attribute(tag, "lang"); lang != "en" {
				t.Errorf("lang is %q", lang)
			}
		}
	}
	for _, once := range []string{"html", "title", "h1", "main"} {
		if count[once] != 1 {
			t.Errorf("%d %s elements, want 1", count[once], once)
		}
	}
	if !strings.HasPrefix(strings.ToLower(markup), "<!doctype html>") {
		t.Error("no doctype")
	}
	if !strings.Contains(markup, `<a class="skip" href="#main">`) {
		t.Error("no skip link")
	}
}

// checkPolicy wants nothing that a content security policy without inline scripts and styles would
// stop.
func checkPolicy(t *testing.T, tags []html.Token) {
	for _, tag := range tags {
		if tag.Data == "style" {
			t.Error("a style element")
		}
		if src, _ := Attribute(tag, "src"); tag.Data == "script" && src == "" {
			t.Error("an inline script")
		}
		for _, a := range tag.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
				t.Errorf("<%s> has %s", tag.Data, a.Key)
			}
		}
	}
}

// checkNames wants a name on everything that one can operate, and words or an explicit silence for
// every image.
func checkNames(t *testing.T, root *html.Node) {
	labelled := map[string]bool{}
	for n := range root.Descendants() {
		if n.Data == "label" {
			labelled[value(n, "for")] = true
		}
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "input", "select", "textarea":
			named := value(n, "aria-label") != "" || within(n, "label") || labelled[value(n, "id")]
			if !named && value(n, "type") != "hidden" {
				t.Errorf("<%s name=%q> has no label", n.Data, value(n, "name"))
			}
		case "button", "a":
			label, shown := value(n, "aria-label"), strings.Join(strings.Fields(words(n)), " ")
			if label == "" && shown == "" {
				t.Errorf("<%s class=%q> has no name", n.Data, value(n, "class"))
			}
			// Somebody who speaks to their browser says what they read (WCAG 2.5.3).
			if label != "" && !strings.Contains(strings.ToLower(label), strings.ToLower(shown)) {
				t.Errorf("<%s> is called %q and shows %q", n.Data, label, shown)
			}
		case "nav", "section", "ul":
			if value(n, "aria-label") == "" {
				t.Errorf("<%s> has no name", n.Data)
			}
		case "dialog":
			if value(n, "aria-labelledby") == "" {
				t.Error("<dialog> has no name")
			}
		case "img":
			if !has(n, "alt") {
				t.Error("<img> has no alt")
			}
		case "svg":
			if value(n, "aria-hidden") != "true" && !hidden(n) {
				t.Error("<svg> is neither named nor hidden")
			}
		case "th":
			if value(n, "scope") == "" || strings.TrimSpace(words(n)) == "" {
				t.Error("<th> without scope or words")
			}
		}
	}
}

// checkReferences wants ids to be unique, and every reference to one to have its target on the
// page.
func checkReferences(t *testing.T, tags []html.Token, fragment bool) {
	ids := map[string]bool{}
	for _, tag := range tags {
		id, ok := Attribute(tag, "id")
		if !ok {
			continue
		}
		if id == "" || ids[id] {
			t.Errorf("id %q is empty or not unique", id)
		}
		ids[id] = true
	}
	if fragment {
		return
	}
	for _, tag := range tags {
		for _, name := range []string{"for", "aria-labelledby", "aria-describedby", "popovertarget"} {
			if id, ok := Attribute(tag, name); ok && !ids[id] {
				t.Errorf("<%s %s=%q> refers to nothing", tag.Data, name, id)
			}
		}
	}
}

func value(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func within(n *html.Node, element string) bool {
	for p := range n.Ancestors() {
		if p.Data == element {
			return true
		}
	}
	return false
}

func hidden(n *html.Node) bool {
	for p := range n.Ancestors() {
		if value(p, "aria-hidden") == "true" {
			return true
		}
	}
	return false
}

func words(n *html.Node) string {
	var all strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			all.WriteString(d.Data)
		}
	}
	return all.String()
}
