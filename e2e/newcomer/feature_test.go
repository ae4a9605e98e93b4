package newcomer_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stories are the generated ones: they call each route of the table, whoever added it.
const stories = "^TestHouse$/^(every_route.*|foreign_and_missing|operators)$"

// TestAddingAFeature adds the feature by the page, holds it to the gates, and leaves out one thing at a
// time. A feature has no event and no job yet; their changes and omissions belong into the same tables.
func TestAddingAFeature(t *testing.T) {
	c := copyModule(t, "bulkhead-newcomer", asItIs)
	c.overlay(t, "testdata/notes")
	if touched := c.apply(t, ""); len(touched) > most {
		t.Errorf("the feature touches %d files that exist: %v", len(touched), touched)
	}
	must(t, root, "go", "tool", "templ", "generate", "-path", filepath.Join(c.dir, "web/notes"))
	c.differs["web/notes/page_templ.go"] = true

	must(t, root, "go", "build", c.laid(t), "./internal/app")
	must(t, c.dir, "go", "vet", "./internal/notes", "./web/notes")
	if found, ok := c.isolint(t, "./internal/notes", "./web/notes"); !ok {
		t.Errorf("isolint: %s", found)
	}

	for _, gate := range []struct{ pkg, run string }{
		{"e2e", "^(TestLayers|TestForbiddenImports|TestTestPackages)$"},
		{"web/notes", "."},
		{"web", "^(TestEvery.*|TestRouteTableIsWhole|TestPublicRoutes|TestOpenAPI)$"},
		{"web", stories},
	} {
		if said, ok := c.test(t, gate.pkg, gate.run); !ok {
			t.Fatalf("%s: %s", gate.pkg, said)
		}
	}
	for _, o := range omissions {
		t.Run(o.what, func(t *testing.T) { c.omit(t, o) })
	}
}

// omission is something that one can forget or get wrong, and the gate that says so.
type omission struct {
	what    string
	without string // changes that are left out
	file    string // a file of the feature
	old     string // what the file has; empty: the file is left out
	new     string // what it has instead
	pkg     string // of the test that fails; empty: isolint; "build": the compiler
	run     string
	says    string // a part of the message
}

var omissions = []omission{
	{what: "wiring and routes", without: "wiring", pkg: "web", run: "^TestEveryFeatureIsWired$",
		says: "web/notes is not wired: add it to features, features.all and Deps.features in web/web.go"},
	{what: "layer", without: "layer", pkg: "e2e", run: "^TestLayers$",
		says: "internal/notes is in no layer: add it to layers in e2e/layers_test.go"},
	{what: "kind of object", without: "kind", pkg: "web", run: "^TestEveryObjectHasAKind$",
		says: `add its kind, with the segment "notes", to Kinds in web/webtest/foreign.go`},

	{what: "generated page", file: "web/notes/page_templ.go", pkg: "build", says: "undefined: Page"},
	{what: "sample", file: "web/notes/samples_test.go", pkg: "web", run: "^TestEveryPageHasASample$",
		says: "web/notes: the page Page is in no sample: add it to a test of the folder that calls viewtest.Check"},
	{what: "row of an error", file: "web/notes/feature.go",
		old: "\t\t{Err: notes.ErrNotFound, Refusal: door.NotFound()},\n",
		pkg: "web", run: "^TestEverySentinelHasARow$", says: "internal/notes.ErrNotFound has no row: add {Err: notes.ErrNotFound"},
	{what: "check of a row", file: "web/notes/refusals_test.go",
		old: "\t\t{Err: notes.ErrInvalid, Status: 422, Code: \"invalid\"},\n",
		pkg: "web/notes", run: "^TestRefusals$", says: "the feature has 3 rows, of which 2 are checked"},
	{what: "icon", file: "web/notes/feature.go", old: `Icon: "files"`, new: `Icon: "notes"`,
		pkg: "web/notes", run: "^TestPages$", says: "icons.svg has no symbol notes; a feature brings its own in icons.svg"},
	{what: "style", file: "web/notes/page_templ.go", old: `class=\"panel\"`, new: `class=\"note-panel\"`,
		pkg: "web/notes", run: "^TestPages$", says: "has the class note-panel, which app.css does not know; run make assets"},

	{what: "public route", file: "web/routes.go", old: "\tr.Public(get, \"/status\"",
		new: "\tr.Public(get, \"/notes.txt\", f.home.Status)\n\tr.Public(get, \"/status\"",
		pkg: "web", run: "^TestPublicRoutes$", says: "who may call a new one, and what does it tell?"},
	{what: "grant kept between requests", file: "web/notes/notes.go", old: "// List shows",
		new: "var last vending.Grant\n\n// List shows", says: "keep: package variable last"},
	{what: "another tenant's note is no refusal", file: "internal/notes/repository.go",
		old: ".Delete(ctx, firestore.Exists)", new: ".Delete(ctx)",
		pkg: "web", run: "^TestHouse$/^foreign_and_missing$", says: "DELETE /api/v1/notes/:id"},
}

// omit leaves o out of the whole feature, wants the gate to say so, and puts it back.
func (c copied) omit(t *testing.T, o omission) {
	switch {
	case o.without != "":
		c.apply(t, o.without)
		defer c.apply(t, "")
	default:
		before := c.read(t, o.file)
		defer c.write(t, o.file, before)
		if o.old == "" {
			c.remove(t, o.file)
			break
		}
		if bytes.Count(before, []byte(o.old)) != 1 {
			t.Fatalf("%s does not have %q once", o.file, o.old)
		}
		c.write(t, o.file, bytes.Replace(before, []byte(o.old), []byte(o.new), 1))
	}
	var said string
	var ok bool
	switch o.pkg {
	case "":
		said, ok = c.isolint(t, "./web/notes")
	case "build":
		said, ok = run(t, root, "go", "build", c.laid(t), "./web/notes")
	default:
		said, ok = c.test(t, o.pkg, o.run)
	}
	if ok || !strings.Contains(said, o.says) {
		t.Errorf("passes: %t; want the message %q in: %.3000s", ok, o.says, said)
	}
}

// The page gives the message of each omission as the gate does.
func TestThePageGivesTheMessages(t *testing.T) {
	page, err := os.ReadFile(root + "/docs/adding-a-feature.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range omissions {
		if !bytes.Contains(page, []byte(o.says)) {
			t.Errorf("docs/adding-a-feature.md does not say what comes of a missing %s: %q", o.what, o.says)
		}
	}
}
