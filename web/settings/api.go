package settings

import (
	"context"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
)

// Authentication is the authentication settings as the API shows them. PUT takes api and sessions.
type Authentication struct {
	API          []string                   `json:"api" maxItems:"3" doc:"What the API accepts: token, key, access."`
	Sessions     authpolicy.SessionSettings `json:"sessions"`
	Enforcement  APIEnforcement             `json:"enforcement"`
	SecondFactor APISecondFactor            `json:"secondFactor"`
	Providers    []APIProvider              `json:"providers" maxItems:"8"`
	Issuers      []APIIssuer                `json:"issuers" maxItems:"8"`
	Domains      []APIDomain                `json:"domains" maxItems:"32"`
	Changed      *time.Time                 `json:"changed,omitempty" doc:"Absent: nothing was ever set."`
}

// APIEnforcement says whether people must use a provider.
type APIEnforcement struct {
	State string     `json:"state" enum:"off,staged,enforced"`
	Until *time.Time `json:"until,omitempty" doc:"When it goes back to off by itself, while it is staged."`
}

// APIProvider is an OpenID provider. Its client secret is never shown.
type APIProvider struct {
	ID       string `json:"id" format:"id"`
	Name     string `json:"name"`
	Issuer   string `json:"issuer"`
	ClientID string `json:"clientId"`
	State    string `json:"state" enum:"draft,tested,enabled"`
	First    string `json:"first" enum:"refuse,viewer" doc:"What becomes of somebody unknown."`

	GroupsClaim string            `json:"groupsClaim,omitempty" doc:"The claim that lists a person's groups. Absent: roles come from the record alone."`
	Groups      map[string]string `json:"groups,omitempty" doc:"The role that a group gives."`
}

func apiProvider(o authpolicy.OIDC) APIProvider {
	a := APIProvider{
		ID: o.ID.String(), Name: o.Name, Issuer: o.Issuer, ClientID: o.ClientID, State: string(o.State), First: string(o.First),
		GroupsClaim: o.GroupsClaim, Groups: map[string]string{},
	}
	for group, role := range o.Groups {
		a.Groups[group] = role.String()
	}
	return a
}

// APIIssuer is an issuer of access tokens.
type APIIssuer struct {
	ID       string            `json:"id" format:"id"`
	Name     string            `json:"name"`
	Issuer   string            `json:"issuer"`
	Audience string            `json:"audience"`
	Clients  []string          `json:"clients"`
	For      string            `json:"for" enum:"programs,people" doc:"Whom its tokens stand for."`
	Scopes   map[string]string `json:"scopes" doc:"The role that a scope gives a program: viewer or editor."`
}

func apiIssuer(i authpolicy.Issuer) APIIssuer {
	scopes := map[string]string{}
	for scope, role := range i.Scopes {
		scopes[scope] = role.String()
	}
	who := forPrograms
	if i.People {
		who = forPeople
	}
	return APIIssuer{authsettings.IssuerID(i.Issuer), i.Name, i.Issuer, i.Audience, i.Clients, who, scopes}
}

// Whom an issuer's tokens stand for.
const (
	forPrograms = "programs"
	forPeople   = "people"
)

// APIDomain is a domain and how far its proof has come.
type APIDomain struct {
	Name    string     `json:"name"`
	Proven  bool       `json:"proven"`
	Record  string     `json:"record" doc:"The name of the TXT record that proves it."`
	Value   string     `json:"value" format:"id" doc:"What the record must say."`
	Checked *time.Time `json:"checked,omitempty"`
}

func apiDomain(d authpolicy.Domain, now time.Time) APIDomain {
	return APIDomain{d.Name, d.IsProven(now), d.RecordName(), d.Challenge, unlessZero(d.Checked)}
}

type authenticationOutput struct {
	ETag string `header:"ETag"`
	Body Authentication
}

