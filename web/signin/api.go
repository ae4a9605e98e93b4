package signin

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
)

type tokenInput struct {
	Body struct {
		GrantType    string `json:"grantType,omitempty" enum:"password,id_token,refresh_token" doc:"Which credential this is. May be left out."`
		Email        string `json:"email,omitempty" maxLength:"254" doc:"With password."`
		Password     string `json:"password,omitempty" maxLength:"4096" doc:"With email."`
		Code         string `json:"code,omitempty" maxLength:"9" doc:"Second factor: of an authenticator app. With password and idToken."`
		RecoveryCode string `json:"recoveryCode,omitempty" maxLength:"40" doc:"Second factor: one of the person's recovery codes, instead of code."`

		AdminRecoveryCode string `json:"adminRecoveryCode,omitempty" maxLength:"64" doc:"With email and password, where the workspace requires a provider: one of the codes that it got then. It lets an admin in once."`

		IDToken      string `json:"idToken,omitempty" maxLength:"8192" doc:"An initial ID token of the tenant's Identity Platform tenant."`
		RefreshToken string `json:"refreshToken,omitempty" maxLength:"8192" doc:"From an earlier answer."`
	}
}

type tokenOutput struct {
	Body struct {
		IDToken      string `json:"idToken" format:"secret" doc:"The bearer token of later requests."`
		RefreshToken string `json:"refreshToken" format:"secret" doc:"Exchanges for the next ID token."`
		ExpiresIn    int    `json:"expiresIn" format:"count" doc:"Life of the ID token, in seconds."`
		TokenType    string `json:"tokenType" enum:"Bearer"`
	}
}

// TokenAPI exchanges exactly one credential for an ID token that carries tenant, role and region.
func (f Feature) TokenAPI() api.PublicOperation {
	return api.NewPublicOperation("Exchange a credential for tokens", f.tokenAPI).Described(api.Doc{
		Says: "Exactly one credential is sent. Whoever has a second factor sends it in the same request.",
		Asks: `{"email":"editor@acme.test","password":"password-of-editor"}`,
		Problems: []string{
			"bad_credentials", "unauthenticated", "account_disabled", "no_access", "too_many_attempts", "sign_in_way", "second_factor_required",
			"second_factor", "second_factor_used", "second_factor_clock", "second_factor_locked", "recovery_code_used",
			"recovery_code",
		},
		Answers: `{"idToken":"eyJhbGciOi…","refreshToken":"AMf-vBx…","expiresIn":3600,"tokenType":"Bearer"}`,
	})
}

func (f Feature) tokenAPI(ctx context.Context, t tenant.Tenant, in *tokenInput) (*tokenOutput, error) {
	tokens, err := f.exchange(ctx, t, in)
	if err != nil {
		return nil, err
	}
	f.sessions.RecordProgram(ctx, t, tokens)
	out := new(tokenOutput)
	out.Body.IDToken, out.Body.RefreshToken, out.Body.TokenType = tokens.ID, tokens.Refresh, "Bearer"
	out.Body.ExpiresIn = f.sessions.Left(tokens.Expires)
	return out, nil
}

// EndAPI ends the session that the bearer token is of: that token, every other of the session, and
// what its refresh token could still yield.
func (f Feature) EndAPI() api.Operation {
	return api.NewOperation("End the session", f.endAPI).Described(api.Doc{
		Says:  "That token, the refresh token beside it, and every other token of the session open nothing any more.",
		Given: "somebody has signed in over the API",
	})
}

func (f Feature) endAPI(ctx context.Context, g vending.Grant, _ *struct{}) (*struct{}, error) {
	if g.Principal().SignedIn().IsZero() {
		return nil, errNoKeys // a program, or a person with an access token of their issuer's
	}
	return nil, f.signOut.SignOut(ctx, g.Principal())
}

// exchange makes the exchange that the body asks for. errCredential unless it holds one credential,
// of the kind that it says.
func (f Feature) exchange(ctx context.Context, t tenant.Tenant, in *tokenInput) (sessioncookie.Tokens, error) {
	b := in.Body
	var kinds []string
	if b.Email != "" || b.Password != "" {
		kinds = append(kinds, "password")
	}
	if b.IDToken != "" {
		kinds = append(kinds, "id_token")
	}
	if b.RefreshToken != "" {
		kinds = append(kinds, "refresh_token")
	}
	if len(kinds) != 1 || b.GrantType != "" && b.GrantType != kinds[0] || b.AdminRecoveryCode != "" && kinds[0] != "password" {
		return sessioncookie.Tokens{}, errCredential
	}
	attempt := f.sessions.Attempt
	if kinds[0] == "refresh_token" {
		attempt = f.sessions.AttemptRefresh
	}
	if err := attempt(ctx, t.ID); err != nil {
		return sessioncookie.Tokens{}, err
	}
	switch {
	case b.AdminRecoveryCode != "":
		tokens, err := f.signIn.SignInWithRecoveryCode(ctx, t, b.Email, b.Password, b.AdminRecoveryCode)
		return f.withFactor(ctx, t, in, tokens, err)
	case kinds[0] == "password":
		tokens, err := f.signIn.SignInWithPassword(ctx, t, b.Email, b.Password)
		return f.withFactor(ctx, t, in, tokens, err)
	case kinds[0] == "id_token":
		tokens, err := f.signIn.Exchange(ctx, t, b.IDToken)
		return f.withFactor(ctx, t, in, tokens, err)
	default:
		return f.signIn.Refresh(ctx, t, b.RefreshToken)
	}
}
