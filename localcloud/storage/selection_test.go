package storage_test

import (
	"net/url"
	"strings"
	"testing"

	gcs "cloud.google.com/go/storage"
)

func TestPartialAnswers(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("parts", &gcs.BucketAttrs{Labels: map[string]string{"tenant": "acme", "colour": "red"}})
	write(t, b.Object("a/o"), []byte("content"))
	write(t, b.Object("p"), []byte("content"))
	for _, test := range []struct{ path, fields, want string }{
		{"/o/p", "name", `{"name":"p"}`},
		{"/o/p", "name,size,md5Hash", `{"md5Hash":"mgNkuembtIDdJeHwKEyFVQ==","name":"p","size":"7"}`},
		{"/o/p", "metadata/colour,name", `{"metadata":{"colour":"red"},"name":"p"}`},
		{"/o/p", "metadata(colour),name", `{"metadata":{"colour":"red"},"name":"p"}`},
		{"/o/p", "metadata,metadata/other", `{"metadata":{"colour":"red"}}`},
		{"/o/p", "acl,owner/entity", `{}`},
		{"/o/p", " name , size ", `{"name":"p","size":"7"}`},
		{"/o", "items(name,size),prefixes", `{"items":[{"name":"a/o","size":"7"},{"name":"p","size":"7"}]}`},
		{"/o", "items/name", `{"items":[{"name":"a/o"},{"name":"p"}]}`},
		{"/o", "kind,items/metadata/colour,items/name", `{"items":[{"metadata":{"colour":"red"},"name":"a/o"},{"metadata":{"colour":"red"},"name":"p"}],"kind":"storage#objects"}`},
		{"/o", "items(metadata/colour)", `{"items":[{"metadata":{"colour":"red"}},{"metadata":{"colour":"red"}}]}`},
		{"", "labels/tenant,name", `{"labels":{"tenant":"acme"},"name":"parts"}`},
		{"", "iamConfiguration(uniformBucketLevelAccess/enabled)", `{"iamConfiguration":{"uniformBucketLevelAccess":{"enabled":true}}}`},
		{"", "*/enabled,name", `{"iamConfiguration":{},"labels":{},"lifecycle":{},"name":"parts"}`},
		{"/iam", "bindings/role,version", `{"bindings":[{"role":"roles/storage.legacyBucketOwner"},{"role":"roles/storage.legacyBucketReader"},` +
			`{"role":"roles/storage.legacyObjectOwner"},{"role":"roles/storage.legacyObjectReader"}],"version":1}`},

		{"/o/p", "nothing", ""},
		{"/o/p", "name,nothing", ""},
		{"/o/p", "name/first", ""},
		{"/o/p", "items/name", ""},
		{"/o", "name", ""},
		{"/o", "items(name,nothing)", ""},
		{"/o", "items(name", ""},
		{"/o", "items(name))", ""},
		{"/o", "items()", ""},
		{"/o", "items/", ""},
		{"/o", ",items", ""},
		{"/o", "items,,kind", ""},
		{"/o", "items(name)kind", ""},
		{"", "labels/tenant/first", ""},
	} {
		t.Run(test.path+" "+test.fields, func(t *testing.T) {
			target := c.server.URL + "/storage/v1/b/parts" + test.path + "?fields=" + url.QueryEscape(test.fields)
			res := do(t, "GET", target, nil, c.bearer(c.owner))
			got := body(res)
			if test.want == "" {
				if res.StatusCode != 400 || !strings.Contains(got, `"location":"fields"`) || !strings.Contains(got, "Invalid field selection") {
					t.Errorf("got %s %s", res.Status, got)
				}
				return
			}
			if res.StatusCode != 200 || strings.TrimSpace(got) != test.want {
				t.Errorf("got %s %s", res.Status, got)
			}
		})
	}
}

// A selection is refused before anything is done, and shapes the answer to the last part of an
// upload.
func TestPartialAnswersOfWrites(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("parts", nil)
	upload := c.server.URL + "/upload/storage/v1/b/parts/o?name=o&fields="
	if res := do(t, "POST", upload+"nothing&uploadType=media", []byte("x"), c.bearer(c.owner)); res.StatusCode != 400 {
		t.Errorf("a wrong selection: %s", res.Status)
	}
	if _, err := b.Object("o").Attrs(t.Context()); code(err) != 404 {
		t.Errorf("the object is there: %v", err)
	}
	res := do(t, "POST", upload+"name&uploadType=resumable", nil, c.bearer(c.owner))
	if res = do(t, "PUT", res.Header.Get("Location"), []byte("x")); res.StatusCode != 200 || body(res) != `{"name":"o"}` {
		t.Errorf("a resumable upload: %s", res.Status)
	}
	if res := do(t, "DELETE", c.server.URL+"/storage/v1/b/parts/o/o?fields=nothing", nil, c.bearer(c.owner)); res.StatusCode != 204 {
		t.Errorf("no answer to select of: %s", res.Status)
	}
}
