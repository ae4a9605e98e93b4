package account

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/api"
)

// exampleCode is that of the examples in the API's description.
const exampleCode = "wqk5-example-code-from-the-letter"

type askResetInput struct {
	Body struct {
		Email string `json:"email" maxLength:"254" doc:"Whoever has it gets a letter with a code. The answer is the same if nobody has."`
	}
}

// AskResetAPI has a letter written to whoever has forgotten their password.
func (f Feature) AskResetAPI() api.PublicOperation {
	return api.NewPublicOperation("Ask for a letter with a code for a new password", f.askResetAPI).Described(api.Doc{
		Says: "The answer comes before anybody is looked up, so it tells nobody who is here.",
		Asks: `{"email":"viewer@acme.test"}`,
	})
}

func (f Feature) askResetAPI(ctx context.Context, t tenant.Tenant, in *askResetInput) (*struct{}, error) {
	if err := f.sessions.Attempt(ctx, t.ID); err != nil {
		return nil, err
	}
	return nil, f.account.AskReset(ctx, t, in.Body.Email)
}

type resetInput struct {
	Body struct {
		Code     string `json:"code" maxLength:"64" doc:"From the letter. It counts once."`
		Password string `json:"password" maxLength:"4096"`
	}
}

// ResetAPI sets a password by a letter's code.
func (f Feature) ResetAPI() api.PublicOperation {
	return api.NewPublicOperation("Set a password by a letter's code, and end every session", f.resetAPI).Described(api.Doc{
		Says:  "The code comes from the letter, and counts once.",
		Given: "a letter was asked for", Asks: `{"code":"` + exampleCode + `","password":"a new password, and long"}`, Problems: []string{"code", "weak_password"},
	})
}

func (f Feature) resetAPI(ctx context.Context, t tenant.Tenant, in *resetInput) (*struct{}, error) {
	if err := f.sessions.Attempt(ctx, t.ID); err != nil {
		return nil, err
	}
	return nil, f.account.Reset(ctx, t, in.Body.Code, in.Body.Password)
}

type confirmInput struct {
	Body struct {
		Code string `json:"code" maxLength:"64" doc:"From the letter to the new address. It counts once."`
	}
}

// ConfirmAPI changes an address by the code that was mailed to it.
func (f Feature) ConfirmAPI() api.PublicOperation {
	return api.NewPublicOperation("Change an address by the code that was mailed to it", f.confirmAPI).Described(api.Doc{
		Says:  "The code comes from the letter to the new address, and counts once. Every session ends.",
		Given: "a letter to a new address was asked for", Asks: `{"code":"` + exampleCode + `"}`, Problems: []string{"code", "address_taken"},
	})
}

func (f Feature) confirmAPI(ctx context.Context, t tenant.Tenant, in *confirmInput) (*struct{}, error) {
	if err := f.sessions.Attempt(ctx, t.ID); err != nil {
		return nil, err
	}
	return nil, f.account.ConfirmAddress(ctx, t, in.Body.Code)
}
