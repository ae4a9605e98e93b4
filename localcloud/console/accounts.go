package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

type accountsView struct {
	Filter   string
	Accounts []iam.AccountInfo
}

func (c *console) accounts(r *http.Request) (sheet, error) {
	v, called := accountsView{Filter: r.URL.Query().Get("filter")}, c.names()
	for _, a := range c.IAM.Accounts() {
		if contains(a.Email, v.Filter) || contains(a.DisplayName, v.Filter) || contains(called[a.Email], v.Filter) {
			v.Accounts = append(v.Accounts, a)
		}
	}
	return sheet{Data: v}, nil
}

type accountView struct {
	iam.AccountInfo
	Known    bool // the account exists; another may have been deleted, or be an agent of Google's
	Resource string
	Grants   []grantView // what the account may do
	Policy   policyView  // who may do something to the account
	Latest   []line
}

// grantView is a binding as the account sees it that is bound.
type grantView struct {
	Resource link
	bindingView
	Everybody bool // the account is bound as one of all
}

func (c *console) account(r *http.Request) (sheet, error) {
	email := r.URL.Query().Get("email")
	all := c.IAM.Accounts()
	i := slices.IndexFunc(all, func(a iam.AccountInfo) bool { return a.Email == email })
	name := accountName(email)
	v := accountView{Known: i >= 0, Resource: name, Grants: c.grants(email), Policy: c.policy(name)}
	if v.AccountInfo.Email = email; v.Known {
		v.AccountInfo = all[i]
	}
	for _, d := range c.lines() {
		if d.Caller == email && len(v.Latest) < latestDenials {
			v.Latest = append(v.Latest, d)
		}
	}
	if !v.Known && len(v.Grants)+len(v.Latest) == 0 {
		return sheet{}, errNothing
	}
	return sheet{Title: email, Crumbs: []link{{"Accounts", "/accounts"}}, Data: v}, nil
}

// grants are all bindings of an account: those of the project first, then by resource.
func (c *console) grants(email string) []grantView {
	policies := c.IAM.Policies()
	var all []grantView
	for _, holder := range slices.Sorted(maps.Keys(policies)) {
		for _, b := range bindings(policies[holder]) {
			named := slices.Contains(b.Members, "serviceAccount:"+email)
			everybody := slices.Contains(b.Members, "allUsers") || slices.Contains(b.Members, "allAuthenticatedUsers")
			if named || everybody {
				all = append(all, grantView{Resource: link{holder, c.resourceURL(holder)}, bindingView: b, Everybody: !named})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b grantView) int {
		return strings.Count(a.Resource.Text, "/") - strings.Count(b.Resource.Text, "/")
	})
	return all
}
