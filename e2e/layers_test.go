package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/bulkhead-saas/bulkhead/"

// pkg is one package as `go list` describes it.
type pkg struct {
	ImportPath     string
	Imports        []string
	Deps           []string
	GoFiles        []string // but for tests
	IgnoredGoFiles []string // of other systems
}

// layers lists our packages from the top down: a package imports only from layers below its own. A
// line with a star is any folder that no other line names. The first that is not listed fails the
// test.
var layers = [][]string{
	{"cmd/server", "cmd/dev", "cmd/bulkhead", "cmd/inspection"},
	{"internal/inspection"}, // Service B, a realm of its own: see TestForbiddenImports
	{"internal/inspection/api"},
	{"internal/inspection/intake"},
	{"internal/inspection/cloud", "internal/inspection/parts"},
	{"internal/inspection/clienttoken", "internal/inspection/records", "internal/inspection/sandbox"},
	{"internal/app"},
	{"web"},
	{"web/*"}, // the features' pages and API: none imports another
	{"web/door", "web/view/records"},
	{"web/openapi", "web/browser", "web/usage", "web/signinform"},
	{"web/api", "web/visit"},
	{"web/view"},
	{"web/assets", "web/httpserver"},
	{"internal/kinds", "internal/inbox", "internal/forwarding", "internal/keyscan"},
	{"internal/lifecycle/onboarding", "internal/authsettings", "internal/apikeys", "internal/account", "internal/federation", "internal/signout"},
	{"internal/signin"},
	{"internal/mfa"},
	{"internal/people"},
	{"internal/lifecycle/probe", "internal/platform/setup"},
	{"internal/platform/indexes"},
	{"internal/users", "internal/uploads", "internal/sessions", "internal/keyuses", "internal/logins"}, // the features: none imports another
	{"internal/mail", "internal/idempotency"},
	{"internal/audit"},
	{"internal/vending", "internal/identityplatform"},
	{"internal/platform"},
	{"internal/vault", "internal/sessioncookie"},
	{"internal/jobs", "internal/tenancy"},
	{"internal/tenancy/internal/revocation"},
	{"internal/tenancy/internal/apikey", "internal/tenancy/internal/idtoken"},
	{"internal/controlplane/registry", "internal/controlplane/jobs", "internal/controlplane/ledger", "internal/controlplane/authpolicies"},
	{"internal/controlplane/recordcache"},
	{"internal/secondfactor"},
	{"internal/location", "internal/authpolicy", "internal/events"},
	{"internal/issuer"},
	{"internal/outbound", "internal/dnstxt"},
	{"internal/gcloud", "guard"},
	{"internal/tenant"},
	{"internal/displayname", "internal/document", "internal/inspection/inspect", "internal/keytext", "internal/knownnames", "internal/sealing", "internal/strictjson", "deploy"}, // values of no tenant
}

// beside are packages that stand beside the layers. Rules of their own hold for them: see
// TestForbiddenImports and TestTestPackages.
var beside = []string{
	"localcloud", "localcloud/...", "cmd/localcloud", "isolint", "isolint/...", "cmd/isolint", "torture", "e2e", "e2e/...",
}

// layerOf returns the number of the package's layer, 0 for one beside them; ok is false if it is
// unknown.
func layerOf(name string) (layer int, ok bool) {
	for i, names := range layers {
		if slices.Contains(names, name) {
			return i + 1, true
		}
	}
	for _, b := range beside {
		if prefix, open := strings.CutSuffix(b, "..."); name == b || open && strings.HasPrefix(name, prefix) {
			return 0, true
		}
	}
	for i, names := range layers {
		if slices.Contains(names, path.Dir(name)+"/*") {
			return i + 1, true
		}
	}
	return 0, false
}

func TestLayers(t *testing.T) {
	for _, p := range list(t) {
		if scaffolding(p.ImportPath) {
			continue
		}
		from, ok := layerOf(short(p.ImportPath))
		if !ok {
			t.Errorf("%s is in no layer: add it to layers in e2e/layers_test.go; a feature stands beside "+
				"internal/users, anything else below all that import it", short(p.ImportPath))
		}
		if from == 0 {
			continue
		}
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, module) {
				continue
			}
			if to, _ := layerOf(short(imported)); to != 0 && to <= from {
				t.Errorf("%s imports %s: arrows run down only", short(p.ImportPath), short(imported))
			}
		}
	}
}

// TestFeaturesAreRequestScoped: isolint holds each feature to it that nothing outlives a request,
// and that it answers nobody.
func TestFeaturesAreRequestScoped(t *testing.T) {
	text, err := os.ReadFile("../isolint.json")
	if err != nil {
		t.Fatal(err)
	}
	var config map[string]json.RawMessage
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	features, _ := layerOf("internal/users")
	for _, name := range layers[features-1] {
		for _, member := range []string{"requestScoped", "answers"} {
			if !strings.Contains(string(config[member]), `"`+module+name+`"`) {
				t.Errorf("%s is not in requestScoped and answers of isolint.json: add it to both, as internal/users is", name)
				break
			}
		}
	}
}

// scaffolding reports whether a package of ours is for tests: its name ends in "test", or it
// lies within one. TestTestPackages keeps such packages there.
func scaffolding(p string) bool {
	return strings.HasPrefix(p, module) && (strings.HasSuffix(p, "test") || strings.Contains(p, "test/"))
}

