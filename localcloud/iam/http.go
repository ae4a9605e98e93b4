package iam

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/rest"
)

// Patterns are the paths that Handler serves, for http.ServeMux: the token endpoint, the keys of ID
// tokens, the certificates of an account, IAM Credentials, and the token endpoint by the older
// paths that Google's clients know.
var Patterns = []string{
	"/token",
	"/oauth2/v3/certs",
	"/service_accounts/v1/metadata/x509/{account}",
	"/v1/projects/{project}/serviceAccounts/{call}",
	"/oauth2/v4/token",
	"/o/oauth2/token",
}

// Routes is the inventory: every call that Handler serves, by HTTP method and pattern. A method of
// IAM Credentials, which is what follows the colon, comes after another space.
func Routes() []string {
	all := []string{"POST " + Patterns[0], "GET " + Patterns[1], "GET " + Patterns[2], "POST " + Patterns[4], "POST " + Patterns[5]}
	for _, method := range slices.Sorted(maps.Keys(credentialsMethods)) {
		all = append(all, "POST "+Patterns[3]+" "+method)
	}
	return all
}

// Handler serves Patterns. Any other path is not found.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, pattern := range []string{Patterns[0], Patterns[4], Patterns[5]} {
		mux.HandleFunc("POST "+pattern, s.serveToken)
	}
	mux.HandleFunc("GET "+Patterns[1], s.serveIssuerKeys)
	mux.HandleFunc("GET "+Patterns[2], s.serveCertificates)
	mux.HandleFunc("POST "+Patterns[3], s.serveCredentials)
	return mux
}

// serveCertificates answers with the certificates of an account's live keys, by key id. They are
// public.
func (s *Service) serveCertificates(w http.ResponseWriter, r *http.Request) {
	a := s.account(r.PathValue("account"))
	if a == nil {
		rest.WriteError(w, status.Error(codes.NotFound, "There is no such account."))
		return
	}
	certs := map[string]string{}
	for _, k := range a.Keys {
		if !k.Disabled {
			certs[k.ID] = string(k.certificatePEM())
		}
	}
	rest.WriteJSON(w, http.StatusOK, certs)
}

// isJSONObject reports whether text is one JSON object.
func isJSONObject(text string) bool {
	var object map[string]json.RawMessage
	return strings.HasPrefix(strings.TrimSpace(text), "{") && json.Unmarshal([]byte(text), &object) == nil
}
