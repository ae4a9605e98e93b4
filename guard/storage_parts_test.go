package guard_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/guard"
)

// Uploads in parts are begun, listed, completed and given up: of the scope's own objects, by the
// verbs of the scope, and with no parameter besides.
func TestStorageParts(t *testing.T) {
	const own = "/p-tn-own0000000/uploads/a"
	writer := must(guard.Scope{Project: "p", Database: "tn-own0000000", Bucket: "p-tn-own0000000", Objects: guard.Write})
	strange := must(guard.Scope{Project: "p", Database: "tn-own0000000", Bucket: "storage", Objects: guard.Read | guard.Write})
	for _, c := range []struct {
		guard        *guard.Guard
		method, path string
		want         error
	}{
		{silo, "POST", own + "?uploads", nil},
		{silo, "GET", own + "?uploadId=ABg-1_x.y~z", nil},
		{silo, "GET", own + "?uploadId=x&part-number-marker=1000", nil},
		{silo, "POST", own + "?uploadId=x", nil},
		{silo, "DELETE", own + "?uploadId=x", nil},
		{silo, "POST", "/p-tn-own0000000/%C3%BCber%20alles?uploads", nil},
		{pooled, "POST", "/" + poolBucket + "/" + poolTenant + "/uploads/a?uploads", nil},
		{writer, "POST", own + "?uploads", nil},
		{writer, "DELETE", own + "?uploadId=x", nil},

		{silo, "POST", "/p-tn-victim0000/uploads/a?uploads", guard.ErrForeign},
		{silo, "POST", "/p-tn-own0000000x/uploads/a?uploads", guard.ErrForeign},
		{silo, "DELETE", "/p-tn-victim0000/uploads/a?uploadId=x", guard.ErrForeign},
		{silo, "POST", "/p-tn-own0000000/../p-tn-victim0000/a?uploads", guard.ErrForeign},
		{silo, "POST", "/p-tn-own0000000/%2E%2E/a?uploads", guard.ErrForeign},
		{silo, "POST", "/p-tn-own0000000%2F..%2Fp-tn-victim0000/a?uploads", guard.ErrForeign},
		{silo, "POST", "/p-tn-own0000000/?uploads", guard.ErrForeign},
		{silo, "GET", "/p-tn-own0000000?uploads", guard.ErrForeign},
		{strange, "POST", "/storage/v1/b/p-tn-victim0000/o?uploadId=x", guard.ErrRefused},
		{pooled, "POST", "/" + poolBucket + "/tn-victim0000/uploads/a?uploads", guard.ErrForeign},
		{pooled, "GET", "/" + poolBucket + "/tn-victim0000/uploads/a?uploadId=x", guard.ErrForeign},
		{pooled, "POST", "/" + poolBucket + "/uploads/a?uploads", guard.ErrForeign},
		{viewer, "POST", own + "?uploads", guard.ErrNotPermitted},
		{viewer, "POST", own + "?uploadId=x", guard.ErrNotPermitted},
		{viewer, "DELETE", own + "?uploadId=x", guard.ErrNotPermitted},
		{writer, "GET", own + "?uploadId=x", guard.ErrNotPermitted},

		{silo, "PUT", own + "?partNumber=1&uploadId=x", guard.ErrRefused},
		{silo, "HEAD", own + "?uploadId=x", guard.ErrRefused},
		{silo, "GET", own + "?uploads", guard.ErrRefused},
		{silo, "POST", own + "?uploads=&uploadId=x", guard.ErrRefused},
		{silo, "POST", own + "?uploadId=x&uploadId=y", guard.ErrRefused},
		{silo, "POST", own + "?uploadId=", guard.ErrRefused},
		{silo, "POST", own + "?uploadId=x%26uploads", guard.ErrRefused},
		{silo, "POST", own + "?uploadId=x&userProject=q", guard.ErrRefused},
		{silo, "POST", own + "?uploadId=x&part-number-marker=1", guard.ErrRefused},
		{silo, "GET", own + "?uploadId=x&part-number-marker=-1", guard.ErrRefused},
		{silo, "GET", own + "?uploadId=x&versions", guard.ErrRefused},
		{silo, "GET", own + "?uploadId=" + strings.Repeat("x", 1025), guard.ErrRefused},
	} {
		if err := cloudStorage(c.guard, storageRequest(t, c.method, c.path)); !is(err, c.want) {
			t.Errorf("%s %s: got %v, want %v", c.method, c.path, err, c.want)
		}
	}
}

