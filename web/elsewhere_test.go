package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pointer is where a problem is tested that no request of TestEveryProblemIsProvoked provokes.
type pointer struct {
	dir, test string // the package's folder, and its test
	err       string // the error that the test asks for; "": the test asks for the code
	why       string // it is not provoked
}

// elsewhere are the problems that no request of TestEveryProblemIsProvoked provokes.
func elsewhere() map[string]pointer {
	return map[string]pointer{
		"request_running":   {"web", "TestRepeatedRequests", "", "it takes two requests at the same moment"},
		"no_access":         {"internal/signin", "TestSignInRefusals", "people.ErrNoAccess", "it takes an account that acme has no record of"},
		"already_made":      {"internal/apikeys", "TestOneAttemptMakesOneKey", "tenant.ErrAPIKeyExists", "it takes an answer that could not be kept"},
		"too_many_api_keys": {"web", "TestHouse", "", "it takes as many keys as there may be"},
		"upload_mismatch":   {"internal/uploads", "TestRepository", "uploads.ErrMismatch", "it takes a file that no signed request of ours lets in"},
		"lockout":           {"internal/authsettings", "TestNobodyIsLockedOut", "authsettings.ErrLockout", "it takes two people who have signed in at the provider"},
		"own_session_age":   {"internal/authsettings", "TestLimitsThatEndOnesOwnSession", "authsettings.ErrOwnAge", "it takes a session that is hours old"},
	}
}

// TestElsewhere: each pointer leads to a test that asks for the problem's code, or for an error of
// which a test of refusals says that it has this code.
func TestElsewhere(t *testing.T) {
	refusals := map[string]bool{}
	for _, pattern := range []string{"*/refusals_test.go", "*/refusal_test.go"} {
		files, err := filepath.Glob(pattern)
		fail(t, err)
		for _, name := range files {
			b, err := os.ReadFile(name)
			fail(t, err)
			for line := range strings.Lines(string(b)) {
				refusals[line] = true
			}
		}
	}
	for code, p := range elsewhere() {
		asked, quoted := p.err, `"`+code+`"`
		if asked == "" {
			asked = quoted
		} else if !hasLine(refusals, asked+",", quoted) {
			t.Errorf("%s: no test of refusals says that %s has this code", code, p.err)
		}
		if !testSays(t, filepath.Join("..", p.dir), p.test, asked) {
			t.Errorf("%s: %s.%s does not ask for %s", code, p.dir, p.test, asked)
		}
	}
	for what, p := range map[string]pointer{
		"a test that is gone":        {dir: "web", test: "TestNothingOfTheSort"},
		"a test of something else":   {dir: "web", test: "TestNothingBreaks"},
		"a function that is no test": {dir: "web", test: "keysOnPages"},
	} {
		if testSays(t, filepath.Join("..", p.dir), p.test, `"too_many_`+`api_keys"`) {
			t.Errorf("%s is taken for one", what)
		}
	}
}

func hasLine(lines map[string]bool, texts ...string) bool {
	for line := range lines {
		all := true
		for _, text := range texts {
			all = all && strings.Contains(line, text)
		}
		if all {
			return true
		}
	}
	return false
}

// testSays reports whether a test of the folder, or a function of the folder's tests that it uses,
// has a text in its source.
func testSays(t *testing.T, dir, test, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	fail(t, err)
	type function struct {
		source string
		uses   []string
	}
	all := map[string]function{}
	for _, name := range files {
		source, err := os.ReadFile(name)
		fail(t, err)
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
		fail(t, err)
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil {
				continue
			}
			one := function{source: string(source[set.Position(f.Pos()).Offset:set.Position(f.End()).Offset])}
			ast.Inspect(f, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && id.Name != f.Name.Name {
					one.uses = append(one.uses, id.Name)
				}
				return true
			})
			all[f.Name.Name] = one
		}
	}
	if !strings.HasPrefix(test, "Test") {
		return false
	}
	for seen, next := map[string]bool{}, []string{test}; len(next) > 0; {
		name := next[0]
		next = next[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		if strings.Contains(all[name].source, text) {
			return true
		}
		next = append(next, all[name].uses...)
	}
	return false
}
