package signin

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/internal/logins"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
)

// APIPasskey is a passkey as the API shows one.
type APIPasskey struct {
	ID    string     `json:"id" format:"id"`
	Name  string     `json:"name"`
	Added time.Time  `json:"added"`
	Used  *time.Time `json:"used,omitempty" doc:"When it was last used. Absent: it was not."`
}

func newAPIPasskey(p secondfactor.Passkey) APIPasskey {
	a := APIPasskey{ID: p.ID, Name: p.Name, Added: p.Added}
	if !p.Used.IsZero() {
		a.Used = &p.Used
	}
	return a
}

// APIFactors is what somebody has set up as second factors, without any secret.
type APIFactors struct {
	App           *APIApp      `json:"app,omitempty" doc:"Absent: no authenticator app is set up."`
	Passkeys      []APIPasskey `json:"passkeys" maxItems:"10"`
	RecoveryCodes int          `json:"recoveryCodes" doc:"How many are left."`
	Required      bool         `json:"required" doc:"The workspace requires a second factor."`
	From          *time.Time   `json:"from,omitempty" doc:"When sessions without one end. Absent unless one is required."`
	Unproven      bool         `json:"unproven" doc:"This session has proven none although there is one, and changes nothing here: sign in with it."`
}

// APIApp is an authenticator app that is set up.
type APIApp struct {
	Added time.Time `json:"added"`
}

type factorsOutput struct{ Body APIFactors }

// FactorsAPI lists the caller's second factors.
func (f Feature) FactorsAPI() api.Operation {
	return api.NewOperation("List one's own second factors", f.factorsAPI).Described(api.Doc{
		Says:  "No secret is among them: those are shown once, when they are made.",
		Given: givenFactors,
		Answers: `{"app":{"added":"2026-03-02T09:30:00Z"},"passkeys":[` + examplePasskey + `],"recoveryCodes":10,` +
			`"required":false,"unproven":false}`,
	})
}

func (f Feature) factorsAPI(ctx context.Context, g vending.Grant, _ *struct{}) (*factorsOutput, error) {
	mine, err := f.factors.OwnFactors(ctx, g)
	if err != nil {
		return nil, err
	}
	a := APIFactors{Passkeys: []APIPasskey{}, RecoveryCodes: mine.Recovery, Required: mine.Required, Unproven: mine.Unproven}
	if mine.App != nil {
		a.App = &APIApp{mine.App.Added}
	}
	for _, p := range mine.Passkeys {
		a.Passkeys = append(a.Passkeys, newAPIPasskey(p))
	}
	if !mine.From.IsZero() {
		a.From = &mine.From
	}
	return &factorsOutput{a}, nil
}

type appSecretOutput struct {
	Body struct {
		Secret  string `json:"secret" format:"secret" doc:"To be typed into an app, in base32. It is not shown again."`
		Address string `json:"address" format:"secret" doc:"The same for a QR code: an otpauth URL."`
		State   string `json:"state" format:"secret" doc:"Comes back with the first code, within ten minutes and in the same session."`
	}
}

// BeginAppAPI returns what to set an app up with.
func (f Feature) BeginAppAPI() api.Operation {
	return api.NewOperation("Begin to set an authenticator app up", f.beginAppAPI).Described(api.Doc{
		Says:     "Nothing is set up before the first code of the app comes back with the state.",
		Problems: []string{"set_up", "factor_unproven"},
		Answers: `{"secret":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP","address":"otpauth://totp/Bulkhead:admin@acme.test?…",` +
			`"state":"` + exampleState + `"}`,
	})
}

func (f Feature) beginAppAPI(ctx context.Context, g vending.Grant, _ *struct{}) (*appSecretOutput, error) {
	a, err := f.factors.BeginApp(ctx, g)
	if err != nil {
		return nil, err
	}
	out := new(appSecretOutput)
	out.Body.Secret, out.Body.Address, out.Body.State = a.Secret, a.Address, a.State
	return out, nil
}

// factorCodes are the recovery codes that an answer shows.
type factorCodes struct {
	RecoveryCodes []string `json:"recoveryCodes,omitempty" format:"secret" maxItems:"10" doc:"Each counts once. They are not shown again. Absent: those that there are go on."`
	Note          string   `json:"note,omitempty" doc:"What a repeat leaves out."`
}

