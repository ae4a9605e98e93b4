package signin

import (
	"context"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/logins"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// APIMethods are one's own ways to sign in.
type APIMethods struct {
	Password  bool           `json:"password" doc:"There is one, and the workspace accepts it."`
	Methods   []APIMethod    `json:"methods" maxItems:"16" doc:"The providers that are connected."`
	Available []APIAvailable `json:"available" maxItems:"8" doc:"The providers that can be connected, in a browser."`
	ConnectAt string         `json:"connectAt" doc:"The page to open in a browser to connect one: a provider signs nobody in elsewhere."`
}

// APIMethod is a provider that is connected.
type APIMethod struct {
	ID        string    `json:"id" format:"id"`
	Provider  string    `json:"provider" format:"id" doc:"At which it was first seen."`
	Name      string    `json:"name" doc:"Of the provider. Empty if it is gone."`
	Issuer    string    `json:"issuer"`
	Subject   string    `json:"subject" doc:"Who one is there."`
	Open      bool      `json:"open" doc:"One can sign in with it now."`
	Last      bool      `json:"last" doc:"It is the last way in, and stays."`
	Connected time.Time `json:"connected"`
}

// APIAvailable is a provider that can be connected.
type APIAvailable struct {
	Provider string `json:"provider" format:"id"`
	Name     string `json:"name"`
}

type methodsOutput struct{ Body APIMethods }

// MethodsAPI lists the caller's ways to sign in.
func (f Feature) MethodsAPI() api.Operation {
	return api.NewOperation("List one's own ways to sign in", f.methodsAPI).Described(api.Doc{
		Says:  "A provider is connected in a browser, at connectAt: it signs nobody in elsewhere.",
		Given: givenConnected,
		Answers: `{"password":true,"methods":[{"id":"` + exampleMethodID + `","provider":"p3kq7wmz5d","name":"Acme ID","issuer":"https://id.example.com",` +
			`"subject":"248289761001","open":true,"last":false,"connected":"2026-03-02T09:30:00Z"}],"available":[],` +
			`"connectAt":"https://app.example.com/t/acme/sign-in-methods"}`,
	})
}

func (f Feature) methodsAPI(ctx context.Context, g vending.Grant, _ *struct{}) (*methodsOutput, error) {
	mine, err := f.federation.Methods(ctx, g)
	if err != nil {
		return nil, err
	}
	t, err := f.sessions.Of(ctx, g)
	if err != nil {
		return nil, err
	}
	a := APIMethods{
		Password: mine.Password, Methods: []APIMethod{}, Available: []APIAvailable{},
		ConnectAt: f.sessions.PageURL(t.Slug, "sign-in-methods"),
	}
	for _, m := range mine.Logins {
		a.Methods = append(a.Methods, APIMethod{
			ID: m.Key, Provider: m.Provider.String(), Name: m.Name, Issuer: m.Issuer, Subject: m.Subject,
			Open: m.Open, Last: m.Last, Connected: m.Created,
		})
	}
	for _, c := range mine.Available {
		a.Available = append(a.Available, APIAvailable{c.ID.String(), c.Name})
	}
	return &methodsOutput{a}, nil
}

// DisconnectAPI takes one of the caller's ways to sign in away.
func (f Feature) DisconnectAPI() api.Operation {
	return api.NewOperation("Disconnect a provider from one's own account", f.disconnectAPI).Described(api.Doc{
		Says:  "It signs the person in no more. The last way to sign in stays.",
		Given: givenConnected, ID: exampleMethodID, Problems: []string{"last_login", "factor_unproven"},
	})
}

func (f Feature) disconnectAPI(ctx context.Context, g vending.Grant, in *api.ID) (*struct{}, error) {
	key, err := door.ParseID(in.ID, logins.ParseKey, "a way to sign in")
	if err != nil {
		return nil, err
	}
	return nil, f.federation.Disconnect(ctx, g, key)
}
