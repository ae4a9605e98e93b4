package authsettings

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// NewProvider is a provider to be added. Its texts print without the secret.
type NewProvider struct {
	Issuer   string // exactly as the provider shows it
	Name     string // for people; 1 to 80 printable characters
	ClientID string
	Secret   string
}

// String names the issuer.
func (n NewProvider) String() string { return "provider at " + n.Issuer }

// GoString is String, for %#v.
func (n NewProvider) GoString() string { return n.String() }

// Discover fetches what the provider at an issuer says of itself, and keeps nothing. ErrAddress,
// users.ErrForbidden.
func (s *Service) Discover(ctx context.Context, g vending.Grant, issuerURL string) (issuer.Document, error) {
	if err := authorize(ctx, g); err != nil {
		return issuer.Document{}, err
	}
	return s.discover(ctx, g, issuerURL)
}

func (s *Service) discover(ctx context.Context, g vending.Grant, issuerURL string) (issuer.Document, error) {
	d, err := issuer.Discover(ctx, s.Outbound, issuerURL)
	if err != nil {
		return issuer.Document{}, s.badAddress(ctx, g, issuerURL, err)
	}
	return d, nil
}

// AddProvider adds a provider as a draft, after its discovery was read. It is at Identity Platform
// before it is here: if adding it fails then, it is taken away there again. ErrTooMany, ErrAddress,
// and those of Apply.
func (s *Service) AddProvider(ctx context.Context, g vending.Grant, version int64, n NewProvider) (authpolicy.OIDC, error) {
	seen, err := s.Read(ctx, g) // what is refused at once costs no call
	switch {
	case err != nil:
		return authpolicy.OIDC{}, err
	case seen.Version != version:
		return authpolicy.OIDC{}, tenant.ErrStale
	case len(seen.Providers) >= authpolicy.MaxProviders:
		return authpolicy.OIDC{}, ErrTooMany
	}
	if err := checkClient(n.Name, n.ClientID); err != nil {
		return authpolicy.OIDC{}, err
	}
	d, err := s.discover(ctx, g, n.Issuer)
	if err != nil {
		return authpolicy.OIDC{}, err
	}
	made := authpolicy.OIDC{
		ID: authpolicy.NewProviderID(), Name: n.Name, ClientID: n.ClientID, State: authpolicy.Draft, First: authpolicy.Refuse,
	}
	take(&made, d)
	if made.Secret, err = s.seal(g, made.ID, n.Secret); err != nil {
		return authpolicy.OIDC{}, err
	}
	if err := s.mirror(ctx, g, made); err != nil {
		return authpolicy.OIDC{}, err
	}
	_, err = s.change(ctx, g, version, func(p *authpolicy.Policy) (note, error) {
		p.Providers = append(p.Providers, made)
		return note{"provider.add", made.ID.String(), "", made.Name + " at " + made.Issuer}, nil
	})
	if err != nil {
		s.unmirror(ctx, g, made.ID)
		return authpolicy.OIDC{}, err
	}
	return made, nil
}

// RereadProvider fetches the provider's discovery anew, and takes what it says. ErrNotFound,
// ErrAddress, and those of Apply.
func (s *Service) RereadProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID) error {
	o, err := s.Provider(ctx, g, id)
	if err != nil {
		return err
	}
	d, err := s.discover(ctx, g, o.Issuer)
	if err != nil {
		return err
	}
	_, err = s.provider(ctx, g, version, id, func(o *authpolicy.OIDC) (note, error) {
		before := o.JWKS + " " + o.AuthorizationEndpoint + " " + o.TokenEndpoint
		take(o, d)
		return note{"provider.reread", "", before, o.JWKS + " " + o.AuthorizationEndpoint + " " + o.TokenEndpoint}, nil
	})
	return err
}

// take has o be as its discovery says.
func take(o *authpolicy.OIDC, d issuer.Document) {
	o.Issuer, o.AuthorizationEndpoint, o.TokenEndpoint = d.Issuer, d.AuthorizationEndpoint, d.TokenEndpoint
	o.JWKS, o.Algorithms = d.JWKS, d.Algorithms
}

// ProviderChange is what an admin may change of a provider. Its texts print without the secret.
type ProviderChange struct {
	Name        string
	ClientID    string
	Secret      string // "": it stays
	First       authpolicy.First
	GroupsClaim string // "": roles come from our record alone
	Groups      map[string]tenant.Role
}

// String names the provider.
func (c ProviderChange) String() string { return "provider " + c.Name }

