package authsettings

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"maps"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// NewIssuer is an issuer of access tokens to be added.
type NewIssuer struct {
	Name     string
	Issuer   string // exactly as the tokens have it in iss
	JWKS     string // "": as the issuer's own document says
	Audience string
	Clients  []string
	Scopes   map[string]tenant.Role // Viewer or Editor: no program is an admin; empty for people
	People   bool                   // the tokens stand for people whom the tenant knows, not for programs
}

// IssuerID names an issuer in addresses: sixteen lower-case letters or digits.
func IssuerID(iss string) string {
	sum := sha256.Sum256([]byte("issuer\x00" + iss))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
}

// IsIssuerID reports whether s is of the form of an IssuerID.
func IsIssuerID(s string) bool {
	outside := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '2' || r > '7') }
	return len(s) == 16 && !strings.ContainsFunc(s, outside)
}

// AddIssuer lets programs with the issuer's access tokens use the API. ErrExists, ErrTooMany,
// ErrAddress, and those of Apply.
func (s *Service) AddIssuer(ctx context.Context, g vending.Grant, version int64, n NewIssuer) error {
	if err := authorize(ctx, g); err != nil {
		return err
	}
	if err := n.check(); err != nil {
		return err
	}
	made := authpolicy.Issuer{
		Name: n.Name, Issuer: n.Issuer, JWKS: n.JWKS, Audience: n.Audience, Algorithms: issuer.Algorithms(),
		Clients: slices.Clone(n.Clients), Scopes: maps.Clone(n.Scopes), People: n.People,
	}
	if n.JWKS == "" {
		d, err := s.discover(ctx, g, n.Issuer)
		if err != nil {
			return err
		}
		made.JWKS, made.Algorithms = d.JWKS, d.Algorithms
	}
	for _, address := range []string{made.Issuer, made.JWKS} {
		if err := s.Outbound.ValidateURL(address); err != nil {
			return s.badAddress(ctx, g, address, err)
		}
	}
	_, err := s.change(ctx, g, version, func(p *authpolicy.Policy) (note, error) {
		if _, there := p.IssuerOf(made.Issuer); there {
			return note{}, ErrExists
		}
		if len(p.Issuers) >= authpolicy.MaxIssuers {
			return note{}, ErrTooMany
		}
		p.Issuers = append(p.Issuers, made)
		after := stands(made) + made.Name + " at " + made.Issuer + "; audience " + made.Audience + "; clients " + strings.Join(made.Clients, ", ")
		return note{"issuer.add", IssuerID(made.Issuer), "", after}, nil
	})
	return err
}

// RemoveIssuer ends what programs may do with the issuer's tokens. id is an IssuerID. ErrNotFound,
// and those of Apply.
func (s *Service) RemoveIssuer(ctx context.Context, g vending.Grant, version int64, id string) error {
	_, err := s.change(ctx, g, version, func(p *authpolicy.Policy) (note, error) {
		i := slices.IndexFunc(p.Issuers, func(i authpolicy.Issuer) bool { return IssuerID(i.Issuer) == id })
		if i < 0 {
			return note{}, ErrNotFound
		}
		gone := p.Issuers[i]
		p.Issuers = slices.Delete(p.Issuers, i, i+1)
		return note{"issuer.remove", id, gone.Name + " at " + gone.Issuer, ""}, nil
	})
	return err
}

// stands says for an entry of the audit whom the tokens stand for.
func stands(i authpolicy.Issuer) string {
	if i.People {
		return "people of "
	}
	return ""
}

func (n NewIssuer) check() error {
	switch {
	case !tenant.IsName(n.Name):
		return invalid("Give the issuer a name of 1 to 80 characters.")
	case n.Audience == "" || !tenant.IsPrintable(n.Audience, 256):
		return invalid("Enter the audience that the tokens name in aud, at most 256 characters.")
	case len(n.Clients) == 0:
		return invalid("Name at least one client: the client_id of a program that may come.")
	case !n.People && len(n.Scopes) == 0:
		return invalid("Map at least one scope to viewer or editor.")
	case n.People && len(n.Scopes) > 0:
		return invalid("Leave the scopes empty: people have the role of their record.")
	}
	for _, role := range n.Scopes {
		if !role.IsForKeys() {
			return invalid("A program is a viewer or an editor, and never an admin.")
		}
	}
	return nil
}

// Health is how the key set of a provider or an issuer of the grant's tenant fares in this process.
// ok is false if it has not been used here within the hour, or the caller manages no settings.
func (s *Service) Health(g vending.Grant, iss string) (h issuer.Health, ok bool) {
	if s.Keys == nil || !g.Principal().May(tenant.SettingsManage) {
		return issuer.Health{}, false
	}
	return s.Keys.Health(g.Tenant(), iss)
}
