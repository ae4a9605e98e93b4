package guard_test

import (
	"net/http"
	"net/url"

	"github.com/bulkhead-saas/bulkhead/guard"
)

// must returns the guard of a scope that is sound.
func must(s guard.Scope) *guard.Guard {
	g, err := guard.New(s)
	if err != nil {
		panic(err)
	}
	return g
}

// whole is everything in a database and a bucket.
func whole(verbs guard.Verbs) guard.Scope {
	return guard.Scope{
		Project: "p", Database: "tn-own0000000", Bucket: "p-tn-own0000000", All: verbs, Objects: verbs,
	}
}

var (
	silo   = must(whole(guard.Read | guard.Write))
	viewer = must(whole(guard.Read))

	// signIn permits to read one document.
	signIn = must(guard.Scope{
		Project: "p", Database: "tn-own0000000", Documents: map[string]guard.Verbs{"users/u1": guard.Read},
	})

	// pooled is one of several tenants in a database and a bucket.
	pooled = must(guard.Scope{
		Project: "p", Database: "pool-eu", Root: "tenants/" + poolTenant, Bucket: poolBucket, Prefix: poolTenant + "/",
		All: guard.Read | guard.Write, Objects: guard.Read | guard.Write,
	})
)

func judge(g *guard.Guard, method string, message any) error {
	return g.Firestore(method, message, nil)
}

func cloudStorage(g *guard.Guard, r *http.Request) error {
	_, err := g.Storage(storageOrigin, r, nil)
	return err
}

var storageOrigin = &url.URL{Scheme: "https", Host: "storage.googleapis.com"}

// can reports whether the scope permits to read and write a document.
func can(g *guard.Guard, name string) bool { return g.Document(name).Has(guard.Read | guard.Write) }
