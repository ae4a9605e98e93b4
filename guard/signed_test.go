package guard_test

import (
	"net/url"
	"testing"

	"github.com/bulkhead-saas/bulkhead/guard"
)

// What is signed is judged like what is sent: by name, verb, header and parameter.
func TestSign(t *testing.T) {
	const object = poolTenant + "/a"
	writer := must(guard.Scope{Project: "p", Database: "pool-eu", Bucket: poolBucket, Objects: guard.Write})
	reader := must(guard.Scope{Project: "p", Database: "pool-eu", Bucket: poolBucket, Objects: guard.Read})
	header := func(pairs ...string) map[string]string {
		h := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			h[pairs[i]] = pairs[i+1]
		}
		return h
	}
	for what, c := range map[string]struct {
		guard *guard.Guard
		what  guard.Signing
		want  error
	}{
		"a download": {pooled, guard.Signing{Method: "GET", Object: object, Query: url.Values{"response-content-type": {"a/b"}}}, nil},
		"an upload": {pooled, guard.Signing{Method: "PUT", Object: object, Header: header(
			"Content-Type", "a/b", "x-goog-content-length-range", "1,1", "x-goog-if-generation-match", "0",
		)}, nil},
		"the beginning of an upload": {pooled, guard.Signing{Method: "POST", Object: object, Header: header("x-goog-resumable", "start")}, nil},
		"another's object":           {pooled, guard.Signing{Method: "GET", Object: "tn-victim0000/a"}, guard.ErrForeign},
		"an object that goes up":     {pooled, guard.Signing{Method: "GET", Object: poolTenant + "/../tn-victim0000/a"}, guard.ErrForeign},
		"no object":                  {pooled, guard.Signing{Method: "GET", Object: poolTenant + "/"}, guard.ErrForeign},
		"a reader's upload":          {reader, guard.Signing{Method: "PUT", Object: object}, guard.ErrNotPermitted},
		"a reader's deletion":        {reader, guard.Signing{Method: "DELETE", Object: object}, guard.ErrNotPermitted},
		"a writer's download":        {writer, guard.Signing{Method: "GET", Object: object}, guard.ErrNotPermitted},
		"a POST of a form":           {pooled, guard.Signing{Method: "POST", Object: object}, guard.ErrRefused},
		"an unknown method":          {pooled, guard.Signing{Method: "get", Object: object}, guard.ErrRefused},
		"a copy":                     {pooled, guard.Signing{Method: "PUT", Object: object, Header: header("x-goog-copy-source", "/b/a")}, guard.ErrRefused},
		"an access list":             {pooled, guard.Signing{Method: "PUT", Object: object, Header: header("X-Goog-Acl", "public-read")}, guard.ErrRefused},
		"a header twice": {pooled, guard.Signing{Method: "PUT", Object: object, Header: header(
			"Content-Type", "a/b", "content-type", "c/d",
		)}, guard.ErrRefused},
		"a header with a line": {pooled, guard.Signing{Method: "PUT", Object: object, Header: header("Content-Type\r\nx-goog-acl", "a/b")}, guard.ErrRefused},
		"a value with a line": {pooled, guard.Signing{Method: "PUT", Object: object, Header: header(
			"Content-Type", "a/b\nx-goog-acl:public-read",
		)}, guard.ErrRefused},
		"a parameter":       {pooled, guard.Signing{Method: "GET", Object: object, Query: url.Values{"userProject": {"q"}}}, guard.ErrRefused},
		"a parameter twice": {pooled, guard.Signing{Method: "GET", Object: object, Query: url.Values{"response-content-type": {"a/b", "c/d"}}}, guard.ErrRefused},
		"a parameter in another case": {pooled, guard.Signing{
			Method: "GET", Object: object, Query: url.Values{"Response-Content-Type": {"a/b"}},
		}, guard.ErrRefused},
	} {
		if err := c.guard.Sign(c.what); !is(err, c.want) {
			t.Errorf("%s: got %v, want %v", what, err, c.want)
		}
	}
}
