package console

import (
	"context"
	"errors"
	"net/http"
	"os"
	"slices"
	"time"
)

// maxTry is how long the four calls of one try may take together.
const maxTry = 20 * time.Second

// tryView tries the key of one owner's account on another's database and bucket, and on its own.
type tryView struct {
	Owners   []Owner // who can be chosen
	Who      string  // e-mail address of the account whose key is tried
	Whom     string  // of the other
	Problem  string  // with the choice, or with the key; or what there is to do before there is a choice
	Attempts []attempt
	Name     string // of whose key was tried
	Other    string
}

// canTry reports whether there are two owners and a key of one.
func (c *console) canTry() bool {
	owners := c.triable()
	return len(owners) > 1 && slices.ContainsFunc(owners, func(o Owner) bool { return o.KeyFile != "" })
}

// triable are the owners with an account.
func (c *console) triable() []Owner {
	return slices.DeleteFunc(slices.Clone(c.Labels().Owners), func(o Owner) bool { return o.Account == "" })
}

func (c *console) try(r *http.Request) (sheet, error) {
	v := tryView{Owners: c.triable(), Who: r.FormValue("who"), Whom: r.FormValue("whom")}
	switch {
	case len(v.Owners) < 2:
		v.Problem = "There are not yet two tenants to try this with. Start the application with its own local cloud " +
			"(go run ./cmd/dev): it makes two, and tells the console about them."
	case !c.canTry():
		v.Problem = "The tenants' accounts have no keys here: the application acts as them in another way. " +
			"Start it with key files (go run ./cmd/dev -credentials keyfile) in a folder of their own."
	}
	if v.Problem != "" {
		v.Owners = nil
		return sheet{Data: v}, nil
	}
	if v.Who == "" {
		v.Who = v.Owners[slices.IndexFunc(v.Owners, func(o Owner) bool { return o.KeyFile != "" })].Account
	}
	if v.Whom == "" {
		if i := slices.IndexFunc(v.Owners, func(o Owner) bool { return o.Account != v.Who }); i >= 0 {
			v.Whom = v.Owners[i].Account
		}
	}
	if r.Method != http.MethodPost {
		return sheet{Data: v}, nil
	}
	return sheet{Data: c.tryKey(r.Context(), v)}, nil
}

// tryKey makes the calls that the view asks for.
func (c *console) tryKey(ctx context.Context, v tryView) tryView {
	find := func(account string) (Owner, bool) {
		i := slices.IndexFunc(v.Owners, func(o Owner) bool { return o.Account == account })
		if i < 0 {
			return Owner{}, false
		}
		return v.Owners[i], true
	}
	who, known := find(v.Who)
	whom, otherKnown := find(v.Whom)
	switch {
	case !known || !otherKnown:
		v.Problem = "One of the two is not there any more. Choose again."
	case v.Who == v.Whom:
		v.Problem = "Choose two tenants that are not the same."
	case who.KeyFile == "":
		v.Problem = "There is no key of " + who.Name + "'s account to try. Choose another."
	}
	if v.Problem != "" {
		return v
	}
	key, err := os.ReadFile(who.KeyFile)
	if err != nil {
		c.Logger.ErrorContext(ctx, "local cloud: console", "page", "/try", "err", err)
		v.Problem = "The key file of " + who.Name + "'s account cannot be read; the log says why."
		return v
	}
	ctx, cancel := context.WithTimeout(ctx, maxTry)
	defer cancel()
	c.trying.Lock()
	defer c.trying.Unlock()
	v.Name, v.Other = who.Name, whom.Name
	if v.Attempts, err = c.attempts(ctx, key, who, whom); err != nil {
		c.Logger.ErrorContext(ctx, "local cloud: console", "page", "/try", "err", errors.Unwrap(err))
		v.Problem = "Google's clients do not take the key file of " + who.Name + "'s account."
	}
	return v
}
