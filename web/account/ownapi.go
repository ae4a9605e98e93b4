package account

import (
	"context"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
)

// APIAccount is one's own account as the API shows it.
type APIAccount struct {
	ID       string    `json:"id" format:"id"`
	Email    string    `json:"email"`
	Name     string    `json:"name"`
	Role     string    `json:"role" enum:"viewer,editor,admin"`
	Password bool      `json:"password" doc:"There is a password to sign in with."`
	Created  time.Time `json:"created"`
	Updated  time.Time `json:"updated"`
}

type accountOutput struct {
	ETag string `header:"ETag" doc:"Of the account as it is."`
	Body APIAccount
}

// ReadAPI shows the caller's own account.
func (f Feature) ReadAPI() api.Operation {
	return api.NewOperation("Read one's own account", f.readAPI).Described(api.Doc{
		Says: "It is that of whoever calls: nobody else's can be asked for.",
		Answers: `{"id":"q3VfX0m2YbT8sKdW1nRzE5uHcJa7","email":"admin@acme.test","name":"Admin of acme","role":"admin","password":true,` +
			`"created":"2026-03-02T09:30:00Z","updated":"2026-03-02T09:30:00Z"}`,
	})
}

func (f Feature) readAPI(ctx context.Context, g vending.Grant, _ *struct{}) (*accountOutput, error) {
	u, err := users.NewRepository(g).Get(ctx, g.Principal().User())
	if err != nil {
		return nil, err
	}
	ways, err := f.methods.Methods(ctx, g)
	if err != nil {
		return nil, err
	}
	return &accountOutput{api.Tag(u.Updated.UnixMicro()), APIAccount{
		ID: u.ID.String(), Email: u.Email, Name: u.Name, Role: u.Role.String(), Password: ways.Password,
		Created: u.Created, Updated: u.Updated,
	}}, nil
}

// Of the examples in the API's description.
const (
	examplePassword = "the current password"
	givenPassword   = "somebody has signed in over the API, with their current password"
)

// withPassword are the problems of an operation that asks for the present password, and its own.
func withPassword(codes ...string) []string {
	return append([]string{"wrong_password", "factor_unproven", "too_many_attempts"}, codes...)
}

type passwordInput struct {
	Body struct {
		CurrentPassword string `json:"currentPassword" maxLength:"4096"`
		Password        string `json:"password" maxLength:"4096" doc:"The new one, of at least eight characters."`
	}
}

// sessionOutput is the session that goes on after every other has ended.
type sessionOutput struct {
	Body struct {
		IDToken      string `json:"idToken" format:"secret" doc:"The bearer token of later requests: that of this request is dead."`
		RefreshToken string `json:"refreshToken" format:"secret" doc:"Exchanges for the next ID token."`
		ExpiresIn    int    `json:"expiresIn" format:"count" doc:"Life of the ID token, in seconds."`
		TokenType    string `json:"tokenType" enum:"Bearer"`
	}
}

// ChangePasswordAPI gives the caller another password.
func (f Feature) ChangePasswordAPI() api.Operation {
	return api.NewOperation("Change one's own password, and end every other session", f.changePasswordAPI).Described(api.Doc{
		Says:     "The session of this request ends too: the answer has the tokens of the one that goes on.",
		Given:    givenPassword,
		Asks:     `{"currentPassword":"` + examplePassword + `","password":"a new password, and long"}`,
		Problems: withPassword("weak_password", "no_password"),
		Answers:  `{"idToken":"eyJhbGciOi…","refreshToken":"AMf-vBx…","expiresIn":3600,"tokenType":"Bearer"}`,
	})
}

func (f Feature) changePasswordAPI(ctx context.Context, g vending.Grant, in *passwordInput) (*sessionOutput, error) {
	t, err := f.sessions.Of(ctx, g)
	if err != nil {
		return nil, err
	}
	if err := f.sessions.Attempt(ctx, t.ID); err != nil {
		return nil, err
	}
	tokens, err := f.account.ChangePassword(ctx, g, in.Body.CurrentPassword, in.Body.Password)
	if err != nil {
		return nil, ofPassword(err)
	}
	f.sessions.RecordProgram(ctx, t, tokens)
	out := new(sessionOutput)
	out.Body.IDToken, out.Body.RefreshToken, out.Body.TokenType = tokens.ID, tokens.Refresh, "Bearer"
	out.Body.ExpiresIn = f.sessions.Left(tokens.Expires)
	return out, nil
}

type addressInput struct {
	Body struct {
		CurrentPassword string `json:"currentPassword" maxLength:"4096"`
		Email           string `json:"email" maxLength:"254" doc:"The address to have. The letter goes there, with a code for /addresses."`
	}
}

// AskAddressAPI has a letter written to the address that the caller wants to have.
func (f Feature) AskAddressAPI() api.Operation {
	return api.NewOperation("Ask for a letter to a new address of one's own", f.askAddressAPI).Described(api.Doc{
		Says:     "Nothing changes before the letter's code comes back. If somebody has the address already, nobody gets a letter, and the answer is the same.",
		Given:    givenPassword,
		Asks:     `{"currentPassword":"` + examplePassword + `","email":"new@acme.test"}`,
		Problems: withPassword("no_password"),
	})
}

func (f Feature) askAddressAPI(ctx context.Context, g vending.Grant, in *addressInput) (*struct{}, error) {
	if err := f.sessions.Attempt(ctx, g.Tenant()); err != nil {
		return nil, err
	}
	return nil, ofPassword(f.account.AskAddress(ctx, g, in.Body.CurrentPassword, in.Body.Email))
}

type erasureInput struct {
	Body struct {
		CurrentPassword string `json:"currentPassword,omitempty" maxLength:"4096" doc:"Absent only for who has none."`
	}
}

// EraseAPI erases the caller's account.
func (f Feature) EraseAPI() api.Operation {
	return api.NewOperation("Erase one's own account", f.eraseAPI).Described(api.Doc{
		Says:     "It cannot be taken back. Every session ends, and what the person has uploaded stays with the workspace.",
		Given:    givenPassword,
		Asks:     `{"currentPassword":"` + examplePassword + `"}`,
		Problems: withPassword("last_admin"),
	})
}

func (f Feature) eraseAPI(ctx context.Context, g vending.Grant, in *erasureInput) (*struct{}, error) {
	if err := f.sessions.Attempt(ctx, g.Tenant()); err != nil {
		return nil, err
	}
	return nil, ofPassword(f.account.EraseOwn(ctx, g, in.Body.CurrentPassword))
}
