package settings

import (
	"slices"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
)

// Names of the examples in the API's description.
const (
	exampleProviderID = "p3kq7wmz5d"
	exampleIssuerID   = "m4x7q2kd6z3wnp5a"
	exampleName       = "acme.example"
)

// own are the problems that every change of the settings can be refused for, and those of one.
func own(codes ...string) []string { return append([]string{"condition_required"}, codes...) }

func exampleTime() time.Time { return time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC) }

// exampleSettings are those of a workspace that has set nothing but what edit does.
func exampleSettings(edit func(*Authentication)) Authentication {
	a := Authentication{
		API: []string{"token", "key", "access"}, Sessions: authpolicy.SessionSettings{IdleMinutes: 480, AbsoluteMinutes: 1440},
		Enforcement: APIEnforcement{State: "off"}, Providers: []APIProvider{}, Issuers: []APIIssuer{}, Domains: []APIDomain{},
		Changed: new(exampleTime()),
	}
	if edit != nil {
		edit(&a)
	}
	return a
}

// exampleWith are the settings of a workspace that has a provider in this state.
func exampleWith(state string) Authentication {
	return exampleSettings(func(a *Authentication) {
		o := exampleProvider()
		o.State = state
		a.Providers = []APIProvider{o}
	})
}

func exampleProvider() APIProvider {
	return APIProvider{
		ID: exampleProviderID, Name: "Acme ID", Issuer: "https://id.example.com", ClientID: "bulkhead", State: "draft", First: "refuse",
	}
}

func exampleIssuer() APIIssuer {
	return APIIssuer{
		ID: exampleIssuerID, Name: "Builds", Issuer: "https://id.example.com", Audience: "bulkhead", Clients: []string{"ci"},
		For: forPrograms, Scopes: map[string]string{"files": "viewer"},
	}
}

func exampleDomain() APIDomain {
	return APIDomain{
		Name: exampleName, Record: "_bulkhead-challenge." + exampleName, Value: "bulkhead-domain-verification=k4x7q2kd6z3wnp5am2bq7wz5",
	}
}

func exampleProven() APIDomain {
	d := exampleDomain()
	d.Proven, d.Checked = true, new(exampleTime())
	return d
}

// exampleCodes are recovery codes. They are made up, and open nothing.
func exampleCodes() map[string][]string {
	return map[string][]string{"recoveryCodes": slices.Repeat([]string{"abcd-efgh-2345-ijkl"}, authpolicy.RecoveryCodes)}
}
