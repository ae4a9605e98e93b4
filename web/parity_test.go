package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Why an action of a page has no operation.
const (
	onlyBrowser  = "a browser alone: "
	onlyOperator = "operators work on pages and by the command"
)

// onTheAPI says, for each thing that a page can do, which operation does it: "METHOD /path" below
// /api/v1. Where there is none it says why.
var onTheAPI = map[string]string{
	"POST /":                                onlyBrowser + "it finds the workspace of somebody at the first page. A program selects its tenant in each request",
	"POST /t/:tenant/sign-in":               "POST /token",
	"POST /t/:tenant/sign-in/recovery":      "POST /token",
	"POST /t/:tenant/sign-in/provider/:id":  onlyBrowser + "a provider signs people in on its own pages, and sends the browser back",
	"POST /t/:tenant/sign-in/second-factor": "POST /token",
	"POST /t/:tenant/sign-out":              "DELETE /token",
	"POST /t/:tenant/password/forgotten":    "POST /password-letters",
	"POST /t/:tenant/password/new":          "POST /passwords",
	"POST /t/:tenant/address/confirm":       "POST /addresses",
	"POST /t/:tenant/prove":                 "POST /token", // over the API the sign-in is the proof

	"POST /t/:tenant/files":                 "POST /uploads",
	"GET /t/:tenant/files/:id":              "GET /uploads/:id",
	"GET /t/:tenant/files/:id/parts":        "GET /uploads/:id/parts",
	"POST /t/:tenant/files/:id/parts":       "POST /uploads/:id/parts",
	"POST /t/:tenant/files/:id/inspect":     "POST /uploads/:id/inspection",
	"POST /t/:tenant/files/:id/move":        "PATCH /uploads/:id",
	"POST /t/:tenant/files/:id/complete":    "POST /uploads/:id/complete",
	"POST /t/:tenant/files/:id/delete":      "DELETE /uploads/:id",
	"POST /t/:tenant/files/bin/:id/restore": "POST /binned-uploads/:id/restore",
	"POST /t/:tenant/files/bin/:id/delete":  "DELETE /binned-uploads/:id",
	"POST /t/:tenant/files/bin/delete":      "DELETE /binned-uploads",

	"POST /t/:tenant/files/versions/:id/restore": "POST /versions/:id/restore",
	"POST /t/:tenant/files/versions/:id/delete":  "DELETE /versions/:id",

	"POST /t/:tenant/people/:id/role":          "PATCH /users/:id",
	"POST /t/:tenant/people/:id/second-factor": "DELETE /second-factors/:id",
	"POST /t/:tenant/people/:id/sessions":      "DELETE /users/:id/sessions",
	"POST /t/:tenant/keys":                     "POST /keys",
	"POST /t/:tenant/keys/:id/roll":            "POST /keys/:id/roll",
	"POST /t/:tenant/keys/:id/revoke":          "DELETE /keys/:id",

	"POST /t/:tenant/settings/files":                         "PUT /settings/files",
	"POST /t/:tenant/settings/sign-in/api":                   "PUT /settings/authentication",
	"POST /t/:tenant/settings/sign-in/sessions":              "PUT /settings/authentication",
	"POST /t/:tenant/settings/sign-in/second-factor":         "PUT /settings/authentication/second-factor",
	"POST /t/:tenant/settings/sign-in/providers/new":         "POST /providers", // which asks the issuer, and names its mistakes
	"POST /t/:tenant/settings/sign-in/providers":             "POST /providers",
	"POST /t/:tenant/settings/sign-in/providers/:id":         "PUT /providers/:id",
	"POST /t/:tenant/settings/sign-in/providers/:id/reread":  "POST /providers/:id/reread",
	"POST /t/:tenant/settings/sign-in/providers/:id/enable":  "POST /providers/:id/enable",
	"POST /t/:tenant/settings/sign-in/providers/:id/disable": "POST /providers/:id/disable",
	"POST /t/:tenant/settings/sign-in/providers/:id/remove":  "DELETE /providers/:id",
	"POST /t/:tenant/settings/sign-in/enforcement":           "POST /enforcement",
	"POST /t/:tenant/settings/sign-in/enforcement/lift":      "DELETE /enforcement",
	"POST /t/:tenant/settings/sign-in/issuers":               "POST /issuers",
	"POST /t/:tenant/settings/sign-in/issuers/:id/remove":    "DELETE /issuers/:id",
	"POST /t/:tenant/settings/sign-in/domains":               "POST /domains",
	"POST /t/:tenant/settings/sign-in/domains/:id/check":     "POST /domains/:id/check",
	"POST /t/:tenant/settings/sign-in/domains/:id/remove":    "DELETE /domains/:id",

	"POST /t/:tenant/sessions":                          "DELETE /sessions",
	"POST /t/:tenant/sessions/:id/end":                  "DELETE /sessions/:id",
	"POST /t/:tenant/account/password":                  "PUT /account/password",
	"POST /t/:tenant/account/address":                   "POST /account/address-letters",
	"POST /t/:tenant/account/erase":                     "POST /account/erasure",
	"POST /t/:tenant/second-factor/app":                 "POST /account/app",
	"POST /t/:tenant/second-factor/app/remove":          "DELETE /account/app",
	"POST /t/:tenant/second-factor/passkeys":            "POST /account/passkeys",
	"POST /t/:tenant/second-factor/passkeys/:id/remove": "DELETE /account/passkeys/:id",
	"POST /t/:tenant/second-factor/codes":               "POST /account/recovery-codes",
	"POST /t/:tenant/sign-in-methods/:id/disconnect":    "DELETE /account/sign-in-methods/:id",

	"POST /operator/sign-in":               onlyOperator,
	"POST /operator/sign-in/second-factor": onlyOperator,
	"POST /operator/sign-out":              onlyOperator,
	"POST /operator/alerts/close":          onlyOperator,
	"POST /operator/jobs/:id/retry":        onlyOperator,
	"POST /operator/jobs/:id/cancel":       onlyOperator,

	"POST /t/:tenant/people/:id/disable": "PATCH /users/:id",
	"POST /t/:tenant/people/:id/enable":  "PATCH /users/:id",

	// What pages show, to read it and before it is changed.
	"GET /t/:tenant/files":                          "GET /uploads",
	"GET /t/:tenant/files/bin":                      "GET /binned-uploads",
	"GET /t/:tenant/files/:id/download":             "GET /uploads/:id/download",
	"GET /t/:tenant/files/:id/preview":              "GET /uploads/:id/download",
	"GET /t/:tenant/files/versions/:id/download":    "GET /versions/:id/download",
	"GET /t/:tenant/people":                         "GET /users",
	"GET /t/:tenant/people/:id/sessions":            "GET /users/:id/sessions",
	"GET /t/:tenant/access":                         "GET /access",
	"GET /t/:tenant/access/explain":                 "GET /explanations",
	"GET /t/:tenant/keys":                           "GET /keys",
	"GET /t/:tenant/settings/files":                 "GET /settings/files",
	"GET /t/:tenant/settings/sign-in":               "GET /settings/authentication",
	"GET /t/:tenant/settings/sign-in/providers/:id": "GET /providers/:id",
	"GET /t/:tenant/settings/sign-in/domains/:id":   "GET /domains/:id",
	"GET /t/:tenant/sessions":                       "GET /sessions",
	"GET /t/:tenant/account":                        "GET /account",
	"GET /t/:tenant/sign-in-methods":                "GET /account/sign-in-methods",
	"GET /t/:tenant/second-factor":                  "GET /account/second-factors",
	"GET /t/:tenant/second-factor/app":              "POST /account/app-secrets",
	"GET /t/:tenant/second-factor/passkeys":         "POST /account/passkey-challenges",

	"GET /t/:tenant/prove":  onlyBrowser + "over the API the sign-in itself is the proof",
	"GET /t/:tenant/resume": onlyBrowser + "it shows a form that the browser has kept",

	"GET /operator":               onlyOperator,
	"GET /operator/alerts/closed": onlyOperator,
	"GET /operator/ledger":        onlyOperator,
	"GET /operator/explain":       onlyOperator,
	"GET /operator/jobs":          onlyOperator,
}

