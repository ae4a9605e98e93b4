package fault

import (
	"regexp"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
)

// Rule says which calls are struck, and how. A call has to match all of Method, Account and
// Resource; those that are empty match every call. A rule that says no more than that strikes
// without a trace, and serves to count calls.
type Rule struct {
	// Method is a gRPC method ("/google.firestore.v1.Firestore/Commit") or an HTTP verb and path
	// without the query ("GET /storage/v1/b/{bucket}/o"; {bucket} is any one segment, {object...}
	// any number of them). A path without a verb is of any verb. A * at the end stands for any
	// rest.
	Method string

	// Account is the e-mail address of the service account that calls.
	Account string

	// Resource is what is called, and whatever lies beneath it, by the name that allow policies
	// know it by: "projects/P/databases/D", "projects/P/topics/T", "projects/P/subscriptions/S",
	// "projects/P/serviceAccounts/EMAIL", "projects/_/buckets/B", "projects/_/buckets/B/objects/O";
	// for Identity Platform's users "projects/P/tenants/T". A * at the end stands for any rest of
	// the name.
	Resource string

	// Delay is waited first. It ends early, and the call with it, when the caller goes away or the
	// cloud closes.
	Delay time.Duration

	// Code is what the call answers, with Message; OK: what it would have answered anyway. Over
	// HTTP the answer is the status that Google pairs with the code, and Google's JSON error.
	Code    codes.Code
	Message string

	// Cut drops the connection without an answer. Over gRPC, where the calls of many callers share
	// one connection, the call alone ends, as its client would see it end with the connection:
	// Unavailable.
	Cut bool

	// After lets the call take effect first: what is delayed, replaced or lost is its answer.
	After bool

	// Times is how many calls are struck; 0: all.
	Times int
}

// Call is a call as rules see it. What is not known is empty.
type Call struct {
	Method   string // "/google.firestore.v1.Firestore/Commit", or "GET /storage/v1/b/some-bucket/o"
	Account  string
	Resource string
}

// matcher returns what decides whether a call is one of the rule's.
func (r Rule) matcher() func(Call) bool {
	method := methodPattern(r.Method)
	prefix, open := strings.CutSuffix(r.Resource, "*")
	return func(c Call) bool {
		if r.Account != "" && r.Account != c.Account {
			return false
		}
		rest, ok := strings.CutPrefix(c.Resource, prefix)
		if r.Resource != "" && (!ok || !open && rest != "" && rest[0] != '/') {
			return false
		}
		return r.Method == "" || method.MatchString(c.Method)
	}
}

// variable is a path variable, escaped as regexp.QuoteMeta does.
var variable = regexp.MustCompile(`\\\{\w+((?:\\\.){3})?\\\}`)

func methodPattern(method string) *regexp.Regexp {
	method, open := strings.CutSuffix(method, "*")
	expr := variable.ReplaceAllStringFunc(regexp.QuoteMeta(method), func(v string) string {
		if strings.Contains(v, ".") {
			return ".*"
		}
		return "[^/]+"
	})
	if strings.HasPrefix(method, "/") {
		expr = `(?:[A-Z]+ )?` + expr
	}
	if open {
		expr += ".*"
	}
	return regexp.MustCompile("^(?s:" + expr + ")$")
}
