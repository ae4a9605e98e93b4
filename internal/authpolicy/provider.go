package authpolicy

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// ProviderID is the identifier of a tenant's OpenID provider: ten lower-case letters or digits,
// made by us. Identity Platform knows the provider as "oidc." and the identifier.
type ProviderID struct{ s string }

const providerIDLength = 10

// NewProviderID returns a fresh random ProviderID of 50 bits.
func NewProviderID() ProviderID {
	return ProviderID{strings.ToLower(rand.Text()[:providerIDLength])}
}

// ParseProviderID parses s. ErrInvalid if s is not exactly of the form.
func ParseProviderID(s string) (ProviderID, error) {
	lower := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }
	if len(s) != providerIDLength || strings.ContainsFunc(s, lower) {
		return ProviderID{}, tenant.Invalid("provider id")
	}
	return ProviderID{s}, nil
}

func (id ProviderID) String() string { return id.s }

// IsZero reports whether id is the zero ProviderID.
func (id ProviderID) IsZero() bool { return id.s == "" }

// AtGoogle is what Identity Platform calls the provider.
func (id ProviderID) AtGoogle() string { return "oidc." + id.s }

// ProviderState is how far the set-up of a provider has come.
type ProviderState string

// The states. A provider can be enabled once an admin has signed in at it: that is the test.
const (
	Draft   ProviderState = "draft"   // its discovery was read, and nobody has signed in yet
	Tested  ProviderState = "tested"  // an admin has signed in at it, in their own browser
	Enabled ProviderState = "enabled" // people may sign in at it
)

// IsValid reports whether s is one of the states.
func (s ProviderState) IsValid() bool { return s == Draft || s == Tested || s == Enabled }

// First says what becomes of somebody who signs in at a provider for the first time and is not
// known.
type First string

// The answers to somebody unknown.
const (
	Refuse     First = "refuse" // an admin sees the attempt, and may add the person
	MakeViewer First = "viewer" // a record is made, with the role viewer
)

// IsValid reports whether f is one of the answers.
func (f First) IsValid() bool { return f == Refuse || f == MakeViewer }

// OIDC is an OpenID provider at which a tenant's people sign in.
type OIDC struct {
	ID       ProviderID
	Name     string // for people: what the button on the sign-in page says
	Issuer   string // exactly as the provider's tokens have it in iss
	ClientID string

	// Secret is the client secret, sealed for this tenant and this provider. Nothing but the code
	// flow opens it.
	Secret []byte

	// What discovery said (OpenID Connect Discovery 1.0, section 3).
	AuthorizationEndpoint string
	TokenEndpoint         string
	JWKS                  string
	Algorithms            []string // that ID tokens may be signed with, of those that we take

	State ProviderState
	First First

	// Groups maps a group of the provider to a role: a person who comes with one has that role.
	// Empty: roles come from our record alone. GroupsClaim is the claim that lists a person's
	// groups.
	GroupsClaim string
	Groups      map[string]tenant.Role
}

const (
	maxURL      = 512
	maxClientID = 256
	maxSecret   = 2048
	maxGroups   = 32
	maxGroup    = 128
)

// Validate reports whether o may be stored: ErrInvalid names the first fault.
func (o OIDC) Validate() error {
	switch {
	case o.ID.IsZero():
		return tenant.Invalid("provider id")
	case !tenant.IsName(o.Name):
		return tenant.Invalid("provider name")
	case o.ClientID == "" || !tenant.IsPrintable(o.ClientID, maxClientID):
		return tenant.Invalid("client id")
	case len(o.Secret) == 0 || len(o.Secret) > maxSecret:
		return tenant.Invalid("client secret")
	case !o.State.IsValid():
		return tenant.Invalid("state of a provider")
	case !o.First.IsValid():
		return tenant.Invalid("answer to somebody unknown")
	case len(o.Algorithms) == 0:
		return tenant.Invalid("algorithms")
	}
	for _, address := range []string{o.Issuer, o.AuthorizationEndpoint, o.TokenEndpoint, o.JWKS} {
		if err := checkURL(address); err != nil {
			return err
		}
	}
	return checkGroups(o.GroupsClaim, o.Groups)
}

func checkGroups(claim string, groups map[string]tenant.Role) error {
	if len(groups) > maxGroups || (len(groups) > 0) != (claim != "") || len(claim) > maxGroup {
		return tenant.Invalid("mapping of groups")
	}
	for group, role := range groups {
		if group == "" || !tenant.IsPrintable(group, maxGroup) || !role.IsValid() {
			return tenant.Invalid("mapping of groups")
		}
	}
	return nil
}

// RoleOf returns the role of somebody in these groups: the first of admin, editor, viewer that one
// of them maps to. ok is false if none of them maps to a role.
func (o OIDC) RoleOf(groups []string) (_ tenant.Role, ok bool) {
	for _, role := range []tenant.Role{tenant.Admin, tenant.Editor, tenant.Viewer} {
		for _, group := range groups {
			if o.Groups[group] == role {
				return role, true
			}
		}
	}
	return 0, false
}

func (o OIDC) clone() OIDC {
	o.Secret = slices.Clone(o.Secret)
	o.Algorithms = slices.Clone(o.Algorithms)
	o.Groups = maps.Clone(o.Groups)
	return o
}

// String names the provider. The secret is in no text of it.
func (o OIDC) String() string { return fmt.Sprintf("provider %s (%s)", o.ID, o.Issuer) }

// GoString is String, for %#v.
func (o OIDC) GoString() string { return o.String() }

// checkURL refuses what is no address of a server. Where it may lead, the guard of what goes out
// decides at each call.
func checkURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxURL || u.Host == "" || u.User != nil || u.Fragment != "" ||
		(u.Scheme != "https" && u.Scheme != "http") {
		return tenant.Invalid("address of a provider")
	}
	return nil
}
