package iam

import (
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/rest"
)

const (
	jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	// maxForm bounds what is posted to the token endpoint, in bytes.
	maxForm = 64 << 10
)

// googleTokenURIs are the names under which Google's own token endpoint is known to the clients.
var googleTokenURIs = []string{
	"https://oauth2.googleapis.com/token",
	"https://www.googleapis.com/oauth2/v4/token",
	"https://accounts.google.com/o/oauth2/token",
}

// serveToken answers POST /token: an account's signed assertion is exchanged for an access token of
// its scope, or for an ID token for its target_audience (RFC 7523).
func (s *Service) serveToken(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		refuseToken(w, "invalid_request", "The request is not a form.")
		return
	}
	if r.PostForm.Get("grant_type") != jwtBearer {
		refuseToken(w, "unsupported_grant_type", "Invalid grant_type: "+r.PostForm.Get("grant_type"))
		return
	}
	a, k, claims, err := s.verify(r.PostForm.Get("assertion"), true)
	if err != nil {
		s.refuseAssertion(w, claims, "invalid_grant", status.Convert(err).Message())
		return
	}
	if len(claims.Audience) != 1 || claims.Audience[0] != s.cfg.TokenURI && !slices.Contains(googleTokenURIs, claims.Audience[0]) {
		s.refuseAssertion(w, claims, "invalid_grant", "the JWT's audience is not the token endpoint")
		return
	}
	if claims.Subject != "" && claims.Subject != a.Email {
		s.refuseAssertion(w, claims, "unauthorized_client", "the JWT's subject is not its issuer, and there is no domain-wide delegation")
		return
	}
	if claims.TargetAudience != "" {
		idToken, err := s.idToken(a, claims.TargetAudience, true)
		if err != nil {
			rest.WriteError(w, err)
			return
		}
		rest.WriteJSON(w, http.StatusOK, map[string]string{"id_token": idToken})
		return
	}
	scopes := strings.Join(strings.Fields(claims.Scope), " ")
	if scopes == "" {
		s.refuseAssertion(w, claims, "invalid_scope", "empty or missing scope not allowed")
		return
	}
	value, _, err := s.issueToken(a, scopes, maxLifetime)
	if err != nil {
		rest.WriteError(w, err)
		return
	}
	s.record(Decision{Caller: a.Email, KeyID: k.ID, Resource: s.cfg.TokenURI, Allowed: true, Reason: "allowed: access token issued"})
	rest.WriteJSON(w, http.StatusOK, struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"` // seconds
		TokenType   string `json:"token_type"`
		Scope       string `json:"scope"`
	}{value, int(maxLifetime.Seconds()) - 1, "Bearer", scopes})
}

func (s *Service) refuseAssertion(w http.ResponseWriter, claims assertion, code, reason string) {
	s.record(Decision{Caller: claims.Issuer, Resource: s.cfg.TokenURI, Reason: "not authenticated: " + reason})
	refuseToken(w, code, "Invalid JWT: "+reason+".")
}

// refuseToken answers in the form of RFC 6749, section 5.2.
func refuseToken(w http.ResponseWriter, code, description string) {
	rest.WriteJSON(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": description})
}
