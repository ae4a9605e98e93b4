package console

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// Names stand in the query of an address, never in its path: what a path may not hold, such as
// "..", a query may.

// address is a page with its parameters: name, value, name, value. Empty values are left out.
func address(path string, parameters ...string) string {
	q := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		if parameters[i+1] != "" {
			q.Set(parameters[i], parameters[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func accountURL(email string) string { return address("/account", "email", email) }

func whyURL(email, permission, resource string) string {
	return address("/why", "account", email, "permission", permission, "resource", resource)
}

func databaseURL(id string) string { return address("/database", "id", id) }

func collectionURL(database, path string) string {
	return address("/collection", "database", database, "path", path)
}

func documentURL(database, path string) string {
	return address("/document", "database", database, "path", path)
}

func bucketURL(name, prefix string) string { return address("/bucket", "name", name, "prefix", prefix) }

// resourceURL is the page of a resource, by its name; empty when it has none.
func (c *console) resourceURL(name string) string {
	_, rest, _ := strings.Cut(name, "projects/")
	project, _, _ := strings.Cut(rest, "/")
	own := "projects/" + project + "/"
	if email, ok := strings.CutPrefix(name, own+"serviceAccounts/"); ok {
		return accountURL(email)
	}
	if rest, ok := strings.CutPrefix(name, own+"databases/"); ok {
		id, path, below := strings.Cut(rest, "/documents/")
		id = c.databaseID(project, id)
		switch {
		case !below:
			return databaseURL(id)
		case strings.Count(path, "/")%2 == 0:
			return collectionURL(id, path)
		}
		return documentURL(id, path)
	}
	if strings.HasPrefix(name, own+"topics/") {
		return topicURL(name)
	}
	if strings.HasPrefix(name, own+"locations/") && strings.Contains(name, "/jobs/") {
		return jobURL(name)
	}
	if rest, ok := strings.CutPrefix(name, "projects/_/buckets/"); ok {
		bucket, object, below := strings.Cut(rest, "/objects/")
		if below {
			return objectURL(bucket, object, 0)
		}
		return bucketURL(bucket, "")
	}
	return ""
}

// topicURL is where a topic stands on the page of all.
func topicURL(name string) string { return "/topics#" + url.PathEscape(name) }

// jobURL is where a job stands on the page of all.
func jobURL(name string) string { return "/jobs#" + url.PathEscape(name) }

// letterURL is the page of a mail that came by SMTP.
func letterURL(id uint64) string { return address("/letter", "id", strconv.FormatUint(id, 10)) }

func roleURL(name string) string { return address("/roles", "filter", name) }

// accountName is the resource name of an account.
func accountName(email string) string {
	return "projects/" + iam.ProjectOf(email) + "/serviceAccounts/" + email
}
