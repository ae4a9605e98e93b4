package storage_test

import (
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
)

// A new bucket's policy is what Google gives one with uniform access.
func TestANewBucketsPolicy(t *testing.T) {
	c := newCloud(t)
	p, err := c.bucket("anew", nil).IAM().V3().Policy(t.Context())
	must(t, err)
	editors, viewers := []string{"projectEditor:demo", "projectOwner:demo"}, []string{"projectViewer:demo"}
	want := []*iampb.Binding{
		{Role: "roles/storage.legacyBucketOwner", Members: editors},
		{Role: "roles/storage.legacyBucketReader", Members: viewers},
		{Role: "roles/storage.legacyObjectOwner", Members: editors},
		{Role: "roles/storage.legacyObjectReader", Members: viewers},
	}
	if diff := cmp.Diff(want, p.Bindings, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}
