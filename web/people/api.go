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
		Role string `json:"role" enum:"viewer,editor,admin"`
	}
}

// ChangeAPI changes a person's role.
func (f Feature) ChangeAPI() api.Operation {
	return api.NewOperation("Change a person's role", f.changeAPI).Described(api.Doc{
		Says: "A changed role ends the tokens that were issued before it. A workspace keeps at least one active admin.",
		ID:   exampleID, Asks: `{"role":"editor"}`, Problems: []string{"last_admin"},
		Answers: examplePerson("editor"),
	})
}

func (f Feature) changeAPI(ctx context.Context, g vending.Grant, in *changeUserInput) (*userOutput, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	role, err := tenant.ParseRole(in.Body.Role)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", users.ErrInvalid, err)
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
	u, err := f.roles.ChangeRoleIf(ctx, g, id, role, based)
	if err != nil {
		return nil, err
	}
	return outputOf(u), nil
}
