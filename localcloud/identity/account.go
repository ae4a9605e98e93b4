package identity

import (
	"net/mail"
	"strconv"
	"strings"
	"time"
)

const (
	minPassword     = 6
	maxPassword     = 4096
	maxLocalID      = 128
	localIDAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	maxEmail        = 256
)

// account is a stored account. Times are Unix: milliseconds, and seconds for ValidSince.
type account struct {
	Tenant           string
	LocalID          string
	Email            string // lower case
	EmailVerified    bool
	DisplayName      string
	PhotoURL         string
	PhoneNumber      string // E.164
	Password         string // see hasher; empty: no password sign-in
	PasswordUpdated  int64
	Disabled         bool
	CustomAuth       bool // has signed in with a custom token
	CustomAttributes string
	Created          int64
	LastLogin        int64
	LastRefresh      int64
	ValidSince       int64
	Links            []link   // at identity providers
	Factors          []factor // second ones
	Epoch            int64    // refresh tokens of an earlier epoch are dead
}

// revoke kills every refresh token issued so far, and every ID token issued before this second.
func (a *account) revoke(now time.Time) {
	a.ValidSince = now.Unix()
	a.Epoch++
}

// accountJSON is google.cloud.identitytoolkit.v1.UserInfo, as far as it is kept here. Password
// hashes are shown to an administrator who lists accounts and may read the project's hash
// configuration, and to nobody else.
type accountJSON struct {
	LocalID           string         `json:"localId"`
	Email             string         `json:"email,omitempty"`
	EmailVerified     *bool          `json:"emailVerified,omitempty"`
	DisplayName       string         `json:"displayName,omitempty"`
	PhotoURL          string         `json:"photoUrl,omitempty"`
	PhoneNumber       string         `json:"phoneNumber,omitempty"`
	PasswordHash      string         `json:"passwordHash,omitempty"`
	Salt              string         `json:"salt,omitempty"`
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
	MFAInfo           []factorJSON   `json:"mfaInfo,omitempty"`
}

type providerJSON struct {
	ProviderID  string `json:"providerId"`
	DisplayName string `json:"displayName,omitempty"`
	PhotoURL    string `json:"photoUrl,omitempty"`
	FederatedID string `json:"federatedId,omitempty"`
	Email       string `json:"email,omitempty"`
	RawID       string `json:"rawId,omitempty"`
	PhoneNumber string `json:"phoneNumber,omitempty"`
}

func (a account) json() accountJSON {
	v := accountJSON{
		LocalID: a.LocalID, Email: a.Email, DisplayName: a.DisplayName, PhotoURL: a.PhotoURL, PhoneNumber: a.PhoneNumber,
		PasswordUpdatedAt: float64(a.PasswordUpdated), Disabled: a.Disabled, CustomAuth: a.CustomAuth,
		CustomAttributes: a.CustomAttributes, TenantID: a.Tenant,
		CreatedAt: decimal(a.Created), LastLoginAt: decimal(a.LastLogin), ValidSince: decimal(a.ValidSince),
	}
	if a.Email != "" {
		v.EmailVerified = &a.EmailVerified
	}
	if a.Password != "" {
		v.ProviderUserInfo = append(v.ProviderUserInfo, providerJSON{
			ProviderID: providerPass, DisplayName: a.DisplayName, PhotoURL: a.PhotoURL, FederatedID: a.Email, Email: a.Email, RawID: a.Email,
		})
	}
	if a.PhoneNumber != "" {
		v.ProviderUserInfo = append(v.ProviderUserInfo, providerJSON{
			ProviderID: providerPhone, RawID: a.PhoneNumber, PhoneNumber: a.PhoneNumber,
		})
	}
	for _, l := range a.Links {
		v.ProviderUserInfo = append(v.ProviderUserInfo, providerJSON{
			ProviderID: l.Provider, DisplayName: l.DisplayName, PhotoURL: l.PhotoURL, FederatedID: l.RawID, Email: l.Email, RawID: l.RawID,
		})
	}
	for _, f := range a.Factors {
		v.MFAInfo = append(v.MFAInfo, f.json())
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
