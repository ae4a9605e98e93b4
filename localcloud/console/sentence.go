package console

import (
	"fmt"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// deeds are what permissions let one do, in words, with %s for where. Any other is named as it is.
var deeds = map[string]string{
	"datastore.entities.get":    "read documents in %s",
	"datastore.entities.list":   "list documents in %s",
	"datastore.entities.create": "create documents in %s",
	"datastore.entities.update": "change documents in %s",
	"datastore.entities.delete": "delete documents in %s",
	"datastore.databases.get":   "look at the settings of %s",

	"storage.objects.get":          "read files in %s",
	"storage.objects.list":         "list files in %s",
	"storage.objects.create":       "store files in %s",
	"storage.objects.update":       "change files in %s",
	"storage.objects.delete":       "delete files in %s",
	"storage.buckets.get":          "look at the settings of %s",
	"storage.buckets.getIamPolicy": "read the policy of %s",
	"storage.buckets.setIamPolicy": "change the policy of %s",

	"iam.serviceAccounts.getAccessToken": "act as %s",
	"iam.serviceAccounts.signBlob":       "sign as %s",
	"iam.serviceAccounts.signJwt":        "sign as %s",
	"iam.serviceAccounts.get":            "look at %s",
	"iam.serviceAccounts.create":         "create accounts in %s",
	"iam.serviceAccountKeys.create":      "create a key of %s",

	"resourcemanager.projects.getIamPolicy": "read the policy of %s",
	"resourcemanager.projects.setIamPolicy": "change the policy of %s",

	"pubsub.topics.publish":        "publish to %s",
	"pubsub.subscriptions.consume": "receive from %s",
}

// causes are why a decision was a denial, in words, with %s for what the cause tells besides.
var causes = map[iam.Cause]string{
	iam.CauseNoBinding:  "no policy gives it that permission",
	iam.CauseCondition:  "the condition on its permission is false there: %s",
	iam.CauseScopes:     "its access token was issued for less than that: %s",
	iam.CauseUnknown:    "no role contains that permission",
	iam.CauseDisabled:   "the account is disabled",
	iam.CauseNoAccount:  "there is no such account, or none any more",
	iam.CauseNoKey:      "the account has no such key, or none any more: %s",
	iam.CauseKeyOff:     "the key is disabled: %s",
	iam.CauseSignature:  "the signature is not made with the key that it names",
	iam.CauseExpired:    "the credential has expired",
	iam.CauseAudience:   "the credential is meant for another service",
	iam.CauseNoToken:    "the call brought no credential that is known here",
	iam.CauseNotAllowed: "the local cloud does not serve that method",
	iam.CauseOther:      "%s",
}

// sentence says in words what was asked, by whom, and why it was denied; or that it was allowed.
func (c *console) sentence(d iam.Decision) string {
	asked := c.who(d.Caller) + " asked to " + c.deed(d)
	if d.Permission == "" {
		asked = c.who(d.Caller) + " called " + d.Resource
	}
	cause, detail := d.Cause()
	if cause == iam.CauseNone {
		return asked + "; it may."
	}
	why := causes[cause]
	if strings.Contains(why, "%s") {
		why = fmt.Sprintf(why, detail)
	}
	return asked + "; " + strings.TrimSuffix(why, ".") + "."
}

// who is the caller in words: "acme's account", "the account stranger".
func (c *console) who(caller string) string {
	if caller == "" {
		return "Somebody without an account"
	}
	if owners := c.owners("account", caller); owners != "" {
		return owners + "'s account"
	}
	local, _, _ := strings.Cut(caller, "@")
	return "The account " + local
}

// deed is what was asked for, in words.
func (c *console) deed(d iam.Decision) string {
	where := c.where(d.Resource)
	if words, ok := deeds[d.Permission]; ok {
		return fmt.Sprintf(words, where)
	}
	return "use the permission " + d.Permission + " on " + where
}

// where is a resource's place in words: "globex's database", "the bucket files".
func (c *console) where(resource string) string {
	kind, id := c.place(resource)
	if owners := c.owners(kind, id); owners != "" {
		return owners + "'s " + kind
	}
	if kind == "" {
		return id
	}
	if kind == "account" {
		id, _, _ = strings.Cut(id, "@")
	}
	return "the " + kind + " " + id
}
