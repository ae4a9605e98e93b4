package fault_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

func TestMatching(t *testing.T) {
	const (
		commit = "/google.firestore.v1.Firestore/Commit"
		list   = "GET /storage/v1/b/some-bucket/o"
		object = "PUT /some-bucket/reports/2026/a.pdf"
	)
	for _, test := range []struct {
		name string
		rule fault.Rule
		call fault.Call
		want bool
	}{
		{"everything", fault.Rule{}, fault.Call{Method: commit}, true},
		{"the method", fault.Rule{Method: commit}, fault.Call{Method: commit}, true},
		{"another method", fault.Rule{Method: commit}, fault.Call{Method: "/google.firestore.v1.Firestore/Rollback"}, false},
		{"the beginning of a method", fault.Rule{Method: "/google.firestore.v1.Firestore/Com"}, fault.Call{Method: commit}, false},
		{"a service", fault.Rule{Method: "/google.firestore.v1.Firestore/*"}, fault.Call{Method: commit}, true},
		{"another service", fault.Rule{Method: "/google.iam.admin.v1.IAM/*"}, fault.Call{Method: commit}, false},
		{"a dot is a dot", fault.Rule{Method: "/google.firestore.v1.Firestore/*"}, fault.Call{Method: "/google-firestore.v1.Firestore/Commit"}, false},
		{"a variable", fault.Rule{Method: "GET /storage/v1/b/{bucket}/o"}, fault.Call{Method: list}, true},
		{"another verb", fault.Rule{Method: "POST /storage/v1/b/{bucket}/o"}, fault.Call{Method: list}, false},
		{"any verb", fault.Rule{Method: "/storage/v1/b/{bucket}/o"}, fault.Call{Method: list}, true},
		{"a variable is one segment", fault.Rule{Method: "PUT /{bucket}/{object}"}, fault.Call{Method: object}, false},
		{"many segments", fault.Rule{Method: "PUT /{bucket}/{object...}"}, fault.Call{Method: object}, true},
		{"a variable within a segment", fault.Rule{Method: "POST /v1/projects/-/serviceAccounts/{account}:generateAccessToken"},
			fault.Call{Method: "POST /v1/projects/-/serviceAccounts/a@p.iam.gserviceaccount.com:generateAccessToken"}, true},

		{"the account", fault.Rule{Account: "a@p"}, fault.Call{Account: "a@p"}, true},
		{"another account", fault.Rule{Account: "a@p"}, fault.Call{Account: "a@pp"}, false},
		{"no account", fault.Rule{Account: "a@p"}, fault.Call{}, false},

		{"the resource", fault.Rule{Resource: "projects/p/databases/a"}, fault.Call{Resource: "projects/p/databases/a"}, true},
		{"below it", fault.Rule{Resource: "projects/_/buckets/a"}, fault.Call{Resource: "projects/_/buckets/a/objects/o"}, true},
		{"beside it", fault.Rule{Resource: "projects/p/databases/a"}, fault.Call{Resource: "projects/p/databases/ab"}, false},
		{"names that begin so", fault.Rule{Resource: "projects/_/buckets/b/objects/tn-a/*"}, fault.Call{Resource: "projects/_/buckets/b/objects/tn-a/o"}, true},
		{"names that do not", fault.Rule{Resource: "projects/_/buckets/b/objects/tn-a/*"}, fault.Call{Resource: "projects/_/buckets/b/objects/tn-b/o"}, false},
		{"no resource", fault.Rule{Resource: "projects/p"}, fault.Call{}, false},

		{"one of two", fault.Rule{Method: commit, Account: "a@p"}, fault.Call{Method: commit, Account: "b@p"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := fault.Matches(test.rule, test.call); got != test.want {
				t.Errorf("%+v of %+v: %v", test.rule, test.call, got)
			}
		})
	}
}
