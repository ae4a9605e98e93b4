package iam

import (
	"slices"
	"strings"
)

const scopePrefix = "https://www.googleapis.com/auth/"

// scopes lists what an access token must carry one of, besides cloud-platform, to call a service.
var scopes = map[string][]string{
	"firestore.googleapis.com":            {"datastore"},
	"pubsub.googleapis.com":               {"pubsub"},
	"storage.googleapis.com":              {"devstorage.full_control", "devstorage.read_write", "devstorage.read_only"},
	"identitytoolkit.googleapis.com":      {"identitytoolkit", "firebase"},
	"iam.googleapis.com":                  {"iam"},
	"iamcredentials.googleapis.com":       {"iam"},
	"cloudresourcemanager.googleapis.com": {"cloudplatformprojects"},
}

// inScope reports whether the caller's credential may be used at service for permission at all.
// What binds members to roles is not asked here.
func (c Caller) inScope(service, permission string) bool {
	if !c.scoped {
		return true
	}
	for scope := range strings.FieldsSeq(c.scopes) {
		name, ok := strings.CutPrefix(scope, scopePrefix)
		switch {
		case !ok:
		case name == "cloud-platform":
			return true
		case name == "devstorage.read_only" && !reads(permission):
		case name == "devstorage.read_write" && strings.HasSuffix(permission, "IamPolicy"):
		case slices.Contains(scopes[service], name):
			return true
		}
	}
	return false
}

// reads reports whether the permission changes nothing.
func reads(permission string) bool {
	return strings.HasSuffix(permission, ".get") || strings.HasSuffix(permission, ".list")
}
