package authpolicies

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// policyRecord is how a Policy is stored. Fields may be added; none may change its meaning.
type policyRecord struct {
	Version      int64              `firestore:"version"`
	Changed      time.Time          `firestore:"changed"`
	Refused      []string           `firestore:"refused"`
	Providers    []providerRecord   `firestore:"providers"`
	Issuers      []issuerRecord     `firestore:"issuers"`
	Domains      []domainRecord     `firestore:"domains"`
	Proven       []string           `firestore:"proven"` // names of domains, for HoldersOf
	Enforcement  enforcementRecord  `firestore:"enforcement"`
	Sessions     sessionsRecord     `firestore:"sessions"`
	SecondFactor secondFactorRecord `firestore:"secondFactor"`
}

// sessionsRecord is in whole minutes; 0: not set.
type sessionsRecord struct {
	Idle     int64 `firestore:"idle"`
	Absolute int64 `firestore:"absolute"`
}

type providerRecord struct {
	ID            string            `firestore:"id"`
	Name          string            `firestore:"name"`
	Issuer        string            `firestore:"issuer"`
	ClientID      string            `firestore:"clientId"`
	Secret        []byte            `firestore:"secret"` // sealed
	Authorization string            `firestore:"authorizationEndpoint"`
	Token         string            `firestore:"tokenEndpoint"`
	JWKS          string            `firestore:"jwks"`
	Algorithms    []string          `firestore:"algorithms"`
	State         string            `firestore:"state"`
	First         string            `firestore:"first"`
	GroupsClaim   string            `firestore:"groupsClaim"`
	Groups        map[string]string `firestore:"groups"`
}

type issuerRecord struct {
	Name       string            `firestore:"name"`
	Issuer     string            `firestore:"issuer"`
	JWKS       string            `firestore:"jwks"`
	Audience   string            `firestore:"audience"`
	Algorithms []string          `firestore:"algorithms"`
	Clients    []string          `firestore:"clients"`
	Scopes     map[string]string `firestore:"scopes"`
	People     bool              `firestore:"people"`
}

type domainRecord struct {
	Name      string    `firestore:"name"`
	Challenge string    `firestore:"challenge"`
	Proven    time.Time `firestore:"proven"`
	Checked   time.Time `firestore:"checked"`
	Failing   time.Time `firestore:"failing"`
	Provider  string    `firestore:"provider"`
}

type enforcementRecord struct {
	State    string    `firestore:"state"`
	Since    time.Time `firestore:"since"`
	By       string    `firestore:"by"`
	First    string    `firestore:"first"`
	Codes    [][]byte  `firestore:"codes"`
	Reverted time.Time `firestore:"reverted"`
}

// secondFactorRecord is the zero record where none is required.
type secondFactorRecord struct {
	Since        time.Time `firestore:"since"`
	GraceSeconds int64     `firestore:"graceSeconds"`
}

func recordOf(p authpolicy.Policy) policyRecord {
	r := policyRecord{
		Version: p.Version, Changed: p.Changed, Refused: p.Refused.Names(),
		Enforcement: enforcementRecord{
			State: string(p.Enforcement.Is()), Since: p.Enforcement.Since, By: p.Enforcement.By.String(),
			First: p.Enforcement.First.String(), Codes: p.Enforcement.Codes, Reverted: p.Enforcement.Reverted,
		},
		SecondFactor: secondFactorRecord{p.SecondFactor.Since, int64(p.SecondFactor.Grace / time.Second)},
		Sessions:     sessionsRecord{int64(p.Sessions.Idle / time.Minute), int64(p.Sessions.Absolute / time.Minute)},
	}
	for _, o := range p.Providers {
		r.Providers = append(r.Providers, providerRecord{
			ID: o.ID.String(), Name: o.Name, Issuer: o.Issuer, ClientID: o.ClientID, Secret: o.Secret,
			Authorization: o.AuthorizationEndpoint, Token: o.TokenEndpoint, JWKS: o.JWKS, Algorithms: o.Algorithms,
			State: string(o.State), First: string(o.First), GroupsClaim: o.GroupsClaim, Groups: roleNames(o.Groups),
		})
	}
	for _, i := range p.Issuers {
		r.Issuers = append(r.Issuers, issuerRecord{
			Name: i.Name, Issuer: i.Issuer, JWKS: i.JWKS, Audience: i.Audience, Algorithms: i.Algorithms,
			Clients: i.Clients, Scopes: roleNames(i.Scopes), People: i.People,
		})
	}
	for _, d := range p.Domains {
		r.Domains = append(r.Domains, domainRecord{
			Name: d.Name, Challenge: d.Challenge, Proven: d.Proven, Checked: d.Checked, Failing: d.Failing,
			Provider: d.Provider.String(),
		})
		if !d.Proven.IsZero() {
			r.Proven = append(r.Proven, d.Name)
		}
	}
	return r
}

