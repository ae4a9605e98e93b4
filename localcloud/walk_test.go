package localcloud_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage"
)

// The walk goes through all that the cloud serves: every method of the gRPC server, as that itself
// lists them, and every route of the HTTP ports, as the services' inventories do. It calls each
//
//   - with the credential of one tenant on what is another's: which is refused, in the same words
//     as on what is nobody's;
//   - with no credential, a forged one, that of a disabled account and that of a deleted key: which
//     is not let in;
//   - with the owner's credential: which is let in, so that it is known that the others are refused
//     for who they are.
//
// What the other tenant has is read before and after, and is the same. The tables are
// walk_grpc_test.go and walk_http_test.go; what has no row in them fails the walk, and what has no
// row in its service's permission map is denied.
func TestWalk(t *testing.T) {
	w := newWalk(t)
	before := w.state()

	t.Run("what a tenant is answered", w.testTenant)
	t.Run("who is not let in", w.testStrangers)
	t.Run("who uses an application", w.testApplications)
	t.Run("the other tenant's state", func(t *testing.T) {
		if after := w.state(); !bytes.Equal(before, after) {
			t.Errorf("it was\n%s\nand is\n%s", before, after)
		}
		if !w.messageIsThere() {
			t.Error("the message that waited for the other tenant is gone")
		}
	})
	t.Run("the owner is let in", w.testOwner)
}

// Whoever adds a method or a route has to say what the walk shall do with it.
func TestWalkMissesNothing(t *testing.T) {
	w := newWalk(t)
	var rows []string
	for _, service := range grpcWalk {
		for _, row := range service.rows {
			rows = append(rows, "/"+service.service+"/"+row.method)
		}
	}
	methods := w.cloud.Methods()
	compare(t, "methods", rows, methods)
	if len(methods) < 100 {
		t.Errorf("only %d methods were found", len(methods))
	}

	rows = nil
	for _, row := range slices.Concat(storageWalk, accountsWalk) {
		rows = append(rows, strings.ReplaceAll(row.route, "{mybucket}", "{bucket}"))
	}
	for i, row := range rows {
		rows[i] = strings.Replace(row, "/rewriteTo/b/{bucket}", "/rewriteTo/b/{toBucket}", 1)
		rows[i] = strings.Replace(rows[i], "/copyTo/b/{bucket}", "/copyTo/b/{toBucket}", 1)
	}
	for route := range publicWalk {
		rows = append(rows, route)
	}
	routes := iam.Routes()
	for _, r := range storage.Routes() {
		routes = append(routes, strings.TrimSpace(r.Method+" "+r.Pattern+" "+r.When))
	}
	for _, r := range w.cloud.UserRoutes() {
		if r.Permission == "" && !r.APIKey { // the others' rows are made of the inventory
			routes = append(routes, r.Method+" "+r.Pattern)
		}
	}
	compare(t, "routes", rows, routes)
}

// compare reports what is in one of two lists alone.
func compare(t *testing.T, what string, rows, served []string) {
	t.Helper()
	for _, s := range served {
		if !slices.Contains(rows, s) {
			t.Errorf("%s: %s has no row in the walk", what, s)
		}
	}
	for _, r := range rows {
		if !slices.Contains(served, r) {
			t.Errorf("%s: %s has a row in the walk, and is not served", what, r)
		}
	}
}

func (w *walk) testTenant(t *testing.T) {
	for _, s := range w.steps() {
		got := s.call(w.tenant, w.theirs)
		if !got.is(s.answer) {
			t.Errorf("%s: %s, want %s", s.name, got, cmpOr(string(s.answer), "denied"))
		}
		if bytes.Contains(got.content, []byte("canary")) {
			t.Errorf("%s: the answer has the other tenant's secret: %s", s.name, got)
		}
		if nobody := s.call(w.tenant, w.nobodys); got.told(w.theirs) != nobody.told(w.nobodys) {
			t.Errorf("%s tells whether there is such a thing:\n%s\n%s", s.name, got, nobody)
		}
	}
}

