package console

import (
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// Labels say what things are to whoever runs something on the cloud, which itself knows nothing of
// it.
type Labels struct {
	Owners []Owner // whose accounts, databases and buckets there are

	// Housekeeping are e-mail addresses of accounts whose allowed calls are routine. The list of
	// decisions hides them until it is asked for them.
	Housekeeping []string
}

// Owner is somebody whose an account, a database and a bucket are. Any of the three may be empty,
// and any may be others' as well.
type Owner struct {
	Name     string // "acme"
	Detail   string // "silo, us"; may be empty
	Account  string // e-mail address
	Database string // id, in the first project
	Bucket   string // name
	Prefix   string // what the names of its objects begin with, in a bucket that is shared
	KeyFile  string // path of a key of the account, to be tried; its content is never shown. Empty: none
}

// Label is the owner in a list: "acme (silo, us)".
func (o Owner) Label() string {
	if o.Detail == "" {
		return o.Name
	}
	return o.Name + " (" + o.Detail + ")"
}

// names are the labels of things, by what they are called in the cloud.
type names map[string]string

// names are all labels: of accounts by e-mail address, of databases by id, of buckets by name.
func (c *console) names() names {
	all := names{}
	for _, o := range c.Labels().Owners {
		for _, thing := range []string{o.Account, o.Database, o.Bucket} {
			switch before := all[thing]; {
			case thing == "":
			case before == "":
				all[thing] = o.Label()
			case before != o.Label():
				all[thing] = before + ", " + o.Label()
			}
		}
	}
	return all
}

// place is the kind and the id of a database, a bucket or an account, by the name of a resource in
// it.
func (c *console) place(resource string) (kind, id string) {
	name := iam.PlaceOf(resource)
	if bucket, ok := strings.CutPrefix(name, "projects/_/buckets/"); ok {
		return "bucket", bucket
	}
	for _, k := range []struct{ part, kind string }{
		{"/databases/", "database"}, {"/serviceAccounts/", "account"}, {"/topics/", "topic"}, {"/subscriptions/", "subscription"}, {"/jobs/", "job"},
	} {
		if before, id, ok := strings.Cut(name, k.part); ok {
			if project := strings.TrimPrefix(before, "projects/"); k.kind == "database" && project != c.Project {
				id = c.databaseID(project, id)
			}
			return k.kind, id
		}
	}
	if id, ok := strings.CutPrefix(name, "projects/"); ok && !strings.Contains(id, "/") {
		return "project", id
	}
	return "", name
}

// owners are the names of those whose a thing is: "initech and umbrella". Empty: nobody's that is
// known.
func (c *console) owners(kind, id string) string {
	var all []string
	for _, o := range c.Labels().Owners {
		held := map[string]string{"database": o.Database, "bucket": o.Bucket, "account": o.Account}[kind]
		if id != "" && held == id && !slices.Contains(all, o.Name) {
			all = append(all, o.Name)
		}
	}
	return strings.Join(all, " and ")
}

// agents is what addresses of Google's own accounts have in them.
var agents = []string{"@gs-project-accounts.", "@gcp-sa-"}

// tokens are the permissions to sign, or to get a token, as another account.
var tokens = []string{"iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.signBlob", "iam.serviceAccounts.signJwt"}

// housekeeping reports whether a decision is routine: of an account that is known for it or of
// Google's own, or about a token. What was denied never is.
func (c *console) housekeeping(d iam.Decision) bool {
	return d.Allowed && (d.Permission == "" || slices.Contains(tokens, d.Permission) ||
		slices.Contains(c.Labels().Housekeeping, d.Caller) ||
		slices.ContainsFunc(agents, func(part string) bool { return strings.Contains(d.Caller, part) }))
}
