package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
)

// policyView is one resource's allow policy.
type policyView struct {
	Holder   link
	Bindings []bindingView
}

type bindingView struct {
	Role      string
	Members   []string
	Title     string // of the condition
	Condition string
}

type policiesView struct {
	Filter   string
	Policies []policyView
	All      int
}

func (c *console) policies(r *http.Request) (sheet, error) {
	policies := c.IAM.Policies()
	v := policiesView{Filter: r.URL.Query().Get("filter"), All: len(policies)}
	for _, holder := range slices.Sorted(maps.Keys(policies)) {
		p := policyView{Holder: link{holder, c.resourceURL(holder)}, Bindings: bindings(policies[holder])}
		if p.mentions(v.Filter) {
			v.Policies = append(v.Policies, p)
		}
	}
	return sheet{Data: v}, nil
}

// mentions reports whether the policy's resource, a role or a member contains text.
func (p policyView) mentions(text string) bool {
	return contains(p.Holder.Text, text) || slices.ContainsFunc(p.Bindings, func(b bindingView) bool {
		return contains(b.Role, text) || slices.ContainsFunc(b.Members, func(m string) bool { return contains(m, text) })
	})
}

// policy is the policy of one resource.
func (c *console) policy(holder string) policyView {
	v := policyView{Holder: link{Text: holder}}
	if p := c.IAM.Policies()[holder]; p != nil {
		v.Bindings = bindings(p)
	}
	return v
}

func bindings(p *iampb.Policy) []bindingView {
	var all []bindingView
	for _, b := range p.Bindings {
		all = append(all, bindingView{
			Role:      b.Role,
			Members:   b.Members,
			Title:     b.GetCondition().GetTitle(),
			Condition: b.GetCondition().GetExpression(),
		})
	}
	slices.SortStableFunc(all, func(a, b bindingView) int { return strings.Compare(a.Role, b.Role) })
	return all
}

// member is a member of a binding, and the page of the account that it names.
func member(name string) link {
	if email, ok := strings.CutPrefix(name, "serviceAccount:"); ok {
		return link{email, accountURL(email)}
	}
	return link{Text: name}
}
