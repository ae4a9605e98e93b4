package identity

import (
	"errors"
	"maps"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.etcd.io/bbolt"
)

const (
	tokenLife      = time.Hour
	expiresIn      = "3600" // a string, as Google has it
	providerCustom = "custom"
	providerPass   = "password"
	providerPhone  = "phone"
)

// session is what one sign-in leaves behind: the record of its refresh token.
type session struct {
	Tenant   string
	LocalID  string
	Provider string
	Claims   string // the custom token's claims, a JSON object; they last as long as the session
	AuthTime int64  // Unix seconds
	Epoch    int64  // the account's, at sign-in
	Second   string `json:",omitempty"` // the kind of the second factor, if one was given: "totp"
	Factor   string `json:",omitempty"` // and its enrolment
}

// tokens is the part that all sign-in answers share.
type tokens struct {
	IDToken      string `json:"idToken,omitempty"`
	RefreshToken string `json:"refreshToken,omitempty"`
	ExpiresIn    string `json:"expiresIn,omitempty"`
}

// signIn records a sign-in of a and returns its session and refresh token. The caller mints the ID
// token once the transaction is committed. USER_DISABLED.
func (s *Service) signIn(tx *bbolt.Tx, a *account, provider, developerClaims string) (session, string, error) {
	return s.begin(tx, a, session{Provider: provider, Claims: developerClaims})
}

// begin is signIn with what else there is to say of the session.
func (s *Service) begin(tx *bbolt.Tx, a *account, ss session) (session, string, error) {
	if a.Disabled {
		return session{}, "", errDisabled
	}
	now := s.now()
	a.LastLogin, a.LastRefresh = now.UnixMilli(), now.UnixMilli()
	if err := putAccount(tx, *a); err != nil {
		return session{}, "", err
	}
	ss.Tenant, ss.LocalID, ss.AuthTime, ss.Epoch = a.Tenant, a.LocalID, now.Unix(), a.Epoch
	refresh := newSecret()
	return ss, refresh, put(tx, bucketRefresh, digest(refresh), ss)
}

// mint signs the ID token of a session of a, issued at the given time: for the first token of a
// session that is when it began, for later ones now. Claims of the custom token win over the
// account's custom attributes, and keep winning when the token is refreshed: so does Google, and so
// a changed role is not seen by a session begun with a custom token until it signs in anew.
func (s *Service) mint(a account, ss session, issued time.Time) (string, error) {
	payload := jwt.MapClaims{}
	if a.DisplayName != "" {
		payload["name"] = a.DisplayName
	}
	if a.PhotoURL != "" {
		payload["picture"] = a.PhotoURL
	}
	for _, raw := range []string{a.CustomAttributes, ss.Claims} {
		custom, err := parseClaims(raw)
		if err != nil {
			return "", err
		}
		for name, value := range custom {
			payload[name] = value
		}
	}
	identities := map[string][]string{}
	if a.Email != "" {
		identities["email"] = []string{a.Email}
	}
	if a.PhoneNumber != "" {
		identities[providerPhone] = []string{a.PhoneNumber}
		payload["phone_number"] = a.PhoneNumber
	}
	for _, l := range a.Links {
		identities[l.Provider] = []string{l.RawID}
	}
	firebase := map[string]any{"identities": identities, "sign_in_provider": ss.Provider}
	if ss.Second != "" {
		firebase["sign_in_second_factor"], firebase["second_factor_identifier"] = ss.Second, ss.Factor
	}
	if a.Tenant != "" {
		firebase["tenant"] = a.Tenant
	}
	maps.Copy(payload, jwt.MapClaims{
		"iss": issuer(s.project), "aud": s.project, "auth_time": ss.AuthTime, "user_id": a.LocalID, "sub": a.LocalID,
		"iat": issued.Unix(), "exp": issued.Add(tokenLife).Unix(), "firebase": firebase,
	})
	if a.Email != "" {
		payload["email"], payload["email_verified"] = a.Email, a.EmailVerified
	}
	return s.keys.sign(payload)
}

// first signs the first ID token of a session of a.
func (s *Service) first(a account, ss session) (string, error) {
	return s.mint(a, ss, time.Unix(ss.AuthTime, 0))
}

// SignFor signs claims as an ID token of a project, which need not be this service's. claims win.
func (s *Service) SignFor(project string, claims map[string]any) (string, error) {
	payload := jwt.MapClaims{"iss": issuer(project), "aud": project}
	maps.Copy(payload, claims)
	return s.keys.sign(payload)
}

func issuer(project string) string { return "https://securetoken.google.com/" + project }

// idClaims is what the service itself reads of an ID token.
type idClaims struct {
	jwt.RegisteredClaims
	AuthTime int64 `json:"auth_time"`
	Firebase struct {
		Tenant         string `json:"tenant"`
		SignInProvider string `json:"sign_in_provider"`
		Second         string `json:"sign_in_second_factor"`
		Factor         string `json:"second_factor_identifier"`
	} `json:"firebase"`
}

// session is one that continues the token's: begun by the provider's means, with the second factor
// that was given for it.
func (c idClaims) session(provider string) session {
	return session{Provider: provider, Second: c.Firebase.Second, Factor: c.Firebase.Factor}
}

// verifyIDToken returns the claims of an ID token this service signed for the given tenant.
// INVALID_ID_TOKEN, TOKEN_EXPIRED, TENANT_ID_MISMATCH.
func (s *Service) verifyIDToken(token, tenant string) (idClaims, error) {
	if token == "" {
		return idClaims{}, bad("MISSING_ID_TOKEN")
	}
	var c idClaims
	_, err := jwt.ParseWithClaims(token, &c, s.keys.find, jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(issuer(s.project)), jwt.WithAudience(s.project),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithTimeFunc(s.now), jwt.WithStrictDecoding())
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return idClaims{}, errExpired
	case err != nil || c.Subject == "" || c.IssuedAt == nil:
		return idClaims{}, errBadIDToken
	case c.Firebase.Tenant != tenant:
		return idClaims{}, errOtherTenant
	}
	return c, nil
}

// owner returns the account an ID token speaks for. An application may leave tenantId out of these
// calls: the token names it. USER_NOT_FOUND, USER_DISABLED, TOKEN_EXPIRED when revoked.
func (s *Service) owner(tx *bbolt.Tx, c idClaims) (account, error) {
	a, err := getAccount(tx, c.Firebase.Tenant, c.Subject)
	switch {
	case err != nil:
		return account{}, err
	case a.Disabled:
		return account{}, errDisabled
	case c.IssuedAt.Unix() < a.ValidSince:
		return account{}, errExpired
	}
	return a, nil
}

// tenantOf reads the tenant of a token that is verified later, for calls that do not name one.
func tenantOf(token string) string {
	var c idClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &c); err != nil {
		return ""
	}
	return c.Firebase.Tenant
}
