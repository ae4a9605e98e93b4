package settings

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Overview is the page of how people and programs get in.
type Overview struct {
	Version      string // of the settings that the page shows
	Problem      string // one sentence about what was just tried
	API          []Choice
	Idle         []Choice // how long a session lasts without a request
	Absolute     []Choice // how long it lasts at the most
	Providers    []Provider
	Open         int // providers that are enabled
	Enforcement  Enforcement
	SecondFactor SecondFactor
	Issuers      []Issuer
	Domains      []Domain
	NewDomain    string // as it was typed
	Kept         bool   // whether failed sign-ins are kept at all
	Failed       []FailedSignIn
}

// Choice is a box to tick.
type Choice struct {
	Value, Label string
	On           bool
}

// Provider is an OpenID provider as pages show it.
type Provider struct {
	ID, Name, Issuer, ClientID             string
	State                                  string // "draft", "tested" or "enabled"
	First                                  string
	Authorization, Token, Keys, Algorithms string
	GroupsClaim, Groups                    string
	Health                                 Health
}

// Health is how a key set fares.
type Health struct {
	Known   bool
	Keys    int
	Stale   bool
	Last    time.Time
	Outcome string
}

// Enforcement is whether people must use a provider.
type Enforcement struct {
	State    string // "off", "staged" or "enforced"
	Since    time.Time
	Until    time.Time
	Minutes  int  // that are left
	First    bool // one person has signed in at a provider
	Codes    int  // recovery codes that are left
	Reverted time.Time
}

// SecondFactor is whether people must prove one.
type SecondFactor struct {
	Required bool
	From     time.Time // when sessions without one end
	Days     int       // of the grace
}

// Issuer is an issuer of API bearers.
type Issuer struct {
	ID, Name, Issuer, Audience, Clients, Scopes string
	People                                      bool
	Health                                      Health
}

// standsFor says whom the issuer's tokens stand for.
func (i Issuer) standsFor() string {
	if i.People {
		return "people, with their role here"
	}
	return i.Scopes
}

// Domain is a domain and its proof.
type Domain struct {
	Name, Record, Value string
	State               string // "proven", "failing" or "waiting"
	Checked, Failing    time.Time
	Ends                time.Time // of a proof whose record is gone
	Provider            string    // its name
	Problem             string
	Version             string
}

// NewProvider is the form for a provider, as it was filled in. The secret is never shown again.
type NewProvider struct {
	Version, Problem       string
	Issuer, Name, ClientID string
	Redirect               string // what to enter at the provider
	Found                  Discovery
}

// Discovery is what a provider says of itself. The zero Discovery is none.
type Discovery struct {
	Authorization, Token, Keys, Algorithms string
	PKCE                                   bool
}

// OneProvider is the page of one provider.
type OneProvider struct {
	Version, Problem, Redirect string
	Provider                   Provider
}

// NewIssuer is the form for an issuer, as it was filled in.
type NewIssuer struct {
	Version, Problem                              string
	Name, Issuer, JWKS, Audience, Clients, Scopes string
	People                                        bool
}

// Confirm asks, on a page of its own, whether to do what cannot simply be taken back.
type Confirm struct {
	Version, Problem string
	Title            string
	What             []string // one sentence each
	Action, Back     string   // addresses
	Do, Keep         string   // what the buttons say
	Danger           bool
}

// RecoveryCodes are codes that were made with this answer, which is the only one to show them.
type RecoveryCodes struct {
	Codes []string
	Until time.Time
}

// apiChoices are the credentials that a tenant may have the API refuse.
var apiChoices = [...]struct{ value, label string }{
	{"token", "Tokens of people who have signed in"},
	{"key", "API keys"},
	{"access", "Access tokens of your own issuers"},
}

func versionOf(p *authpolicy.Policy) string { return strconv.FormatInt(p.Version, 10) }

func enforcementOf(e authpolicy.Enforcement, now time.Time) Enforcement {
	v := Enforcement{State: string(e.Now(now)), Codes: len(e.Codes), Reverted: e.Reverted}
	switch e.Now(now) {
	case authpolicy.Staged:
		v.Since, v.Until, v.First = e.Since, e.Until(), !e.First.IsZero()
		v.Minutes = int(e.Until().Sub(now).Round(time.Minute) / time.Minute)
	case authpolicy.Enforced:
		v.Since = e.Since
	case authpolicy.Off:
		if e.Is() == authpolicy.Staged { // its time is up, and the job that writes so has not run yet
			v.Reverted = e.Until()
		}
	}
	return v
}

func domainOf(d authpolicy.Domain, p *authpolicy.Policy, now time.Time) Domain {
	v := Domain{
		Name: d.Name, Record: d.RecordName(), Value: d.Challenge, State: "waiting", Checked: d.Checked,
		Failing: d.Failing, Version: versionOf(p),
	}
	switch {
	case d.IsProven(now) && d.Failing.IsZero():
		v.State = "proven"
	case d.IsProven(now):
		v.State, v.Ends = "failing", d.Failing.Add(authpolicy.ProofGrace)
	}
	if o, ok := p.Provider(d.Provider); ok {
		v.Provider = o.Name
	}
	return v
}

// status is the colour of a state.
func status(state string) string {
	switch state {
	case "enabled", "proven", "enforced":
		return "active"
	case "failing":
		return "disabled"
	}
	return "invited"
}

// base is the address of the page, or of something below it.
func base(w view.Workspace, below ...string) string {
	return w.Path(append([]string{"settings", "sign-in"}, below...)...)
}

func issuerID(iss string) string { return authsettings.IssuerID(iss) }

// first is the look of a section's button: the one to press while there is nothing yet.
func first(n int) string {
	if n == 0 {
		return "primary"
	}
	return "outline"
}

func variant(danger bool) string {
	if danger {
		return "destructive"
	}
	return "primary"
}

// domainWord says in a word how far a domain's proof has come.
func domainWord(state string) string {
	switch state {
	case "proven":
		return "Proven"
	case "failing":
		return "Record gone"
	}
	return "Not proven yet"
}

// text is the codes, one a line.
func (r RecoveryCodes) text() string { return strings.Join(r.Codes, "\n") }

// file is the codes as a file to download. Codes are ours, of letters, digits and hyphens.
func (r RecoveryCodes) file() templ.SafeURL {
	return templ.SafeURL("data:text/plain;charset=utf-8," + url.PathEscape(r.text()+"\n"))
}

// keys is a number of keys in words.
func keys(n int) string {
	if n == 1 {
		return "1 key"
	}
	return strconv.Itoa(n) + " keys"
}
