package gate_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/isolint"
	"github.com/bulkhead-saas/bulkhead/isolint/gate"
)

// seeds are the mistakes that a feature's author makes: each is planted into one file of this
// repository, and found there for each of the reasons, and for no other.
var seeds = []struct {
	name, file, imports, code string
	want                      []string
}{
	{
		"a client of its own", "internal/uploads/repository.go",
		`import seeded "cloud.google.com/go/storage"`,
		`var _, _ = seeded.NewClient(nil)`,
		[]string{"client: storage.NewClient makes storage.Client"},
	},
	{
		"the platform's key", "internal/identityplatform/mirror.go",
		`import seeded "github.com/bulkhead-saas/bulkhead/internal/platform"`,
		`var _, _ = seeded.Open(nil, seeded.Config{})`,
		[]string{"wrapper: platform.Open is not for this package"},
	},
	{
		"every tenant's records", "internal/identityplatform/errors.go",
		`import seeded "github.com/bulkhead-saas/bulkhead/internal/platform"`,
		`func leakRegistry(p *seeded.Platform) any { return p.Registry() }`,
		[]string{"wrapper: platform.Platform.Registry is not for this package"},
	},
	{
		"every tenant's accounts", "web/account/feature.go",
		``,
		`func seededAccounts(c *identityplatform.Client) {}`,
		[]string{"wrapper: identityplatform.Client is not for this package"},
	},
	{
		"the metadata server", "web/routes.go",
		`import seeded "net/http"`,
		`var _, _ = seeded.Get("http://metadata.google.internal/computeMetadata/v1/")`,
		[]string{"host: google.internal"},
	},
	{
		"a context in a goroutine", "web/door/table.go",
		`import seeded "github.com/labstack/echo/v4"`,
		`func leakContext(c seeded.Context) { go func() { _ = c.Path() }() }`,
		[]string{"context: a goroutine is given"},
	},
	{
		"a grant for the next request", "web/door/route.go",
		`import seeded "github.com/bulkhead-saas/bulkhead/internal/vending"`,
		`var leakedGrants map[string]seeded.Grant`,
		[]string{"keep: package variable leakedGrants"},
	},
	{
		"Firestore by hand", "internal/controlplane/registry/registry.go",
		`import seeded "cloud.google.com/go/firestore"`,
		`func leakClient(v any) { _ = v.(*seeded.Client) }`,
		[]string{"assert: firestore.Client is looked for"},
	},
	{
		"a result cache in a package variable", "web/assets/handler.go",
		`import seeded "sync"`,
		`var seededPages seeded.Map
func seededList(cursor string) any { page, _ := seededPages.LoadOrStore(cursor, cursor); return page }`,
		[]string{"state: package variable seededPages"},
	},
	{
		"a result cache in a plain map", "internal/users/list.go",
		``,
		`var seededPages = map[Cursor]Page{}
func (r *Repository) seededList(ctx context.Context, c Cursor) (Page, error) {
	page, err := r.List(ctx, c, 10)
	seededPages[c] = page
	return page, err
}`,
		[]string{"state: seededPages[c]"},
	},
	{
		"a field that a handler writes", "web/people/people.go",
		``,
		`func (f *Feature) seededLast(c echo.Context, g vending.Grant) error { f.changes = nil; return nil }`,
		[]string{"state: f.changes"},
	},
	{
		"a grant in a struct that handles requests", "web/keys/keys.go",
		``,
		`type seededKeys struct{ last vending.Grant }
func (k *seededKeys) list(c echo.Context, g vending.Grant) error { return nil }`,
		[]string{"keep: seededKeys.last"},
	},
	{
		"a map in a struct that handles requests", "web/signin/signin.go",
		``,
		`type seededNames struct{ by map[string]string }
func (s seededNames) list(c echo.Context) error { s.by[c.Path()] = ""; return nil }`,
		[]string{"state: s.by"},
	},
	{
		"a feature that reads every tenant's record", "web/people/api.go",
		``,
		`func seededTenants(c vending.MachineConfig) any { return c.Registry }`,
		[]string{"wrapper: vending.MachineConfig.Registry is of registry.Registry"},
	},
	{
		"a feature that vends", "internal/uploads/settle.go",
		`import seeded "github.com/bulkhead-saas/bulkhead/internal/vending"`,
		`func seededVend(m *seeded.Machine) {}`,
		[]string{"wrapper: vending.Machine is not for this package"},
	},
	{
		"a feature that reads the whole ledger", "web/access/access.go",
		`import seeded "github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"`,
		`func seededLedger(l *seeded.Ledger) {}`,
		[]string{"wrapper: ledger.Ledger is not for this package"},
	},
	{
		"an error as an answer", "web/files/actions.go",
		`import seeded "github.com/labstack/echo/v4"`,
		`func seededError(c seeded.Context, err error) error { return c.String(400, "no: " + err.Error()) }`,
		[]string{"answer: echo.Context.String writes a response", "errortext: the text of an error is for logs"},
	},
	{
		"a feature that says what its errors say", "internal/users/change.go",
		``,
		`func seededText(err error) string { return err.Error() }`,
		[]string{"errortext: the text of an error is for logs"},
	},
	{
		"a goroutine that has a principal", "web/operators/signin.go",
		`import seeded "github.com/bulkhead-saas/bulkhead/internal/tenancy"`,
		`func seededGo(p seeded.Principal) { go func() { _ = p }() }`,
		[]string{"keep: a goroutine"},
	},
	{
		"a handler that counts", "web/web.go",
		``,
		`func seededCount(e interface{ GET(string, func(http.ResponseWriter, *http.Request)) }) {
	n := 0
	e.GET("", func(http.ResponseWriter, *http.Request) { n++ })
}`,
		[]string{"state: n is"},
	},
}

