package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub"
	"github.com/bulkhead-saas/bulkhead/localcloud/scheduler"
)

// whyView asks whether an account has a permission on a resource, and explains the answer.
type whyView struct {
	Account, Permission, Resource string

	Accounts    []string // what can be asked about
	Permissions []string
	Resources   []string

	Asked   bool
	Problem string // with the question
	Answer  iam.Explanation
	Holders []string // whose policies were looked at
}

func (c *console) why(r *http.Request) (sheet, error) {
	q := r.URL.Query()
	v := whyView{
		Account:     q.Get("account"),
		Permission:  strings.TrimSpace(q.Get("permission")),
		Resource:    strings.TrimSpace(q.Get("resource")),
		Permissions: c.IAM.Permissions(),
	}
	for _, a := range c.IAM.Accounts() {
		v.Accounts = append(v.Accounts, a.Email)
	}
	if v.Account != "" && !slices.Contains(v.Accounts, v.Account) {
		v.Accounts = append(v.Accounts, v.Account) // one that was deleted
	}
	var err error
	if v.Resources, err = c.resources(); err != nil {
		return sheet{}, err
	}
	v.Asked = v.Permission != "" && v.Resource != ""
	if !v.Asked {
		return sheet{Data: v}, nil
	}
	resource, ok := c.resource(v.Resource, v.Permission)
	if !ok {
		v.Problem = "The local cloud knows no resource of that form of name."
		return sheet{Data: v}, nil
	}
	v.Holders = resource.Holders
	v.Answer = c.IAM.Explain(v.Account, v.Permission, resource)
	return sheet{Data: v}, nil
}

// resources are the names of all resources but documents and objects.
func (c *console) resources() ([]string, error) {
	var all []string
	for _, id := range c.IAM.Projects() {
		all = append(all, "projects/"+id)
	}
	for _, d := range c.Firestore.Databases() {
		all = append(all, "projects/"+d.Project+"/databases/"+d.ID)
	}
	topics, err := c.PubSub.Topics()
	if err != nil {
		return nil, err
	}
	all = append(all, topics...)
	subscriptions, err := c.PubSub.Subscriptions()
	if err != nil {
		return nil, err
	}
	for _, s := range subscriptions {
		all = append(all, s.Name)
	}
	for _, j := range c.Scheduler.Jobs() {
		all = append(all, j.Name)
	}
	buckets, err := c.Storage.Buckets()
	for _, b := range buckets {
		all = append(all, "projects/_/buckets/"+b.Name)
	}
	for _, a := range c.IAM.Accounts() {
		all = append(all, accountName(a.Email))
	}
	return all, err
}

// services are those that ask for permissions on the project in their own name, by the permissions'
// first part.
var services = map[string]string{
	"storage":         "storage.googleapis.com",
	"firebaseauth":    "identitytoolkit.googleapis.com",
	"identitytoolkit": "identitytoolkit.googleapis.com",
	"cloudscheduler":  "cloudscheduler.googleapis.com",
}

// resource is the resource of that name as the service asks for it that serves it.
func (c *console) resource(name, permission string) (r iam.Resource, ok bool) {
	switch {
	case strings.HasPrefix(name, "projects/_/buckets/"):
		return c.Storage.ResourceOf(name)
	case strings.Contains(name, "/databases/"):
		return firestore.ResourceOf(name)
	case strings.Contains(name, "/topics/"), strings.Contains(name, "/subscriptions/"):
		return pubsub.ResourceOf(name)
	case strings.Contains(name, "/jobs/"):
		return scheduler.ResourceOf(name)
	}
	if r, ok = c.IAM.ResourceOf(name); ok && !strings.Contains(name, "/serviceAccounts/") {
		asking, _, _ := strings.Cut(permission, ".")
		r.Service = cmp.Or(services[asking], r.Service)
	}
	return r, ok
}
