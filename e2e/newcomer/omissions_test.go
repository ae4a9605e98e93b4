package newcomer_test

// omission is something that one can forget or get wrong, and the gate that says so.
type omission struct {
	what    string
	without string // changes that are left out: all whose of begins so
	file    string // a file of the copy
	old     string // what the file has; empty: the file is left out
	new     string // what it has instead
	pkg     string // the package of the test, or what the compiler is given
	run     string // the test that fails, or byIsolint or byCompiler
	says    string // a part of the message
}

const (
	byIsolint  = "isolint"
	byCompiler = "go build"

	layers = "e2e/layers_test.go" // needs nothing of its package, so it is linked alone
)

// omissions stand in groups. Those of a group are made together and told apart by their messages,
// so a test binary is linked once for all of them. Two that hide each other stand in two groups.
var omissions = [][]omission{
	{
		{what: "wiring and routes", without: "wiring", pkg: "web", run: "^TestEveryFeatureIsWired$",
			says: "web/notes is not wired: add it to features, features.all and Deps.features in web/web.go"},
		{what: "public route", file: "web/routes.go", old: "\tr.Public(get, \"/status\"",
			new: "\tr.Public(get, \"/notes.txt\", f.home.Status)\n\tr.Public(get, \"/status\"",
			pkg: "web", run: "^TestPublicRoutes$", says: "who may call a new one, and what does it tell?"},
		{what: "row of an error", file: "web/notes/feature.go",
			old: "\t\t{Err: notes.ErrNotFound, Refusal: door.NotFound()},\n",
			pkg: "web", run: "^TestEverySentinelHasARow$",
			says: "internal/notes.ErrNotFound has no row: add {Err: notes.ErrNotFound"},
		{what: "sample", file: "web/notes/samples_test.go", pkg: "web", run: "^TestEveryPageHasASample$",
			says: "web/notes: the page Page is in no sample: add it to a test of the folder that calls viewtest.Check"},
		{what: "layer", without: "layer", pkg: layers, run: "^TestLayers$",
			says: "internal/notes is in no layer: add it to layers in e2e/layers_test.go"},
	},
	{
		{what: "kind of object", without: "kind", pkg: "web", run: "^TestEveryObjectHasAKind$",
			says: `add its kind, with the segment "notes", to Kinds in web/webtest/foreign.go`},
		{what: "check of a row", file: "web/notes/refusals_test.go",
			old: "\t\t{Err: notes.ErrInvalid, Status: 422, Code: \"invalid\"},\n",
			pkg: "web/notes", run: "^TestRefusals$", says: "the feature has 3 rows, of which 2 are checked"},
		{what: "icon", file: "web/notes/feature.go", old: `Icon: "files"`, new: `Icon: "notes"`,
			pkg: "web/notes", run: "^TestPages$",
			says: "icons.svg has no symbol notes; a feature brings its own in icons.svg"},
		{what: "kind of a job", without: "job", pkg: "internal/kinds", run: "^TestEveryIntentHasAKind$",
			says: `internal/notes intends jobs of the kind "notes-created", which is not in kinds: add it in internal/kinds/kinds.go`},
		{what: "isolint's configuration", without: "request-scoped", pkg: layers, run: "^TestFeaturesAreRequestScoped$",
			says: "internal/notes is not in requestScoped and answers of isolint.json: add it to both"},
	},
	{
		{what: "another tenant's note is no refusal", file: "internal/notes/repository.go",
			old: ".Delete(ctx, firestore.Exists)", new: ".Delete(ctx, []firestore.Precondition{}...)",
			pkg: "web", run: "^TestHouse$/^foreign_and_missing$", says: "DELETE /api/v1/notes/:id"},
		{what: "style", file: "web/notes/page_templ.go", old: `class=\"panel\"`, new: `class=\"note-panel\"`,
			pkg: "web/notes", run: "^TestPages$",
			says: "has the class note-panel, which no style sheet knows; run make assets"},
		{what: "grant kept between requests", file: "web/notes/notes.go", old: "// List shows",
			new: "var last vending.Grant\n\n// List shows",
			run: byIsolint, says: "keep: package variable last"},
		{what: "answer past the door", file: "web/notes/notes.go",
			old: "return door.Redirect(c, address(slug))", new: "return c.String(200, address(slug))",
			run: byIsolint, says: "answer: echo.Context.String writes a response"},
		{what: "second decision about a permission", without: "permission, decided", pkg: "internal/tenant",
			run: "^TestPermissions$", says: "decide it in this table too"},
	},
	{
		{what: "list of a permission", without: "permission, listed", pkg: "internal/tenant",
			run:  "^TestEveryPermissionIsGiven$",
			says: "NotesRead is not in Permissions: add it in internal/tenant/permission.go"},
		{what: "role of a permission", without: "permission of a role", pkg: "internal/tenant",
			run:  "^TestEveryPermissionIsGiven$",
			says: "no role has NotesRead: give it to one in permissions in internal/tenant/permission.go"},
	},
	{
		{what: "generated page", file: "web/notes/page_templ.go", pkg: "web/notes", run: byCompiler, says: "undefined: Page"},
	},
	{
		{what: "permission", without: "permission", pkg: "internal/notes", run: byCompiler,
			says: "undefined: tenant.NotesWrite"},
	},
}