func (w *walk) testStrangers(t *testing.T) {
	for _, s := range w.steps() {
		for _, who := range w.strangers {
			if got := s.call(who.authorization, w.theirs); !s.bySession() && got.code != codes.Unauthenticated {
				t.Errorf("%s, by %s: %s, want Unauthenticated", s.name, who.name, got)
			}
		}
	}
}

func (w *walk) testOwner(t *testing.T) {
	for _, s := range w.steps() {
		if got := s.call(w.owner, w.theirs); s.answer != wantDeniedToAll && (got.code == codes.PermissionDenied || got.code == codes.Unauthenticated) {
			t.Errorf("%s: %s", s.name, got)
		}
	}
}

// What an application does for its users asks for the project's API key, which is no secret, and
// for what the user knows: a password, a token, a code. Nobody is let in, or told anything, who
// knows none of these.
func (w *walk) testApplications(t *testing.T) {
	const nothingKnown = `{"tenantId": "{tenant}", "localId": "user-of-{id}", "email": "anna@example.com", "password": "guessed",
		"newPassword": "my own choice", "idToken": "forged", "token": "forged", "refresh_token": "forged", "grant_type": "refresh_token",
		"oobCode": "guessed", "mfaPendingCredential": "forged", "displayName": "mine"}`
	// Whoever knows an address may have mail sent to it; what is in the mail, its owner alone can
	// read.
	mails := []string{"/v1/accounts:sendOobCode", "/identitytoolkit/v3/relyingparty/getOobConfirmationCode"}
	for _, r := range w.cloud.UserRoutes() {
		if !r.APIKey {
			continue
		}
		url := w.cloud.Endpoints().Identity + r.Pattern
		for _, key := range []string{"", "?key=guessed"} {
			if got := w.callHTTP(r.Method, url+key, "{}", w.tenant); got.code == codes.OK || got.code == codes.Unknown {
				t.Errorf("%s %s without the API key: %s", r.Method, r.Pattern+key, got)
			}
		}
		got := w.callHTTP(r.Method, url+"?key="+w.cloud.APIKey(), w.theirs.expand.Replace(nothingKnown), "")
		if (got.code == codes.OK || got.code == codes.Unknown) && !slices.Contains(mails, r.Pattern) || bytes.Contains(got.content, []byte("canary")) {
			t.Errorf("%s %s: %s", r.Method, r.Pattern, got)
		}
	}
}

// outcome is what a call came to: a gRPC status, or what an HTTP status stands for.
type outcome struct {
	code    codes.Code
	message string
	content []byte
}

func (o outcome) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %q", o.code, o.message, o.content))
}

// is reports whether the outcome is that answer.
func (o outcome) is(a answer) bool {
	switch a {
	case wantDenied, wantDeniedToAll:
		return o.code == codes.PermissionDenied
	case wantUnimplemented:
		return o.code == codes.Unimplemented
	case wantEmpty:
		return o.code == codes.OK && !bytes.Contains(o.content, []byte("permissions\":")) && (len(o.content) == 0 || o.content[0] == '{')
	case wantClosed:
		return o.code == codes.OK && bytes.Contains(o.content, []byte("does not belong to the database"))
	case wantAnybodys:
		return o.code == codes.OK
	case wantRefused:
		return o.code == codes.InvalidArgument || o.code == codes.NotFound || o.code == codes.PermissionDenied
	}
	return false
}

// told is all that the outcome tells, with the name of the one asked for taken out.
func (o outcome) told(of names) string {
	return strings.NewReplacer(of.replace...).Replace(o.String())
}

// httpCodes are the gRPC codes that the HTTP statuses stand for, which the walk meets.
var httpCodes = map[int]codes.Code{
	http.StatusBadRequest: codes.InvalidArgument, http.StatusUnauthorized: codes.Unauthenticated,
	http.StatusForbidden: codes.PermissionDenied, http.StatusNotFound: codes.NotFound, http.StatusNotImplemented: codes.Unimplemented,
}

func outcomeOf(err error, content []byte) outcome {
	st := status.Convert(err)
	return outcome{code: st.Code(), message: st.Message(), content: content}
}

func cmpOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