// public leaves the codes out.
func (c *factorCodes) public() {
	c.RecoveryCodes, c.Note = nil, "This was done by an earlier request. Recovery codes are shown only once."
}

type addAppInput struct {
	api.Creating
	Body struct {
		Code  string `json:"code" maxLength:"9" doc:"That the app shows now."`
		State string `json:"state" maxLength:"4096" doc:"Of the answer with the secret."`
	}
}

// AddAppAPI sets an app up.
func (f Feature) AddAppAPI() api.Operation {
	return api.NewCreation("Set an authenticator app up", f.addAppAPI, (*factorCodes).public).Described(api.Doc{
		Says:     "From now on every sign-in of the person asks for a code of it, or for a recovery code.",
		Given:    "setting an app up was begun in the same session",
		Asks:     `{"code":"` + exampleAppCode + `","state":"` + exampleState + `"}`,
		Problems: []string{"set_up", "second_factor", "second_factor_clock", "second_factor_over", "factor_unproven"},
		Answers:  exampleRecoveryCodes(),
	})
}

func (f Feature) addAppAPI(ctx context.Context, g vending.Grant, in *addAppInput) (*api.Creation[factorCodes], error) {
	codes, err := f.factors.AddFactor(ctx, g, mfa.FactorAnswer{Code: in.Body.Code, State: in.Body.State})
	if err != nil {
		return nil, err
	}
	return &api.Creation[factorCodes]{Location: factorsAddress(), Body: factorCodes{RecoveryCodes: codes}}, nil
}

func factorsAddress() string { return api.Address("account", "second-factors") }

// RemoveAppAPI takes the caller's app away.
func (f Feature) RemoveAppAPI() api.Operation {
	return api.NewOperation("Remove one's own authenticator app", func(ctx context.Context, g vending.Grant, _ *struct{}) (*struct{}, error) {
		return nil, f.factors.RemoveApp(ctx, g)
	}).Described(api.Doc{
		Says:  "It opens nothing any more. Without any second factor left the recovery codes go too.",
		Given: givenFactors, Problems: []string{"not_set_up", "last_factor", "factor_unproven"},
	})
}

type newCodesInput struct{ api.Creating }

// NewCodesAPI makes the caller's recovery codes anew.
func (f Feature) NewCodesAPI() api.Operation {
	return api.NewCreation("Make one's own recovery codes anew, in the place of those that are left", f.newCodesAPI, (*factorCodes).public).
		Described(api.Doc{
			Says:  "Those of before count no more.",
			Given: givenFactors, Problems: []string{"not_set_up", "factor_unproven"},
			Answers: exampleRecoveryCodes(),
		})
}

func (f Feature) newCodesAPI(ctx context.Context, g vending.Grant, _ *newCodesInput) (*api.Creation[factorCodes], error) {
	codes, err := f.factors.NewRecoveryCodes(ctx, g)
	if err != nil {
		return nil, err
	}
	return &api.Creation[factorCodes]{Location: factorsAddress(), Body: factorCodes{RecoveryCodes: codes}}, nil
}

type challengeOutput struct {
	Body struct {
		Options APICreation `json:"options" doc:"PublicKeyCredentialCreationOptionsJSON of WebAuthn. A browser makes the passkey, at an address of this workspace's domain."`
		State   string      `json:"state" format:"secret" doc:"Comes back with the passkey, within ten minutes and in the same session."`
	}
}

// BeginPasskeyAPI returns the challenge to set a passkey up with.
func (f Feature) BeginPasskeyAPI() api.Operation {
	return api.NewOperation("Begin to set a passkey up", f.beginPasskeyAPI).Described(api.Doc{
		Says:     "Nothing is set up before what a browser made of the options comes back with the state.",
		Problems: []string{"too_many", "not_set_up", "factor_unproven"},
		Answers:  exampleChallenge,
	})
}

