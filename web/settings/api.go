package settings

import (
	"context"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Authentication is the authentication settings as the API shows them. PUT takes api and sessions.
type Authentication struct {
	API          []string                   `json:"api" doc:"What the API accepts: token, key, access."`
	Sessions     authpolicy.SessionSettings `json:"sessions"`
	Enforcement  APIEnforcement             `json:"enforcement"`
	SecondFactor APISecondFactor            `json:"secondFactor"`
	Providers    []APIProvider              `json:"providers"`
	Issuers      []APIIssuer                `json:"issuers"`
	Domains      []APIDomain                `json:"domains"`
	Changed      *time.Time                 `json:"changed,omitempty" doc:"Absent: nothing was ever set."`
}

// APIEnforcement says whether people must use a provider.
type APIEnforcement struct {
	State string     `json:"state" enum:"off,staged,enforced"`
	Until *time.Time `json:"until,omitempty" doc:"When it goes back to off by itself, while it is staged."`
}

// APIProvider is an OpenID provider. Its client secret is never shown.
type APIProvider struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Issuer   string `json:"issuer"`
	ClientID string `json:"clientId"`
	State    string `json:"state" enum:"draft,tested,enabled"`
	First    string `json:"first" enum:"refuse,viewer" doc:"What becomes of somebody unknown."`
}

// APIIssuer is an issuer of access tokens.
type APIIssuer struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Issuer   string            `json:"issuer"`
	Audience string            `json:"audience"`
	Clients  []string          `json:"clients"`
	For      string            `json:"for" enum:"programs,people" doc:"Whom its tokens stand for."`
	Scopes   map[string]string `json:"scopes" doc:"The role that a scope gives a program: viewer or editor."`
}

// APIDomain is a domain and how far its proof has come.
type APIDomain struct {
	Name    string     `json:"name"`
	Proven  bool       `json:"proven"`
	Record  string     `json:"record" doc:"The name of the TXT record that proves it."`
	Value   string     `json:"value" doc:"What the record must say."`
	Checked *time.Time `json:"checked,omitempty"`
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
		a.Providers = append(a.Providers, APIProvider{o.ID.String(), o.Name, o.Issuer, o.ClientID, string(o.State), string(o.First)})
	}
	for _, i := range p.Issuers {
		scopes := map[string]string{}
		for scope, role := range i.Scopes {
			scopes[scope] = role.String()
		}
		who := "programs"
		if i.People {
			who = "people"
		}
		a.Issuers = append(a.Issuers, APIIssuer{authsettings.IssuerID(i.Issuer), i.Name, i.Issuer, i.Audience, i.Clients, who, scopes})
	}
	for _, d := range p.Domains {
		a.Domains = append(a.Domains, APIDomain{d.Name, d.IsProven(now), d.RecordName(), d.Challenge, unlessZero(d.Checked)})
	}
	return &authenticationOutput{ETag: door.Tag(p.Version), Body: a}
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// ReadAPI shows the settings.
func (f Feature) ReadAPI() door.Operation {
	return door.NewOperation("Read how people and programs get in", f.readAPI)
}

func (f Feature) readAPI(ctx context.Context, g vending.Grant, _ *struct{}) (*authenticationOutput, error) {
	p, err := f.settings.Read(ctx, g)
	if err != nil {
		return nil, err
	}
	return outputOf(p, g.Now()), nil
}

type replaceInput struct {
	Match string `header:"If-Match" doc:"The ETag of the settings that the change is based on. It is needed."`
	Body  authpolicy.Settings
}

// ReplaceAPI writes what an admin may write at once.
func (f Feature) ReplaceAPI() door.Operation {
	return door.NewOperation("Set what the API accepts, and how long sessions last", f.replaceAPI)
}

func (f Feature) replaceAPI(ctx context.Context, g vending.Grant, in *replaceInput) (*authenticationOutput, error) {
	if strings.TrimSpace(in.Match) == "" {
		return nil, errNoCondition
	}
	p, err := f.settings.Read(ctx, g)
	if err != nil {
		return nil, err
	}
	if !door.Matches(in.Match, door.Tag(p.Version)) {
		return nil, tenant.ErrStale
	}
	if p, err = f.settings.Apply(ctx, g, p.Version, in.Body); err != nil {
		return nil, err
	}
	return outputOf(p, g.Now()), nil
}
