package newcomer_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// stories are the generated ones: they call each route of the table, whoever added it.
const stories = "^TestHouse$/^(every_route.*|foreign_and_missing|operators)$"

// TestAddingAFeature copies the module under another name, as gonew does, and adds the feature by
// the page. The copy is built, and held to the gates and to some of its own tests. TestOmissions
// leaves out one thing at a time.
func TestAddingAFeature(t *testing.T) {
	c := withNotes(t)
	must(t, c.dir, "go", "build", "-ldflags=-s -w", "-o", filepath.Join(c.scratch, "dev"), "./cmd/dev")
	if found, ok := c.isolint(t); !ok {
		t.Errorf("isolint: %s", found)
	}
	for _, gate := range []struct{ pkg, run string }{
		{"internal/tenant", "."},
		{"internal/controlplane/recordcache", "."},
		{"internal/kinds", "."},
		{"web/door", "."},
		{layers, "^(TestLayers|TestForbiddenImports|TestTestPackages|TestFeaturesAreRequestScoped)$"},
		{"web/notes", "."},
		{"web", "^(TestEvery.*|TestRouteTableIsWhole|TestPublicRoutes|TestOpenAPI)$"},
		{"web", stories},
	} {
		if said, ok := c.test(t, gate.pkg, gate.run); !ok {
			t.Fatalf("%s: %s", gate.pkg, said)
		}
	}
}

// withNotes is a copy of the module with the feature "notes".
func withNotes(t *testing.T) copied {
	t.Helper()
	c := copyModule(t)
	c.overlay(t, "testdata/notes")
	if touched := c.apply(t); len(touched) > most {
		t.Errorf("the feature touches %d files that exist: %v", len(touched), touched)
	}
	must(t, root, "go", "tool", "templ", "generate", "-path", filepath.Join(c.dir, "web/notes"))
	return c
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
