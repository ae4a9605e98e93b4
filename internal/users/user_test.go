package users_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
)

func userID(t testing.TB, s string) tenant.UserID {
	t.Helper()
	id, err := tenant.ParseUserID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestFirstAdmin(t *testing.T) {
	ada := users.User{ID: userID(t, "u1"), Email: "ada@acme.example", Name: "Ada Lovelace"}
	with := func(change func(*users.User)) users.User {
		u := ada
		change(&u)
		return u
	}
	for name, tt := range map[string]struct {
		user users.User
		want error
	}{
		"plain":                {ada, nil},
		"any role is an admin": {with(func(u *users.User) { u.Role = tenant.Viewer }), nil},
		"other scripts":        {with(func(u *users.User) { u.Name = "艾达·洛夫莱斯" }), nil},
		"joined letters":       {with(func(u *users.User) { u.Name = "ශ්\u200dරී" }), nil},
		"a wide space":         {with(func(u *users.User) { u.Name = "山田\u3000太郎" }), nil},
		"shows as nothing":     {with(func(u *users.User) { u.Name = "\u3164" }), users.ErrInvalid},
		"no id":                {with(func(u *users.User) { u.ID = tenant.UserID{} }), users.ErrInvalid},
		"no name":              {with(func(u *users.User) { u.Name = "" }), users.ErrInvalid},
		"long name":            {with(func(u *users.User) { u.Name = strings.Repeat("a", users.MaxName+1) }), users.ErrInvalid},
		"spaces around":        {with(func(u *users.User) { u.Name = " Ada" }), users.ErrInvalid},
		"line break":           {with(func(u *users.User) { u.Name = "Ada\nAdmin" }), users.ErrInvalid},
		"reversed":             {with(func(u *users.User) { u.Name = "Ada\u202e" }), users.ErrInvalid},
		"no e-mail":            {with(func(u *users.User) { u.Email = "" }), users.ErrInvalid},
		"not an e-mail":        {with(func(u *users.User) { u.Email = "ada" }), users.ErrInvalid},
		"named e-mail":         {with(func(u *users.User) { u.Email = "Ada <ada@acme.example>" }), users.ErrInvalid},
		"long e-mail":          {with(func(u *users.User) { u.Email = strings.Repeat("a", 250) + "@acme.example" }), users.ErrInvalid},
	} {
		doc, err := users.FirstAdmin(tt.user, time.Now())
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
		if err == nil && (doc.Path != "users/u1" || doc.Data == nil) {
			t.Errorf("%s: document %+v", name, doc)
		}
	}
}

func TestParseStatus(t *testing.T) {
	for s, ok := range map[string]bool{"active": true, "disabled": true, "": false, "Active": false, "invited": false} {
		if _, err := users.ParseStatus(s); (err == nil) != ok {
			t.Errorf("ParseStatus(%q): %v", s, err)
		}
	}
}

func TestCursor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id, err := tenant.ParseUserID(rapid.StringMatching(`[A-Za-z][A-Za-z0-9-]{0,127}`).Draw(t, "id"))
		if err != nil {
			t.Fatal(err)
		}
		want := users.CursorOf(rapid.StringN(0, 2*users.MaxName, -1).Draw(t, "order"), id)
		got, err := users.ParseCursor(want.String())
		if err != nil || got != want {
			t.Errorf("ParseCursor(%q) = %v, %v; want %v", want, got, err, want)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add("dTEKYWRh")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := users.ParseCursor(s)
		if err != nil {
			if !errors.Is(err, users.ErrInvalid) {
				t.Errorf("ParseCursor(%q): %v", s, err)
			}
			return
		}
		if c.String() != s {
			t.Errorf("%q and %q are one place", s, c)
		}
	})
}
