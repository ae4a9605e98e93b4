package web

import (
	"context"
	"fmt"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// User is a person as the API shows one.
type User struct {
	ID      string    `json:"id"`
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

// idInput names one person or file.
type idInput struct {
	ID string `path:"id"`
}

// pageInput asks for a part of a list.
type pageInput struct {
	Cursor string `query:"cursor" doc:"The next of an earlier answer."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type userOutput struct{ Body User }

type usersOutput struct {
	Body struct {
		Users []User `json:"users"`
		Next  string `json:"next,omitempty" doc:"Where the next part begins. Absent at the end."`
	}
}

func (s *site) apiUsers(ctx context.Context, g vending.Grant, in *pageInput) (*usersOutput, error) {
	cursor, err := users.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	page, err := users.NewRepository(g).List(ctx, cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := new(usersOutput)
	out.Body.Users = []User{}
	out.Body.Next = page.Next.String()
	for _, u := range page.Users {
		out.Body.Users = append(out.Body.Users, newUser(u))
	}
	return out, nil
}

func (s *site) apiUser(ctx context.Context, g vending.Grant, in *idInput) (*userOutput, error) {
	id, err := parseUser(in.ID)
	if err != nil {
		return nil, err
	}
	u, err := users.NewRepository(g).Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return &userOutput{newUser(u)}, nil
}

type changeUserInput struct {
	ID   string `path:"id"`
	Body struct {
		Role string `json:"role" enum:"viewer,editor,admin"`
	}
}

func (s *site) apiChangeUser(ctx context.Context, g vending.Grant, in *changeUserInput) (*userOutput, error) {
	id, err := parseUser(in.ID)
	if err != nil {
		return nil, err
	}
	role, err := tenancy.ParseRole(in.Body.Role)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", users.ErrInvalid, err)
	}
	u, err := s.Identity.ChangeRole(ctx, g, id, role)
	if err != nil {
		return nil, err
	}
	return &userOutput{newUser(u)}, nil
}
