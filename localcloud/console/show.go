package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage"
)

const (
	maxShown = 200 // decisions on the page
	maxMail  = 50
)

// decisionsView is the running list, narrowed by what the query asks for.
type decisionsView struct {
	Denied    bool   // only denied ones
	Caller    string // only calls of this account
	Paused    bool   // the page does not load itself anew
	Decisions []iam.Decision
	Remaining int // that matched and are not shown
}

func showDecisions(cfg Config, r *http.Request) (any, error) {
	q := r.URL.Query()
	v := decisionsView{Denied: q.Get("only") == "denied", Caller: q.Get("caller"), Paused: q.Get("paused") == "yes"}
	for _, d := range cfg.IAM.Decisions(1 << 20) {
		if v.Denied && d.Allowed || v.Caller != "" && d.Caller != v.Caller {
			continue
		}
		if len(v.Decisions) == maxShown {
			v.Remaining++
			continue
		}
		v.Decisions = append(v.Decisions, d)
	}
	return v, nil
}

func showAccounts(cfg Config, _ *http.Request) (any, error) {
	return cfg.IAM.Accounts(), nil
}

// policyView is one holder's policy.
type policyView struct {
	Holder   string
	Bindings []bindingView
}

type bindingView struct {
	Role      string
	Members   []string
	Title     string // of the condition
	Condition string
}

func showPolicies(cfg Config, _ *http.Request) (any, error) {
	policies := cfg.IAM.Policies()
	var all []policyView
	for _, holder := range slices.Sorted(maps.Keys(policies)) {
		all = append(all, policyView{Holder: holder, Bindings: bindings(policies[holder])})
	}
	return all, nil
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

type resourcesView struct {
	Databases []firestore.DatabaseInfo
	Buckets   []storage.BucketInfo
}

func showResources(cfg Config, _ *http.Request) (any, error) {
	buckets, err := cfg.Storage.Buckets()
	return resourcesView{Databases: cfg.Firestore.Databases(), Buckets: buckets}, err
}

func showMail(cfg Config, _ *http.Request) (any, error) {
	return cfg.Identity.Mailbox(maxMail)
}
