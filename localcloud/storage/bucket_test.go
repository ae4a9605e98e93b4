package storage_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"
)

func TestABucketKeepsItsSettings(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("settings", &gcs.BucketAttrs{
		Location:                 "europe-west1",
		Labels:                   map[string]string{"tenant": "acme"},
		CORS:                     []gcs.CORS{{MaxAge: time.Minute, Methods: []string{"PUT"}, Origins: []string{"https://app.example"}, ResponseHeaders: []string{"ETag"}}},
		VersioningEnabled:        true,
		UniformBucketLevelAccess: gcs.UniformBucketLevelAccess{Enabled: true},
		PublicAccessPrevention:   gcs.PublicAccessPreventionEnforced,
		Lifecycle: gcs.Lifecycle{Rules: []gcs.LifecycleRule{{
			Action:    gcs.LifecycleAction{Type: gcs.DeleteAction},
			Condition: gcs.LifecycleCondition{AgeInDays: 30},
		}}},
	})
	before, err := b.Attrs(t.Context())
	must(t, err)
	if before.Location != "EUROPE-WEST1" || before.LocationType != "region" || before.Labels["tenant"] != "acme" || !before.VersioningEnabled ||
		!before.UniformBucketLevelAccess.Enabled || before.PublicAccessPrevention != gcs.PublicAccessPreventionEnforced ||
		before.Lifecycle.Rules[0].Condition.AgeInDays != 30 || before.CORS[0].MaxAge != time.Minute || before.MetaGeneration != 1 {
		t.Errorf("the bucket is %+v", before)
	}
	var change gcs.BucketAttrsToUpdate
	change.SetLabel("colour", "red")
	change.DeleteLabel("tenant")
	after, err := b.If(gcs.BucketConditions{MetagenerationMatch: 1}).Update(t.Context(), change)
	must(t, err)
	want := *before
	want.Labels = map[string]string{"colour": "red"}
	want.MetaGeneration, want.Etag, want.Updated = 2, after.Etag, after.Updated
	if diff := cmp.Diff(&want, after); diff != "" {
		t.Error(diff)
	}
	if _, err := b.If(gcs.BucketConditions{MetagenerationMatch: 1}).Update(t.Context(), change); code(err) != 412 {
		t.Errorf("an update of a state long gone: %v", err)
	}
	c.restart()
	kept, err := c.client(c.owner).Bucket("settings").Attrs(t.Context())
	must(t, err)
	if diff := cmp.Diff(after, kept); diff != "" {
		t.Errorf("after a restart:\n%s", diff)
	}
}

func TestBucketsAreListedByProject(t *testing.T) {
	c := newCloud(t)
	var want []string
	for i := range 5 {
		want = append(want, fmt.Sprintf("bucket-%d", i))
		c.bucket(want[i], nil)
	}
	it := c.client(c.owner).Buckets(t.Context(), project)
	it.PageInfo().MaxSize = 2
	var got []string
	for {
		b, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		must(t, err)
		got = append(got, b.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v", got)
	}
	if _, err := c.client(c.owner).Buckets(t.Context(), "other-project").Next(); code(err) != 403 {
		t.Errorf("buckets of another project: %v", err)
	}
}

func TestABucketIsRefused(t *testing.T) {
	c := newCloud(t)
	c.bucket("taken", nil)
	client := c.client(c.owner)
	for _, test := range []struct {
		name, bucket string
		attrs        *gcs.BucketAttrs
		want         int
	}{
		{"taken", "taken", nil, 409},
		{"short", "ab", nil, 400},
		{"upper case", "Bucket", nil, 400},
		{"two dots", "a..b", nil, 400},
		{"address", "192.168.5.4", nil, 400},
		{"slash", "a/b", nil, 400},
		{"of the api", "upload", nil, 400},
		{"internal", "_internal", nil, 400},
		{"google", "mygoogle", nil, 400},
		{"requester pays", "good-name", &gcs.BucketAttrs{RequesterPays: true}, 400},
		{"soft deletion", "good-name", &gcs.BucketAttrs{SoftDeletePolicy: &gcs.SoftDeletePolicy{RetentionDuration: time.Hour}}, 400},
		{"storage class", "good-name", &gcs.BucketAttrs{StorageClass: "HOT"}, 400},
		{"acl", "good-name", &gcs.BucketAttrs{ACL: []gcs.ACLRule{{Entity: gcs.AllUsers, Role: gcs.RoleReader}}}, 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := client.Bucket(test.bucket).Create(t.Context(), project, test.attrs); code(err) != test.want {
				t.Errorf("got %v, want %d", err, test.want)
			}
		})
	}
}

func TestOnlyAnEmptyBucketIsDeleted(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	write(t, bucket.Object("o"), nil)
	owned := c.client(c.owner).Bucket(project + "-tn-aaaaaaaaaa")
	if err := owned.Delete(t.Context()); code(err) != 409 {
		t.Errorf("deleting a bucket with an object: %v", err)
	}
	must(t, bucket.Object("o").Delete(t.Context()))
	must(t, owned.Delete(t.Context()))
	if _, err := owned.Attrs(t.Context()); code(err) != 404 {
		t.Errorf("a deleted bucket: %v", err)
	}
}
