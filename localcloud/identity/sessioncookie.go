package identity

import (
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.etcd.io/bbolt"
)

const (
	minCookieLife = 5 * time.Minute
	maxCookieLife = 14 * 24 * time.Hour
)

// createSessionCookie makes of an ID token a session cookie, which lives for up to two weeks and
// says the same.
// https://cloud.google.com/identity-platform/docs/reference/rest/v1/projects/createSessionCookie
func (s *Service) createSessionCookie(r *http.Request) (any, error) {
	if !strings.HasSuffix(r.PathValue("call"), ":createSessionCookie") {
		return nil, unimplemented("%s %s", r.Method, r.URL.Path)
	}
	req, err := decode[struct {
		IDToken       string `json:"idToken"`
		ValidDuration number `json:"validDuration"` // seconds
		TenantID      string `json:"tenantId"`
	}](r)
	if err != nil {
		return nil, err
	}
	life := time.Duration(req.ValidDuration) * time.Second
	switch {
	case req.TenantID != "" || tenantOf(req.IDToken) != "":
		return nil, errTenantCookie
	case req.ValidDuration < number(minCookieLife/time.Second) || req.ValidDuration > number(maxCookieLife/time.Second):
		return nil, bad("INVALID_SESSION_COOKIE_DURATION")
	}
	c, err := s.verifyIDToken(req.IDToken, "")
	if err != nil {
		return nil, err
	}
	if err := s.db.View(func(tx *bbolt.Tx) error { _, err := s.owner(tx, c); return err }); err != nil {
		return nil, err
	}
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser(jwt.WithJSONNumber()).ParseUnverified(req.IDToken, claims); err != nil { // verified above
		return nil, errBadIDToken
	}
	now := s.now()
	claims["iss"] = "https://session.firebase.google.com/" + s.project
	claims["iat"], claims["exp"] = now.Unix(), now.Add(life).Unix()
	cookie, err := s.cookieKeys.sign(claims)
	return struct {
		SessionCookie string `json:"sessionCookie"`
	}{cookie}, err
}

var errTenantCookie = bad("UNSUPPORTED_TENANT_OPERATION : Session cookies are not supported for tenants.")

// noTenantCookie answers, as Google does, that a tenant's users have no session cookies.
func (s *Service) noTenantCookie(r *http.Request) (any, error) {
	if !strings.HasSuffix(r.PathValue("call"), ":createSessionCookie") {
		return nil, unimplemented("%s %s", r.Method, r.URL.Path)
	}
	return nil, errTenantCookie
}