// TestRepository breaks this repository on purpose, a line at a time, and looks at it with the
// configuration that is committed: each line must be found, in the file that it was put into.
// Nothing is written.
func TestRepository(t *testing.T) {
	cfg, config, err := isolint.Find(".")
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Dir(config)
	replace := map[string][]byte{}
	for _, seed := range seeds {
		file := filepath.Join(root, seed.file)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		clause := "\npackage " + filepath.Base(filepath.Dir(file)) + "\n"
		before, after, ok := strings.Cut("\n"+string(text), clause)
		if !ok {
			t.Fatalf("no package clause in %s", file)
		}
		replace[file] = []byte(before + clause + seed.imports + "\n" + after + "\n" + seed.code + "\n")
	}
	verdict, err := gate.Check(gate.Request{
		Dir: root, Patterns: []string{"./internal/...", "./web/..."}, Replace: replace, Config: cfg,
	})
	if err != nil {
		t.Fatal(err)
	}
	if verdict.OK() {
		t.Error("the verdict is that all is well")
	}
	found := map[string][]string{}
	for _, f := range verdict.Findings {
		found[f.Pos.Filename] = append(found[f.Pos.Filename], f.Message)
	}
	for _, seed := range seeds {
		if got := found[seed.file]; !slices.EqualFunc(got, seed.want, strings.HasPrefix) {
			t.Errorf("%s: findings %q in %s, want %q", seed.name, got, seed.file, seed.want)
		}
		delete(found, seed.file)
	}
	if len(found) > 0 {
		t.Errorf("findings elsewhere: %q", found)
	}
}

// What the committed configuration names is there. A package that was renamed would else be looked
// at by nobody's will, and a skipped one that is made anew would be skipped.
func TestConfigurationIsCurrent(t *testing.T) {
	cfg, file, err := isolint.Find(".")
	if err != nil {
		t.Fatal(err)
	}
	const module = "github.com/bulkhead-saas/bulkhead/"
	for _, p := range append(cfg.Allowed, cfg.Skipped...) {
		folder := strings.TrimSuffix(strings.TrimPrefix(p.Path, module), "/...")
		if info, err := os.Stat(filepath.Join(filepath.Dir(file), folder)); err != nil || !info.IsDir() {
			t.Errorf("%s: no such package", p.Path)
		}
		for _, production := range []string{
			"cmd/server", "internal/app", "internal/federation", "internal/identityplatform", "internal/lifecycle/onboarding", "internal/people",
			"internal/signin", "internal/tenancy", "internal/uploads",
			"internal/users", "web", "web/door", "web/files", "web/view",
		} {
			if isolint.Match(p.Path, module+production) {
				t.Errorf("%s is production code, and not looked at", production)
			}
		}
	}
}