// policyOf parses a stored record as strictly as any input.
func policyOf(doc *firestore.DocumentSnapshot) (authpolicy.Policy, error) {
	var r policyRecord
	if err := doc.DataTo(&r); err != nil {
		return authpolicy.Policy{}, fmt.Errorf("authentication policy: %w", err)
	}
	p, err := r.policy()
	if err == nil {
		err = p.Validate()
	}
	if err != nil {
		return authpolicy.Policy{}, fmt.Errorf("authentication policy of %s: %w", doc.Ref.ID, err)
	}
	return p, nil
}

func (r policyRecord) policy() (p authpolicy.Policy, err error) {
	p.Version, p.Changed = r.Version, r.Changed
	p.SecondFactor = authpolicy.SecondFactor{
		Since: r.SecondFactor.Since, Grace: time.Duration(r.SecondFactor.GraceSeconds) * time.Second,
	}
	p.Sessions = authpolicy.SessionLimits{
		Idle: time.Duration(r.Sessions.Idle) * time.Minute, Absolute: time.Duration(r.Sessions.Absolute) * time.Minute,
	}
	if p.Refused, err = authpolicy.ParseSet(r.Refused); err != nil {
		return p, err
	}
	for _, o := range r.Providers {
		made, err := o.provider()
		if err != nil {
			return p, err
		}
		p.Providers = append(p.Providers, made)
	}
	for _, i := range r.Issuers {
		scopes, err := roles(i.Scopes)
		if err != nil {
			return p, err
		}
		p.Issuers = append(p.Issuers, authpolicy.Issuer{
			Name: i.Name, Issuer: i.Issuer, JWKS: i.JWKS, Audience: i.Audience, Algorithms: i.Algorithms,
			Clients: i.Clients, Scopes: scopes, People: i.People,
		})
	}
	for _, d := range r.Domains {
		provider, err := unlessEmpty(d.Provider, authpolicy.ParseProviderID)
		if err != nil {
			return p, err
		}
		p.Domains = append(p.Domains, authpolicy.Domain{
			Name: d.Name, Challenge: d.Challenge, Proven: d.Proven, Checked: d.Checked, Failing: d.Failing, Provider: provider,
		})
	}
	p.Enforcement, err = r.Enforcement.enforcement()
	return p, err
}

func (o providerRecord) provider() (authpolicy.OIDC, error) {
	id, err := authpolicy.ParseProviderID(o.ID)
	if err != nil {
		return authpolicy.OIDC{}, err
	}
	groups, err := roles(o.Groups)
	if err != nil {
		return authpolicy.OIDC{}, err
	}
	return authpolicy.OIDC{
		ID: id, Name: o.Name, Issuer: o.Issuer, ClientID: o.ClientID, Secret: o.Secret,
		AuthorizationEndpoint: o.Authorization, TokenEndpoint: o.Token, JWKS: o.JWKS, Algorithms: o.Algorithms,
		State: authpolicy.ProviderState(o.State), First: authpolicy.First(o.First), GroupsClaim: o.GroupsClaim, Groups: groups,
	}, nil
}

func (e enforcementRecord) enforcement() (authpolicy.Enforcement, error) {
	by, err := unlessEmpty(e.By, tenant.ParseUserID)
	if err != nil {
		return authpolicy.Enforcement{}, err
	}
	first, err := unlessEmpty(e.First, tenant.ParseUserID)
	if err != nil {
		return authpolicy.Enforcement{}, err
	}
	state := authpolicy.EnforcementState(e.State)
	if state == authpolicy.Off {
		state = ""
	}
	return authpolicy.Enforcement{State: state, Since: e.Since, By: by, First: first, Codes: e.Codes, Reverted: e.Reverted}, nil
}

// unlessEmpty parses s; "" is the zero value.
func unlessEmpty[T any](s string, parse func(string) (T, error)) (v T, err error) {
	if s == "" {
		return v, nil
	}
	return parse(s)
}

func roleNames(m map[string]tenant.Role) map[string]string {
	names := make(map[string]string, len(m))
	for k, role := range m {
		names[k] = role.String()
	}
	return names
}

func roles(m map[string]string) (map[string]tenant.Role, error) {
	if len(m) == 0 {
		return nil, nil
	}
	parsed := make(map[string]tenant.Role, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		role, err := tenant.ParseRole(m[k])
		if err != nil {
			return nil, err
		}
		parsed[k] = role
	}
	return parsed, nil
}