func outputOf(p *authpolicy.Policy, now time.Time) *authenticationOutput {
	a := Authentication{
		API: p.Settings().API, Sessions: *p.SessionLimits().Settings(), Providers: []APIProvider{}, Issuers: []APIIssuer{}, Domains: []APIDomain{},
		Enforcement: APIEnforcement{State: string(p.Enforcement.Now(now))}, Changed: unlessZero(p.Changed),
		SecondFactor: secondFactorOf(p.SecondFactor),
	}
	if p.Enforcement.Now(now) == authpolicy.Staged {
		a.Enforcement.Until = unlessZero(p.Enforcement.Until())
	}
	for _, o := range p.Providers {
		a.Providers = append(a.Providers, apiProvider(o))
	}
	for _, i := range p.Issuers {
		a.Issuers = append(a.Issuers, apiIssuer(i))
	}
	for _, d := range p.Domains {
		a.Domains = append(a.Domains, apiDomain(d, now))
	}
	return &authenticationOutput{ETag: api.Tag(p.Version), Body: a}
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// ReadAPI shows the settings.
func (f Feature) ReadAPI() api.Operation {
	return api.NewOperation("Read how people and programs get in", f.readAPI).Described(api.Doc{
		Says:  "The ETag of the answer is what a change must say in If-Match that it is based on.",
		Given: "a provider was added, and a domain",
		Answers: exampleSettings(func(a *Authentication) {
			a.Providers, a.Domains = []APIProvider{exampleProvider()}, []APIDomain{exampleDomain()}
		}),
	})
}

func (f Feature) readAPI(ctx context.Context, g vending.Grant, _ *struct{}) (*authenticationOutput, error) {
	p, err := f.settings.Read(ctx, g)
	if err != nil {
		return nil, err
	}
	return outputOf(p, g.Now()), nil
}

// Based is the input of a change that says what it is based on.
type Based struct {
	Match string `header:"If-Match" doc:"The ETag of the settings that the change is based on. It is needed."`
}

// version returns the version that a change is based on. errNoCondition, tenant.ErrStale.
func (f Feature) version(ctx context.Context, g vending.Grant, in Based) (int64, error) {
	if strings.TrimSpace(in.Match) == "" {
		return 0, errNoCondition
	}
	p, err := f.settings.Read(ctx, g)
	if err != nil {
		return 0, err
	}
	if !api.Matches(in.Match, api.Tag(p.Version)) {
		return 0, tenant.ErrStale
	}
	return p.Version, nil
}

// changed makes a change based on what in says, and returns the settings as they are then.
func (f Feature) changed(ctx context.Context, g vending.Grant, in Based, change func(version int64) error) (*authenticationOutput, error) {
	version, err := f.version(ctx, g, in)
	if err == nil {
		err = change(version)
	}
	if err != nil {
		return nil, err
	}
	return f.readAPI(ctx, g, nil)
}

type replaceInput struct {
	Based
	Body authpolicy.Settings
}

// ReplaceAPI writes what an admin may write at once.
func (f Feature) ReplaceAPI() api.Operation {
	return api.NewOperation("Set what the API accepts, and how long sessions last", f.replaceAPI).Described(api.Doc{
		Says: "It replaces both. Sessions that are older than the new limits end.",
		Asks: `{"api":["token","key"],"sessions":{"idleMinutes":30,"absoluteMinutes":720}}`, Problems: own("lockout", "own_session", "own_session_age"),
		Answers: exampleSettings(func(a *Authentication) {
			a.API, a.Sessions = []string{"token", "key"}, authpolicy.SessionSettings{IdleMinutes: 30, AbsoluteMinutes: 720}
		}),
	})
}

func (f Feature) replaceAPI(ctx context.Context, g vending.Grant, in *replaceInput) (*authenticationOutput, error) {
	return f.changed(ctx, g, in.Based, func(version int64) error {
		_, err := f.settings.Apply(ctx, g, version, in.Body)
		return err
	})
}
