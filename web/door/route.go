package door

import (
	"net/http"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Policy says who may call a route. The zero Policy is nobody's.
type Policy string

// The policies.
const (
	Public    Policy = "public"   // anyone
	Session   Policy = "session"  // a browser signed in to the workspace in the path
	Operators Policy = "operator" // a browser signed in as an operator
	API       Policy = "api"      // X-TenantId or the tenant's host, and a bearer token of that tenant
	APIKey    Policy = "apikey"   // as API, but with an API key of that tenant alone
	Platform  Policy = "platform" // one account of the platform, by a token that Google signed for it
)

// Route is a line of the route table.
type Route struct {
	Method string
	Path   string // as Echo writes it: "/t/:tenant/files"
	Policy Policy
	// Permission is what the caller must have; zero where the policy asks for none.
	Permission tenant.Permission
	Secret     bool            // see Secret
	Packed     bool            // see Packed
	Created    bool            // see Created
	AnyHost    bool            // see AnyHost
	Fresh      bool            // see Fresh
	Own        bool            // see Own
	Deprecated api.Deprecation // see Deprecated; zero: it stays
	Section    view.Section    // see Nav; zero: none
}

// Flag sets something of a route beside its policy.
type Flag func(*Route)

// Secret marks a route whose answer holds a secret: it is never compressed. What is compressed
// together with something that a stranger chose can be guessed by its length. The whole API is
// treated so without the flag. No answer but an asset is ever kept by a cache.
func Secret(r *Route) { r.Secret = true }

// Packed marks a route whose answers are kept compressed already.
func Packed(r *Route) { r.Packed = true }

// Created marks a route of the API that answers with 201.
func Created(r *Route) { r.Created = true }

// AnyHost marks a route that is served under every host name. Health checks ask an instance by its
// address; what they ask says nothing but that the process serves.
func AnyHost(r *Route) { r.AnyHost = true }

// Fresh marks a route that makes a sensitive change: its caller has proven who they are within
// authpolicy.FreshLife. Whoever has not is asked for it, and what they typed is kept meanwhile.
func Fresh(r *Route) { r.Fresh = true }

// Own marks a route of the API at which people change what is their own. It takes the ID token of
// somebody who has signed in here, and nothing else: see errNoSignIn.
func Own(r *Route) { r.Own = true }

// Deprecated marks an operation of the API that will go. Each answer of it says so, a refusal too,
// and so does the description.
func Deprecated(d api.Deprecation) Flag { return func(r *Route) { r.Deprecated = d } }

// Nav puts a page into the navigation. Those without the route's permission do not see it. The
// first such page of the table is a workspace's first page, and so for the operators.
func Nav(s view.Section) Flag { return func(r *Route) { r.Section = s } }

func (r Route) name() string { return r.Method + " " + r.Path }

func (r Route) needsPermission() bool { return r.Policy == Session || r.isAPI() }

// isAPI reports whether the route is of the API, for a caller.
func (r Route) isAPI() bool { return r.Policy == API || r.Policy == APIKey }

// isPage reports whether a browser can open the route by its address once it is signed in.
func (r Route) isPage() bool { return r.Method == http.MethodGet && r.Policy == Session }

// fault says what is wrong with the route, or "".
func (r Route) fault() string {
	policies := []Policy{Public, Session, Operators, API, APIKey, Platform}
	switch {
	case !slices.Contains(policies, r.Policy), r.needsPermission() != r.Permission.IsValid():
		return "lets in nobody in particular"
	case r.AnyHost && r.Policy != Public:
		return "is for a caller, under any host name"
	case r.Fresh && (r.Policy != Session && r.Policy != API || r.Method == http.MethodGet):
		return "asks nobody, or for no change, for a fresh proof"
	case r.Own && r.Policy != API:
		return "is for people's ID tokens, and not of the API"
	case r.Secret && r.Packed:
		return "is Secret and Packed: what is kept compressed is no secret"
	case r.Deprecated.Fault() != "":
		return r.Deprecated.Fault()
	case r.Deprecated != api.Deprecation{} && !strings.HasPrefix(r.Path, api.Prefix):
		return "is deprecated and not of the API: pages change without notice"
	case r.Section != view.Section{} && r.Method != http.MethodGet:
		return "is in the navigation and no page"
	case r.Section != view.Section{} && r.Policy != Session && r.Policy != Operators:
		return "is in a navigation that nobody is shown"
	}
	return ""
}