// GoString is String, for %#v.
func (c ProviderChange) GoString() string { return c.String() }

// UpdateProvider changes a provider. Another client or another secret has to be tested anew where
// the provider is not enabled yet. ErrNotFound, and those of Apply.
func (s *Service) UpdateProvider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID, c ProviderChange) error {
	if _, err := s.Provider(ctx, g, id); err != nil {
		return err
	}
	if err := checkClient(c.Name, c.ClientID); err != nil {
		return err
	}
	if !c.First.IsValid() {
		return invalid("Say what becomes of somebody unknown: refuse, or viewer.")
	}
	if (c.GroupsClaim == "") != (len(c.Groups) == 0) {
		return invalid("Name the claim that lists groups and at least one group with its role, or neither.")
	}
	var sealed []byte
	if c.Secret != "" {
		var err error
		if sealed, err = s.seal(g, id, c.Secret); err != nil {
			return err
		}
	}
	p, err := s.provider(ctx, g, version, id, func(o *authpolicy.OIDC) (note, error) {
		before := words(*o)
		if (sealed != nil || o.ClientID != c.ClientID) && o.State == authpolicy.Tested {
			o.State = authpolicy.Draft
		}
		o.Name, o.ClientID, o.First = c.Name, c.ClientID, c.First
		o.GroupsClaim, o.Groups = c.GroupsClaim, maps.Clone(c.Groups)
		after := words(*o)
		if sealed != nil {
			o.Secret, after = sealed, after+"; another client secret"
		}
		return note{"provider.change", "", before, after}, nil
	})
	if err != nil {
		return err
	}
	if o, ok := p.Provider(id); ok {
		return s.mirror(ctx, g, o)
	}
	return nil
}

// words says of a provider what an admin can change, without its secret.
func words(o authpolicy.OIDC) string {
	said := []string{o.Name, "client " + o.ClientID, "unknown people: " + string(o.First)}
	if o.GroupsClaim != "" {
		said = append(said, "groups by "+o.GroupsClaim)
	}
	for _, group := range slices.Sorted(maps.Keys(o.Groups)) {
		said = append(said, group+" = "+o.Groups[group].String())
	}
	return strings.Join(said, "; ")
}

// Provider returns a provider of the grant's tenant. ErrNotFound; the errors of Read.
func (s *Service) Provider(ctx context.Context, g vending.Grant, id authpolicy.ProviderID) (authpolicy.OIDC, error) {
	p, err := s.Read(ctx, g)
	if err != nil {
		return authpolicy.OIDC{}, err
	}
	o, ok := p.Provider(id)
	if !ok {
		return authpolicy.OIDC{}, ErrNotFound
	}
	return o, nil
}

// provider changes one provider. The note that do returns need not name it.
func (s *Service) provider(ctx context.Context, g vending.Grant, version int64, id authpolicy.ProviderID,
	do func(*authpolicy.OIDC) (note, error),
) (*authpolicy.Policy, error) {
	return s.change(ctx, g, version, func(p *authpolicy.Policy) (note, error) {
		i := slices.IndexFunc(p.Providers, func(o authpolicy.OIDC) bool { return o.ID == id })
		if i < 0 {
			return note{}, ErrNotFound
		}
		n, err := do(&p.Providers[i])
		n.id = id.String()
		return n, err
	})
}

func checkClient(name, clientID string) error {
	switch {
	case !tenant.IsName(name):
		return invalid("Give the provider a name of 1 to 80 characters: it stands on the sign-in page.")
	case clientID == "" || !tenant.IsPrintable(clientID, 256):
		return invalid("Enter the client id that the provider shows for Bulkhead.")
	}
	return nil
}

// maxSecret is the greatest length of a client secret, in bytes.
const maxSecret = 1000

// seal seals a client secret for one provider of the grant's tenant.
func (s *Service) seal(g vending.Grant, id authpolicy.ProviderID, secret string) ([]byte, error) {
	if secret == "" || len(secret) > maxSecret || !tenant.IsPrintable(secret, maxSecret) {
		return nil, invalid("Enter the client secret that the provider shows for Bulkhead.")
	}
	if s.Sealer == nil {
		return nil, tenant.Unavailable("sealing", errNoSealer)
	}
	sealed, err := s.Sealer.SealClientSecret(g.Tenant(), id, secret)
	if err != nil {
		return nil, tenant.Unavailable("sealing", err)
	}
	return sealed, nil
}
