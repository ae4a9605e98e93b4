package people

import (
	"context"
	"fmt"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
)

// User is a person as the API shows one.
type User struct {
	ID      string    `json:"id" format:"id"`
	Email   string    `json:"email"`
	Name    string    `json:"name"`
	Role    string    `json:"role" enum:"viewer,editor,admin"`
	Status  string    `json:"status" enum:"active,disabled"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

func newUser(u users.User) User {
	return User{
		ID: u.ID.String(), Email: u.Email, Name: u.Name, Role: u.Role.String(), Status: string(u.Status),
		Created: u.Created, Updated: u.Updated,
	}
}

type userOutput struct {
	ETag string `header:"ETag" doc:"Of the person as they are: a change may say in If-Match that it is based on it."`
	Body User
}

func outputOf(u users.User) *userOutput { return &userOutput{tag(u), newUser(u)} }

func tag(u users.User) string { return api.Tag(u.Updated.UnixMicro()) }

type usersOutput struct {
	Body struct {
		Users []User `json:"users"`
		Next  string `json:"next,omitempty" format:"cursor" doc:"Where the next part begins. Absent at the end."`
	}
}

// ListAPI lists the people.
func (f Feature) ListAPI() api.Operation {
	return api.NewOperation("List the people of the tenant", f.listAPI).Described(api.Doc{
		Says:  "They come in the order of their names.",
		Query: "limit=1",
		Answers: `{"users":[{"id":"a7JcHu5EzRn1WdKs8TbY2m0XfV3q","email":"admin@acme.test","name":"Admin of acme","role":"admin",` +
			`"status":"active","created":"2026-03-02T09:30:00Z","updated":"2026-03-02T09:30:00Z"}],"next":"YTdKY0h1NUV6Um4xV2RLcw.tQaH3C_u"}`,
	})
}

func (f Feature) listAPI(ctx context.Context, g vending.Grant, in *api.Part) (*usersOutput, error) {
	cursor, err := api.From(g, "users", *in, users.ParseCursor)
	if err != nil {
		return nil, err
	}
	page, err := users.NewRepository(g).List(ctx, cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := new(usersOutput)
	out.Body.Users = []User{}
	out.Body.Next = api.Next(g, "users", page.Next.String())
	for _, u := range page.Items {
		out.Body.Users = append(out.Body.Users, newUser(u))
	}
	return out, nil
}

// ReadAPI reads a person.
func (f Feature) ReadAPI() api.Operation {
	return api.NewOperation("Read a person", f.readAPI).Described(api.Doc{
		Says:    "The ETag of the answer is what a change may say in If-Match that it is based on.",
		ID:      exampleID,
		Answers: examplePerson("viewer"),
	})
}

func (f Feature) readAPI(ctx context.Context, g vending.Grant, in *api.ID) (*userOutput, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	u, err := users.NewRepository(g).Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return outputOf(u), nil
}

type changeUserInput struct {
	ID    string `path:"id"`
	Match string `header:"If-Match" doc:"The ETag of a GET. If the person was changed since, nothing is changed now."`
	Body  struct {
		Role   string `json:"role,omitempty" enum:"viewer,editor,admin"`
		Status string `json:"status,omitempty" enum:"active,disabled" doc:"Whoever is disabled is signed out everywhere and cannot sign in."`
	}
}

// ChangeAPI changes a person's role or status.
func (f Feature) ChangeAPI() api.Operation {
	return api.NewOperation("Change a person's role or status", f.changeAPI).Described(api.Doc{
		Says: "One of the two at a time. A change ends the tokens that were issued before it, and the person is told by a letter. A workspace keeps at least one active admin. API keys that the person made go on.",
		ID:   exampleID, Asks: `{"role":"editor"}`, Problems: []string{"last_admin"},
		Answers: examplePerson("editor"),
	})
}

func (f Feature) changeAPI(ctx context.Context, g vending.Grant, in *changeUserInput) (*userOutput, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	if (in.Body.Role == "") == (in.Body.Status == "") {
		return nil, errOneOfTwo
	}
	var based time.Time // any
	if in.Match != "" {
		u, err := users.NewRepository(g).Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if !api.Matches(in.Match, tag(u)) {
			return nil, tenant.ErrStale
		}
		based = u.Updated
	}
	u, err := f.change(ctx, g, id, in.Body.Role, in.Body.Status, based)
	if err != nil {
		return nil, err
	}
	return outputOf(u), nil
}

// change changes the role, or the status where no role is given.
func (f Feature) change(ctx context.Context, g vending.Grant, id tenant.UserID, role, status string, based time.Time) (users.User, error) {
	if role != "" {
		r, err := tenant.ParseRole(role)
		if err != nil {
			return users.User{}, fmt.Errorf("%w: %w", users.ErrInvalid, err)
		}
		return f.changes.ChangeRoleIf(ctx, g, id, r, based)
	}
	s, err := users.ParseStatus(status)
	if err != nil {
		return users.User{}, err
	}
	return f.changes.SetDisabledIf(ctx, g, id, s == users.Disabled, based)
}