// A part is signed with its number and its upload, both and once.
func TestSignPart(t *testing.T) {
	const object = poolTenant + "/a"
	reader := must(guard.Scope{Project: "p", Database: "pool-eu", Bucket: poolBucket, Objects: guard.Read})
	query := func(s string) url.Values {
		v, err := url.ParseQuery(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	size := map[string]string{"x-goog-content-length-range": "5,5"}
	for what, c := range map[string]struct {
		guard *guard.Guard
		what  guard.Signing
		want  error
	}{
		"a part":                    {pooled, guard.Signing{Method: "PUT", Object: object, Header: size, Query: query("partNumber=10000&uploadId=x-1")}, nil},
		"another's part":            {pooled, guard.Signing{Method: "PUT", Object: "tn-victim0000/a", Header: size, Query: query("partNumber=1&uploadId=x")}, guard.ErrForeign},
		"a reader's part":           {reader, guard.Signing{Method: "PUT", Object: object, Query: query("partNumber=1&uploadId=x")}, guard.ErrNotPermitted},
		"part zero":                 {pooled, guard.Signing{Method: "PUT", Object: object, Query: query("partNumber=0&uploadId=x")}, guard.ErrRefused},
		"part ten thousand and one": {pooled, guard.Signing{Method: "PUT", Object: object, Query: query("partNumber=10001&uploadId=x")}, guard.ErrRefused},
		"part +1":                   {pooled, guard.Signing{Method: "PUT", Object: object, Query: query("partNumber=%2B1&uploadId=x")}, guard.ErrRefused},
		"no number":                 {pooled, guard.Signing{Method: "PUT", Object: object, Query: query("uploadId=x")}, guard.ErrRefused},
		"no upload":                 {pooled, guard.Signing{Method: "PUT", Object: object, Query: query("partNumber=1")}, guard.ErrRefused},
		"an upload of none":         {pooled, guard.Signing{Method: "PUT", Object: object, Query: query("partNumber=1&uploadId=")}, guard.ErrRefused},
		"two uploads":               {pooled, guard.Signing{Method: "PUT", Object: object, Query: query("partNumber=1&uploadId=x&uploadId=y")}, guard.ErrRefused},
		"an upload and more":        {pooled, guard.Signing{Method: "PUT", Object: object, Query: query("partNumber=1&uploadId=x%26acl")}, guard.ErrRefused},
		"a third parameter":         {pooled, guard.Signing{Method: "PUT", Object: object, Query: query("partNumber=1&uploadId=x&generation=1")}, guard.ErrRefused},
		"a part that begins":        {pooled, guard.Signing{Method: "PUT", Object: object, Header: map[string]string{"x-goog-resumable": "start"}, Query: query("partNumber=1&uploadId=x")}, guard.ErrRefused},
		"completing":                {pooled, guard.Signing{Method: "POST", Object: object, Query: query("uploadId=x")}, guard.ErrRefused},
		"giving up":                 {pooled, guard.Signing{Method: "DELETE", Object: object, Query: query("uploadId=x")}, guard.ErrRefused},
		"listing":                   {pooled, guard.Signing{Method: "GET", Object: object, Query: query("uploadId=x")}, guard.ErrRefused},
	} {
		if err := c.guard.Sign(c.what); !is(err, c.want) {
			t.Errorf("%s: got %v, want %v", what, err, c.want)
		}
	}
}
