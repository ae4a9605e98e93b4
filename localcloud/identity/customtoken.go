package identity

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/golang-jwt/jwt/v5"
	"go.etcd.io/bbolt"
)

const (
	customAudience = "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit"
	clockLeeway    = 5 * time.Minute // for the signer's clock
)

// customClaims is the payload of a custom token. UID is read from its exact name: encoding/json
// would take "UID" too.
type customClaims struct {
	jwt.RegisteredClaims
	uid, tenant string
	claims      string
}

func (c *customClaims) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &c.RegisteredClaims); err != nil {
		return err
	}
	var exact map[string]json.RawMessage
	if err := json.Unmarshal(b, &exact); err != nil {
		return err
	}
	if raw, ok := exact["claims"]; ok {
		c.claims = string(raw)
	}
	for name, to := range map[string]*string{"uid": &c.uid, "tenant_id": &c.tenant} {
		if raw, ok := exact[name]; ok {
			if err := json.Unmarshal(raw, to); err != nil {
				return err
			}
		}
	}
	return nil
}

// verifyCustomToken checks a custom token: signed RS256 by a live key of an account of this project
// that may mint, addressed to Identity Platform, at most an hour old, for exactly the tenant the
// call names.
func (s *Service) verifyCustomToken(ctx context.Context, token, tenant string) (customClaims, error) {
	var c customClaims
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) {
		keys, ok := s.iam.PublicKeys(c.Issuer)
		if !ok {
			return nil, errors.New("unknown account")
		}
		set := jwt.VerificationKeySet{}
		for _, key := range keys {
			set.Keys = append(set.Keys, key)
		}
		return set, nil
	}, jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience(customAudience), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(s.now), jwt.WithStrictDecoding())
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return c, bad("INVALID_CUSTOM_TOKEN : Invalid assertion format. 3 dot separated segments required.")
	case errors.Is(err, jwt.ErrTokenExpired):
		return c, bad("INVALID_CUSTOM_TOKEN : Token is expired")
	case err != nil:
		return c, bad("INVALID_CUSTOM_TOKEN")
	case c.Issuer == "" || c.Subject != c.Issuer:
		return c, bad("INVALID_CUSTOM_TOKEN : The iss and sub must be one service account")
	case c.IssuedAt == nil || c.IssuedAt.After(s.now().Add(clockLeeway)) || c.ExpiresAt.Sub(c.IssuedAt.Time) > time.Hour:
		return c, bad("INVALID_CUSTOM_TOKEN : The token must be issued in the past and expire within an hour of it")
	case c.uid == "" || len(c.uid) > maxLocalID:
		return c, bad("MISSING_IDENTIFIER")
	case c.tenant != tenant:
		return c, errOtherTenant
	}
	if err := s.iam.Check(ctx, iam.Caller{Email: c.Issuer}, mintPermission, projectResource(s.project)); err != nil {
		return c, err
	}
	_, err = parseClaims(c.claims)
	return c, err
}

// signInWithCustomToken signs the named account in, creating it if there is none, as at Google.
func (s *Service) signInWithCustomToken(r *http.Request) (any, error) {
	req, err := decode[struct {
		Token             string `json:"token"`
		TenantID          string `json:"tenantId"`
		ReturnSecureToken bool   `json:"returnSecureToken"`
	}](r)
	switch {
	case err != nil:
		return nil, err
	case req.Token == "":
		return nil, bad("MISSING_CUSTOM_TOKEN")
	case !req.ReturnSecureToken:
		return nil, unimplemented("sign-in without returnSecureToken")
	}
	c, err := s.verifyCustomToken(r.Context(), req.Token, req.TenantID)
	if err != nil {
		return nil, err
	}
	answer := struct {
		Kind string `json:"kind"`
		tokens
		IsNewUser bool `json:"isNewUser"`
	}{Kind: "identitytoolkit#VerifyCustomTokenResponse"}
	var a account
	var ss session
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		if _, err := getTenant(tx, req.TenantID); err != nil {
			return err
		}
		a, err = getAccount(tx, req.TenantID, c.uid)
		answer.IsNewUser = errors.Is(err, errNoUser)
		if answer.IsNewUser {
			a, err = account{Tenant: req.TenantID, LocalID: c.uid, Created: s.now().UnixMilli()}, nil
		}
		if err != nil {
			return err
		}
		a.CustomAuth = true
		ss, answer.RefreshToken, err = s.signIn(tx, &a, providerCustom, c.claims)
		return err
	})
	if err != nil {
		return nil, err
	}
	answer.ExpiresIn = expiresIn
	answer.IDToken, err = s.first(a, ss)
	return answer, err
}
