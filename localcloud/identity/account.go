package identity

import (
	"encoding/json"
	"net/mail"
	"strconv"
	"strings"
	"time"
)

const (
	minPassword         = 6
	maxPassword         = 4096
	maxLocalID          = 128
	localIDAlphabet     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	maxEmail            = 256
	maxCustomAttributes = 1000
)

// account is a stored account. Times are Unix: milliseconds, and seconds for ValidSince.
type account struct {
	Tenant           string
	LocalID          string
	Email            string // lower case
	EmailVerified    bool
	DisplayName      string
	PhotoURL         string
	Password         string // PHC string of Argon2id; empty: no password sign-in
	PasswordUpdated  int64
	Disabled         bool
	CustomAuth       bool // has signed in with a custom token
	CustomAttributes string
	Created          int64
	LastLogin        int64
	LastRefresh      int64
	ValidSince       int64
	Epoch            int64 // refresh tokens of an earlier epoch are dead
}

// revoke kills every refresh token issued so far, and every ID token issued before this second.
func (a *account) revoke(now time.Time) {
	a.ValidSince = now.Unix()
	a.Epoch++
}

// accountJSON is google.cloud.identitytoolkit.v1.UserInfo, as far as it is kept here. Password hashes are never shown.
type accountJSON struct {
	LocalID           string         `json:"localId"`
	Email             string         `json:"email,omitempty"`
	EmailVerified     *bool          `json:"emailVerified,omitempty"`
	DisplayName       string         `json:"displayName,omitempty"`
	PhotoURL          string         `json:"photoUrl,omitempty"`
	PasswordUpdatedAt float64        `json:"passwordUpdatedAt,omitempty"`
	ProviderUserInfo  []providerJSON `json:"providerUserInfo,omitempty"`
	ValidSince        string         `json:"validSince,omitempty"`
	Disabled          bool           `json:"disabled,omitempty"`
	LastLoginAt       string         `json:"lastLoginAt,omitempty"`
	CreatedAt         string         `json:"createdAt,omitempty"`
	CustomAuth        bool           `json:"customAuth,omitempty"`
	CustomAttributes  string         `json:"customAttributes,omitempty"`
	TenantID          string         `json:"tenantId,omitempty"`
	LastRefreshAt     string         `json:"lastRefreshAt,omitempty"`
}

type providerJSON struct {
	ProviderID  string `json:"providerId"`
	DisplayName string `json:"displayName,omitempty"`
	PhotoURL    string `json:"photoUrl,omitempty"`
	FederatedID string `json:"federatedId,omitempty"`
	Email       string `json:"email,omitempty"`
	RawID       string `json:"rawId,omitempty"`
}

func (a account) json() accountJSON {
	v := accountJSON{
		LocalID: a.LocalID, Email: a.Email, DisplayName: a.DisplayName, PhotoURL: a.PhotoURL,
		PasswordUpdatedAt: float64(a.PasswordUpdated), Disabled: a.Disabled, CustomAuth: a.CustomAuth,
		CustomAttributes: a.CustomAttributes, TenantID: a.Tenant,
		CreatedAt: decimal(a.Created), LastLoginAt: decimal(a.LastLogin), ValidSince: decimal(a.ValidSince),
	}
	if a.Email != "" {
		v.EmailVerified = &a.EmailVerified
	}
	if a.Password != "" {
		v.ProviderUserInfo = []providerJSON{{"password", a.DisplayName, a.PhotoURL, a.Email, a.Email, a.Email}}
	}
	if a.LastRefresh != 0 {
		v.LastRefreshAt = time.UnixMilli(a.LastRefresh).UTC().Format(time.RFC3339Nano)
	}
	return v
}

func decimal(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// checkEmail returns the address in the form it is stored in. INVALID_EMAIL.
func checkEmail(s string) (string, error) {
	addr, err := mail.ParseAddress(s)
	if err != nil || addr.Address != s || len(s) > maxEmail || strings.ContainsRune(s, '/') {
		return "", bad("INVALID_EMAIL")
	}
	return canonical(s), nil
}

func checkPassword(s string) error {
	if len(s) < minPassword {
		return badf("WEAK_PASSWORD : Password should be at least %d characters", minPassword)
	}
	if len(s) > maxPassword {
		return bad("PASSWORD_DOES_NOT_MEET_REQUIREMENTS : Password is too long")
	}
	return nil
}

// claims are custom claims, kept as they were written so that no number changes its form.
type claims map[string]json.RawMessage

// reservedClaims may be set by nobody but the service. The comparison is exact, as it is at Google: "FireBase" passes,
// and it is the verifier's part to refuse it.
var reservedClaims = []string{
	"acr", "amr", "at_hash", "aud", "auth_time", "azp", "cnf", "c_hash",
	"exp", "firebase", "iat", "iss", "jti", "nbf", "nonce", "sub",
}

// parseClaims checks custom claims: an object of at most 1000 bytes without reserved names. "" is no claims.
func parseClaims(s string) (claims, error) {
	if s == "" {
		return nil, nil
	}
	if len(s) > maxCustomAttributes {
		return nil, bad("CLAIMS_TOO_LARGE")
	}
	var c claims
	if err := json.Unmarshal([]byte(s), &c); err != nil || c == nil {
		return nil, bad("INVALID_CLAIMS")
	}
	for _, name := range reservedClaims {
		if _, ok := c[name]; ok {
			return nil, badf("FORBIDDEN_CLAIM : %s", name)
		}
	}
	return c, nil
}