func (f Feature) beginPasskeyAPI(ctx context.Context, g vending.Grant, _ *struct{}) (*challengeOutput, error) {
	c, err := f.factors.BeginPasskey(ctx, g)
	if err != nil {
		return nil, err
	}
	out := new(challengeOutput)
	out.Body.State = c.State
	return out, json.Unmarshal(c.Options, &out.Body.Options, json.RejectUnknownMembers(true))
}

type addPasskeyInput struct {
	api.Creating
	Body struct {
		Name       string         `json:"name" maxLength:"60" doc:"To know it again."`
		State      string         `json:"state" maxLength:"8192" doc:"Of the answer with the options."`
		Credential map[string]any `json:"credential" doc:"RegistrationResponseJSON of WebAuthn, as the browser made it."`
	}
}

// createdPasskey is a passkey as it is answered to who sets it up.
type createdPasskey struct {
	APIPasskey
	RecoveryCodes []string `json:"recoveryCodes,omitempty" format:"secret" maxItems:"10" doc:"Each counts once. They are not shown again. Absent: those that there are go on."`
	Note          string   `json:"note,omitempty" doc:"What a repeat leaves out."`
}

// public leaves the recovery codes out.
func (c *createdPasskey) public() {
	c.RecoveryCodes, c.Note = nil, "The passkey was set up by an earlier request. Recovery codes are shown only once."
}

// AddPasskeyAPI sets a passkey up.
func (f Feature) AddPasskeyAPI() api.Operation {
	return api.NewCreation("Set a passkey up", f.addPasskeyAPI, (*createdPasskey).public).Described(api.Doc{
		Says:     "A browser has made it. The recovery codes are those of somebody who had no second factor.",
		Given:    "a browser has made a passkey, in the same session",
		Asks:     exampleAddPasskey,
		Problems: []string{"passkey", "too_many", "factor_unproven"},
		Answers:  exampleMadePasskey(),
	})
}

func (f Feature) addPasskeyAPI(ctx context.Context, g vending.Grant, in *addPasskeyInput) (*api.Creation[createdPasskey], error) {
	answer, err := json.Marshal(in.Body.Credential)
	if err != nil {
		return nil, err
	}
	made, codes, err := f.factors.AddPasskey(ctx, g, mfa.FactorAnswer{Passkey: answer, State: in.Body.State, Name: in.Body.Name})
	if err != nil {
		return nil, err
	}
	return &api.Creation[createdPasskey]{
		Location: api.Address("account", "passkeys", made.ID),
		Body:     createdPasskey{APIPasskey: newAPIPasskey(made), RecoveryCodes: codes},
	}, nil
}

type passkeyOutput struct{ Body APIPasskey }

// PasskeyAPI reads about one of the caller's passkeys.
func (f Feature) PasskeyAPI() api.Operation {
	return api.NewOperation("Read about one of one's own passkeys", f.passkeyAPI).Described(api.Doc{
		Says:  "It says what the passkey is called, and when it was last used.",
		Given: givenFactors, ID: examplePasskeyID,
		Answers: examplePasskey,
	})
}

func (f Feature) passkeyAPI(ctx context.Context, g vending.Grant, in *api.ID) (*passkeyOutput, error) {
	mine, err := f.factors.OwnFactors(ctx, g)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(mine.Passkeys, func(p secondfactor.Passkey) bool { return p.ID == in.ID })
	if i < 0 {
		return nil, logins.ErrNotFound
	}
	return &passkeyOutput{newAPIPasskey(mine.Passkeys[i])}, nil
}

// RemovePasskeyAPI takes one of the caller's passkeys away.
func (f Feature) RemovePasskeyAPI() api.Operation {
	return api.NewOperation("Remove one of one's own passkeys", f.removePasskeyAPI).Described(api.Doc{
		Says:  "It opens nothing any more. The browser that holds it goes on offering it until somebody removes it there.",
		Given: givenFactors, ID: examplePasskeyID, Problems: []string{"last_factor", "factor_unproven"},
	})
}

func (f Feature) removePasskeyAPI(ctx context.Context, g vending.Grant, in *api.ID) (*struct{}, error) {
	err := f.factors.RemovePasskey(ctx, g, in.ID)
	if errors.Is(err, secondfactor.ErrNotSetUp) { // nothing stands at this address
		err = logins.ErrNotFound
	}
	return nil, err
}
