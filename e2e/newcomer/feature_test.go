package newcomer_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// stories are the generated ones: they call each route of the table, whoever added it.
const stories = "^TestHouse$/^(every_route.*|foreign_and_missing|operators)$"

// TestAddingAFeature adds the feature by the page, holds it to the gates, and leaves out one thing at a
// time.
func TestAddingAFeature(t *testing.T) {
	c := copyModule(t, "bulkhead-newcomer", asItIs)
	c.overlay(t, "testdata/notes")
	if touched := c.apply(t); len(touched) > most {
		t.Errorf("the feature touches %d files that exist: %v", len(touched), touched)
	}
	must(t, root, "go", "tool", "templ", "generate", "-path", filepath.Join(c.dir, "web/notes"))
	c.differs["web/notes/page_templ.go"] = true

	if found, ok := c.isolint(t); !ok {
		t.Errorf("isolint: %s", found)
	}
	for _, gate := range []struct{ pkg, run string }{
		{"internal/tenant", "Permission"},
		{"internal/kinds", "."},
		{layers, "^(TestLayers|TestForbiddenImports|TestTestPackages|TestFeaturesAreRequestScoped)$"},
		{"web/notes", "."},
		{"web", "^(TestEvery.*|TestRouteTableIsWhole|TestPublicRoutes|TestOpenAPI)$"},
		{"web", stories},
	} {
		if said, ok := c.test(t, gate.pkg, gate.run); !ok {
			t.Fatalf("%s: %s", gate.pkg, said)
		}
	}
	for _, group := range omissions {
		c.omit(t, group)
	}
}

// omit makes the omissions of a group, wants each gate to say so, and puts everything back.
func (c copied) omit(t *testing.T, group []omission) {
	var without []string
	for _, o := range group {
		if o.without != "" {
			without = append(without, o.without)
		}
	}
	c.apply(t, without...)
	before := map[string][]byte{}
	for _, o := range group {
		if o.file == "" {
			continue
		}
		content := c.read(t, o.file)
		if before[o.file] == nil {
			before[o.file] = content
		}
		if o.old == "" {
			c.remove(t, o.file)
			continue
		}
		if bytes.Count(content, []byte(o.old)) != 1 {
			t.Fatalf("%s does not have %q once", o.file, o.old)
		}
		c.write(t, o.file, bytes.Replace(content, []byte(o.old), []byte(o.new), 1))
	}
	for _, o := range group {
		t.Run(o.what, func(t *testing.T) {
			if said, ok := c.gate(t, o); ok || !strings.Contains(said, o.says) {
				t.Errorf("passes: %t; want the message %q in: %.3000s", ok, o.says, said)
			}
		})
	}
	for file, content := range before {
		c.write(t, file, content)
	}
	c.apply(t)
}

// gate asks the gate that the omission is for.
func (c copied) gate(t *testing.T, o omission) (said string, ok bool) {
	t.Helper()
	switch o.run {
	case byIsolint:
		return c.isolint(t)
	case byCompiler:
		return run(t, root, "go", "build", c.laid(t), "./"+o.pkg)
	}
	return c.test(t, o.pkg, o.run)
}

// The page gives the message of each omission as the gate does.
func TestThePageGivesTheMessages(t *testing.T) {
	page, err := os.ReadFile(root + "/docs/adding-a-feature.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range slices.Concat(omissions...) {
		if !bytes.Contains(page, []byte(o.says)) {
			t.Errorf("docs/adding-a-feature.md does not say what comes of a missing %s: %q", o.what, o.says)
		}
	}
}