func TestForbiddenImports(t *testing.T) {
	ours := func(p string) bool { return strings.HasPrefix(p, module) }
	within := func(name string) func(string) bool {
		return func(p string) bool { return p == module+name || strings.HasPrefix(p, module+name+"/") }
	}
	google := func(p string) bool {
		return strings.HasPrefix(p, "cloud.google.com/") || strings.HasPrefix(p, "firebase.google.com/") ||
			strings.HasPrefix(p, "google.golang.org/")
	}

	// The door, and what it is made of.
	front := func(p string) bool {
		return slices.ContainsFunc([]string{"api", "browser", "door", "httpserver", "openapi", "signinform", "usage", "visit"},
			func(name string) bool { return within("web/" + name)(p) })
	}

	packages := list(t)
	for _, rule := range []struct {
		says      string
		who, whom func(string) bool
		deep      bool // also through other packages
	}{
		{"users never reaches uploads", within("internal/users"), within("internal/uploads"), true},
		{"uploads never reaches users", within("internal/uploads"), within("internal/users"), true},
		{"uploads never reaches forwarding", within("internal/uploads"), within("internal/forwarding"), true},
		{"web imports no Google package", within("web"), google, false},
		{"the door knows no feature", front, func(p string) bool {
			return within("internal/users")(p) || within("internal/uploads")(p)
		}, false},
		{"a feature stands on the door, and not on what is the door's alone", func(p string) bool {
			return strings.HasPrefix(p, module+"web/") && !front(p) && !scaffolding(p)
		}, func(p string) bool {
			return within("web/httpserver")(p) || within("web/browser")(p) || within("web/usage")(p) || within("web/visit")(p)
		}, false},
		{"the HTTP of every request knows nothing else of ours", within("web/httpserver"), ours, false},
		{"the kit knows nobody's data", func(p string) bool { return p == module+"web/view" },
			func(p string) bool { return within("internal")(p) }, true},
		{"tenancy reaches nothing of ours but values and the control plane", within("internal/tenancy"),
			func(p string) bool {
				return ours(p) && !within("internal/tenancy")(p) && !within("internal/tenant")(p) && !within("internal/controlplane")(p) &&
					!within("internal/displayname")(p) && !within("internal/document")(p) && !within("internal/knownnames")(p) &&
					!within("internal/keytext")(p) &&
					!within("internal/strictjson")(p) && !within("internal/authpolicy")(p) && !within("internal/issuer")(p) && !within("internal/outbound")(p)
			}, true},
		{"Service B reaches nothing of the application but how to reach Google, how to read JSON and how HTTP is served",
			func(p string) bool { return within("internal/inspection")(p) || within("cmd/inspection")(p) },
			func(p string) bool {
				return ours(p) && !within("internal/inspection")(p) && !within("internal/gcloud")(p) && !within("internal/strictjson")(p) &&
					!within("internal/knownnames")(p) && !within("web/httpserver")(p)
			}, true},
		{"nothing of the application reaches Service B, but by HTTP; cmd/dev starts it",
			func(p string) bool {
				return ours(p) && !within("internal/inspection")(p) && !within("cmd/inspection")(p) && !within("cmd/dev")(p) && !scaffolding(p)
			}, within("internal/inspection"), true},
		{"guard imports nothing else of ours", within("guard"),
			func(p string) bool { return ours(p) && !within("guard")(p) }, true},
		{"localcloud imports nothing else of ours", within("localcloud"),
			func(p string) bool { return ours(p) && !within("localcloud")(p) }, true},
		{"isolint imports nothing else of ours", within("isolint"),
			func(p string) bool { return ours(p) && !within("isolint")(p) }, true},
		{"cmd/bulkhead alone looks into people's files", func(p string) bool { return ours(p) && !within("cmd/bulkhead")(p) },
			within("internal/keyscan"), true},
		{"localcloud is linked into cmd/dev and cmd/localcloud only",
			func(p string) bool {
				return ours(p) && !within("localcloud")(p) && !within("cmd/dev")(p) && !within("cmd/localcloud")(p) && !scaffolding(p)
			}, within("localcloud"), true},
	} {
		for _, p := range packages {
			imports := p.Imports
			if rule.deep {
				imports = p.Deps
			}
			if !rule.who(p.ImportPath) {
				continue
			}
			if i := slices.IndexFunc(imports, rule.whom); i >= 0 {
				t.Errorf("%s: %s -> %s", rule.says, short(p.ImportPath), short(imports[i]))
			}
		}
	}
}

// Packages that exist for tests are imported by tests, and by each other, only.
func TestTestPackages(t *testing.T) {
	for _, p := range list(t) {
		if strings.HasSuffix(p.ImportPath, "test") {
			continue
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, module) && strings.HasSuffix(imported, "test") {
				t.Errorf("%s imports %s outside its tests", short(p.ImportPath), short(imported))
			}
		}
	}
}

// mostFiles is how many files of code a package has at most: a newcomer finds the room for a line
// by the package's name, and then by the file's.
const mostFiles = 24

func TestPackagesAreSmall(t *testing.T) {
	for _, p := range list(t) {
		name := short(p.ImportPath)
		if name == "localcloud" || strings.HasPrefix(name, "localcloud/") {
			continue
		}
		n := len(p.GoFiles)
		for _, file := range p.IgnoredGoFiles {
			if !strings.HasSuffix(file, "_test.go") {
				n++
			}
		}
		if n > mostFiles {
			t.Errorf("%s has %d files of code, more than %d: make a package of each of its ideas", name, n, mostFiles)
		}
	}
}

func short(path string) string { return strings.TrimPrefix(path, module) }

// listed is what go list says of the module, once a process.
var listed = sync.OnceValues(func() ([]byte, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps,GoFiles,IgnoredGoFiles", "./...")
	cmd.Dir = ".."
	return cmd.Output()
})

func list(t *testing.T) []pkg {
	t.Helper()
	out, err := listed()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 10 {
		t.Fatalf("go list names only %d packages: the rules would hold of nothing", len(packages))
	}
	return packages
}
