package web_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// wordsFile has, for a route of each kind, what is said of each credential: whether it is let in,
// or how it is refused and by which rule.
const wordsFile = "testdata/explanations.txt"

// TestWordsOfExplanations: TestExplanations compares what is said with what is answered. Where a
// rule is gone from both, they agree, and this test sees that other words are said. After a
// deliberate change, look at what is printed and write it down.
func TestWordsOfExplanations(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	asAdmin := webtest.WithKey(h.TokenProven(t, h.Acme.Admin, authpolicy.WithPassword(), authpolicy.ByCode()), "acme")
	acmesIssuer(t, h)
	var got []string
	say := func(heading, route string) {
		method, path, _ := strings.Cut(route, " ")
		i := slices.IndexFunc(web.Routes(), func(r door.Route) bool { return r.Method == method && r.Path == path })
		if i < 0 {
			t.Fatalf("there is no route %s", route)
		}
		got = append(got, heading)
		said, order := map[string][]string{}, []string{}
		note := func(words, of string) {
			if said[words] == nil {
				order = append(order, words)
			}
			said[words] = append(said[words], of)
		}
		for _, kind := range []door.Kind{
			door.NoCredential, door.BrowserSession, door.IDToken, door.APIKeyKind, door.AccessToken, door.PersonToken, door.OperatorSession,
		} {
			var all []string
			for _, c := range flawsSaid {
				c.kind = kind
				all = append(all, wordsOf(explain(t, h, asAdmin, web.Routes()[i], c)))
			}
			if words := slices.Compact(slices.Clone(all)); len(words) == 1 {
				note(words[0], "any "+string(kind))
				continue
			}
			for i, c := range flawsSaid {
				note(all[i], fmt.Sprintf("%s %s %s", c.flaw, c.role, kind))
			}
		}
		for _, words := range order {
			got = append(got, "\t"+words+": "+strings.Join(said[words], ", "))
		}
	}
	for _, route := range []string{
		"GET /api/v1/users", "PATCH /api/v1/users/:id", "GET /api/v1/account", "POST /api/v1/intake",
		"GET /t/:tenant/files", "POST /t/:tenant/keys", "GET /operator",
	} {
		say(route, route)
	}
	setPolicy(t, h, authpolicy.Policy{Refused: authpolicy.SetOf(authpolicy.Key)})
	say("GET /api/v1/users, where keys are refused", "GET /api/v1/users")

	want, err := os.ReadFile(wordsFile)
	fail(t, err)
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(string(want)), "\n"), got); diff != "" {
		t.Errorf("what is said by %s (-) and really (+):\n%s", wordsFile, diff)
		t.Log("\n" + strings.Join(got, "\n"))
	}
}

// flawsSaid are the flaws that are asked about, with the role of who holds the credential.
var flawsSaid = []shown{
	{flaw: tenancy.Sound, role: tenant.Viewer}, {flaw: tenancy.Sound, role: tenant.Editor}, {flaw: tenancy.Sound, role: tenant.Admin},
	{flaw: tenancy.Stale, role: tenant.Admin},
	{flaw: tenancy.Malformed, role: tenant.Viewer}, {flaw: tenancy.Expired, role: tenant.Viewer}, {flaw: tenancy.Foreign, role: tenant.Viewer},
}

// wordsOf is the answer in a few words.
func wordsOf(e explained) string {
	if e.Allowed {
		return "in"
	}
	for _, rule := range e.Rules {
		if rule.Outcome != string(door.Refused) {
			continue
		}
		by := rule.Name
		if rule.Detail != "" {
			by += " (" + rule.Detail + ")"
		}
		return fmt.Sprintf("%d %s by %q", e.Status, e.Code, by)
	}
	return fmt.Sprintf("%d %s by no rule", e.Status, e.Code)
}