// isForm reports whether a page only asks for what its form then does: it shows nothing that the
// rest does not.
func isForm(r door.Route) bool {
	if r.Method != http.MethodGet || r.Policy == door.Public {
		return r.Method == http.MethodGet
	}
	for _, question := range []string{
		"/delete", "/move", "/role", "people/:id/second-factor", "/roll", "/revoke", "/new", "/disable", "/remove", "/enforcement", "/lift", "/erase", "/cancel",
	} {
		if strings.HasSuffix(r.Path, question) {
			return true
		}
	}
	return false
}

// TestPagesAndAPI: all that a page can do stands under /api/v1, or there is a reason why it cannot.
// Both must be there, and what an operation is asked for, the page asks too.
func TestPagesAndAPI(t *testing.T) {
	operations, pages := map[string]door.Route{}, map[string]bool{}
	for _, r := range web.Routes() {
		if below, ok := strings.CutPrefix(r.Path, "/api/v1"); ok {
			operations[r.Method+" "+below] = r
		}
	}
	for _, r := range web.Routes() {
		name := r.Method + " " + r.Path
		if strings.HasPrefix(r.Path, "/api/") || isForm(r) {
			continue
		}
		pages[name] = true
		does, ok := onTheAPI[name]
		if !ok {
			t.Errorf("%s has no operation of the API: add one, and name it in onTheAPI, or say there why it needs a browser", name)
			continue
		}
		if does == onlyOperator && r.Policy == door.Operators || does == onlyOperator && strings.HasPrefix(r.Path, "/operator") ||
			len(does) > len(onlyBrowser) && strings.HasPrefix(does, onlyBrowser) {
			continue
		}
		op, ok := operations[does]
		switch {
		case !ok:
			t.Errorf("%s: there is no operation %q", name, does)
		case r.Policy == door.Session && op.Policy != door.Public && op.Permission != r.Permission:
			t.Errorf("%s wants %s, and %s wants %s", name, r.Permission, does, op.Permission)
		case r.Fresh && op.Policy == door.API && !op.Fresh:
			t.Errorf("%s wants a fresh proof, and %s does not", name, does)
		case r.Method != http.MethodGet && op.Method == http.MethodGet:
			t.Errorf("%s changes something, and %s does not", name, does)
		}
	}
	for name := range onTheAPI {
		if !pages[name] {
			t.Errorf("onTheAPI has %s, and there is no such page", name)
		}
	}
}
