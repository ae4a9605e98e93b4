package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"go.etcd.io/bbolt"
)

var errIDPAnswer = bad("INVALID_IDP_RESPONSE")

// assertion is what a provider says of who signed in.
type assertion struct {
	provider string
	raw      string // the ID token

	Subject       string `json:"sub"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
	Name          string `json:"name"`
	Picture       string `json:"picture"`
}

// assertedBy verifies the answer that a provider of the tenant gave: to a sign-in that began here,
// when there is a session id, and else to one that the application began itself.
func (s *Service) assertedBy(ctx context.Context, tenant, session, requestURI, body string) (assertion, error) {
	answer, err := providersAnswer(requestURI, body)
	if err != nil {
		return assertion{}, err
	}
	if session == "" {
		return s.assertedDirectly(ctx, tenant, answer)
	}
	var i idpSession
	var config oidcConfig
	err = s.db.Update(func(tx *bbolt.Tx) error {
		var ok bool
		i, ok, err = get[idpSession](tx, bucketIDP, digest(session))
		switch {
		case err != nil:
			return err
		case !ok || i.Tenant != tenant:
			return bad("INVALID_SESSION_ID")
		case !s.now().Before(i.Expires):
			return bad("SESSION_EXPIRED")
		}
		if config, err = s.enabledProvider(tx, tenant, i.Provider); err != nil {
			return err
		}
		return tx.Bucket(bucketIDP).Delete(digest(session))
	})
	switch {
	case err != nil:
		return assertion{}, err
	case !sameAddress(requestURI, i.Return) || subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(i.State)) != 1:
		return assertion{}, errIDPAnswer
	case answer.Get("error") != "":
		return assertion{}, badf("INVALID_IDP_RESPONSE : %s", answer.Get("error"))
	}
	client, verifier, err := s.relyingParty(ctx, config, i.Return)
	if err != nil {
		return assertion{}, err
	}
	raw := answer.Get("id_token")
	if config.ResponseType.Code {
		if raw, err = exchange(ctx, client, answer.Get("code"), i.Verifier); err != nil {
			s.log.Warn("identity provider", "issuer", config.Issuer, "error", err)
			return assertion{}, bad("INVALID_IDP_RESPONSE : The code could not be exchanged.")
		}
	}
	return s.asserted(ctx, verifier, i.Provider, raw, i.Nonce)
}

// assertedDirectly takes an ID token that the application got from the provider. Its nonce, if it
// has one, is the SHA-256 of the one that the application knows.
func (s *Service) assertedDirectly(ctx context.Context, tenant string, answer url.Values) (assertion, error) {
	id := answer.Get("providerId")
	if id == "" {
		return assertion{}, bad("INVALID_CREDENTIAL_OR_PROVIDER_ID : The provider id is missing.")
	}
	var config oidcConfig
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		config, err = s.enabledProvider(tx, tenant, id)
		return err
	})
	if err != nil {
		return assertion{}, err
	}
	_, verifier, err := s.relyingParty(ctx, config, "")
	if err != nil {
		return assertion{}, err
	}
	nonce := ""
	if raw := answer.Get("nonce"); raw != "" {
		sum := sha256.Sum256([]byte(raw))
		nonce = hex.EncodeToString(sum[:])
	}
	return s.asserted(ctx, verifier, id, answer.Get("id_token"), nonce)
}

// asserted verifies an ID token of a provider's.
func (s *Service) asserted(ctx context.Context, verifier *oidc.IDTokenVerifier, provider, raw, nonce string) (assertion, error) {
	if raw == "" {
		return assertion{}, bad("INVALID_IDP_RESPONSE : There is no ID token.")
	}
	token, err := verifier.Verify(oidc.ClientContext(ctx, idpClient), raw)
	if err != nil {
		s.log.Warn("identity provider", "provider", provider, "error", err)
		return assertion{}, bad("INVALID_IDP_RESPONSE : The ID token could not be verified.")
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1 {
		return assertion{}, bad("MISSING_OR_INVALID_NONCE")
	}
	a := assertion{provider: provider, raw: raw}
	if err := token.Claims(&a); err != nil || a.Subject == "" || len(a.Subject) > maxLocalID {
		return assertion{}, errIDPAnswer
	}
	if a.Email != "" {
		if a.Email, err = checkEmail(a.Email); err != nil {
			return assertion{}, errIDPAnswer
		}
	}
	return a, nil
}

// providersAnswer reads the parameters of an answer, from wherever a provider may have put them.
func providersAnswer(requestURI, body string) (answer url.Values, err error) {
	u, err := url.Parse(requestURI)
	if err != nil || requestURI == "" {
		return nil, bad("INVALID_REQUEST_URI")
	}
	for _, part := range []string{body, u.EscapedFragment(), u.RawQuery} {
		if answer, err = url.ParseQuery(part); err != nil {
			return nil, errIDPAnswer
		}
		if answer.Has("code") || answer.Has("id_token") || answer.Has("error") {
			break
		}
	}
	return answer, nil
}

// sameAddress reports whether an answer came back to where it was to. The query is another matter:
// it holds the answer.
func sameAddress(came, want string) bool {
	c, err1 := url.Parse(came)
	w, err2 := url.Parse(want)
	return err1 == nil && err2 == nil && c.Scheme == w.Scheme && c.Host == w.Host && c.EscapedPath() == w.EscapedPath()
}
