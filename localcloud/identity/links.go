package identity

import (
	"bytes"
	"regexp"
	"slices"

	"go.etcd.io/bbolt"
)

// link is an account's identity at a provider.
type link struct {
	Provider    string // "google.com", "oidc.acme"
	RawID       string // the subject there
	Email       string
	DisplayName string
	PhotoURL    string
}

// name is what an account can be found by.
type name struct {
	bucket []byte
	name   string
	taken  error // if another account has it
}

func (a account) names() []name {
	var all []name
	if a.Email != "" {
		all = append(all, name{bucketEmails, a.Email, bad("EMAIL_EXISTS")})
	}
	if a.PhoneNumber != "" {
		all = append(all, name{bucketPhones, a.PhoneNumber, bad("PHONE_NUMBER_EXISTS")})
	}
	for _, l := range a.Links {
		all = append(all, name{bucketFederated, federatedName(l.Provider, l.RawID), bad("FEDERATED_USER_ID_ALREADY_LINKED")})
	}
	return all
}

// hasName reports whether the account has what others can be found by, too.
func (a account) hasName(n name) bool {
	return slices.ContainsFunc(a.names(), func(m name) bool { return bytes.Equal(m.bucket, n.bucket) && m.name == n.name })
}

// ownerOf returns the id of the account of a tenant that is found by the name, or "".
func ownerOf(tx *bbolt.Tx, tenant string, n name) string {
	return string(tx.Bucket(n.bucket).Get(scoped(tenant, n.name)))
}

// federatedName is unambiguous: a provider's id holds no slash.
func federatedName(provider, rawID string) string { return provider + "/" + rawID }

// link adds an identity, or replaces the one that the account has at the same provider.
// INVALID_PROVIDER_ID.
func (a *account) link(l link) error {
	if !linkable.MatchString(l.Provider) || l.Provider == providerPass || l.Provider == providerPhone {
		return badf("INVALID_PROVIDER_ID : %s", l.Provider)
	}
	if l.RawID == "" || len(l.RawID) > maxLocalID {
		return bad("MISSING_RAW_ID")
	}
	a.unlink(l.Provider)
	a.Links = append(a.Links, l)
	return nil
}

// linkedAt reports whether the account has an identity at a provider.
func (a *account) linkedAt(provider string) bool {
	return slices.ContainsFunc(a.Links, func(l link) bool { return l.Provider == provider })
}

// unlink removes an identity. That of "phone" is the number, that of "password" the password.
func (a *account) unlink(provider string) {
	switch provider {
	case providerPass:
		a.Password = ""
	case providerPhone:
		a.PhoneNumber = ""
	default:
		a.Links = slices.DeleteFunc(a.Links, func(l link) bool { return l.Provider == provider })
	}
}

var (
	linkable = regexp.MustCompile(`^[a-z][a-zA-Z0-9.-]{2,100}$`)
	e164     = regexp.MustCompile(`^\+[0-9]{4,15}$`)
)

func checkPhone(s string) error {
	if !e164.MatchString(s) {
		return bad("INVALID_PHONE_NUMBER : Invalid format.")
	}
	return nil
}
