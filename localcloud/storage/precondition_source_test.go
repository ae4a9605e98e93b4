package storage_test

import (
	"testing"

	gcs "cloud.google.com/go/storage"
)

// What is copied or composed has conditions of its own, beside those of what it becomes.
func TestSourcesHaveConditions(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	source := write(t, bucket.Object("source"), []byte("source"))
	from, to := bucket.Object("source"), bucket.Object("to")
	compose := func(to, from *gcs.ObjectHandle) error {
		_, err := to.ComposerFrom(from).Run(t.Context())
		return err
	}
	copied := func(to, from *gcs.ObjectHandle) error {
		_, err := to.CopierFrom(from).Run(t.Context())
		return err
	}
	for verb, try := range map[string]func(to, from *gcs.ObjectHandle) error{"compose": compose, "copy": copied} {
		live := write(t, to, []byte("live"))
		for what, test := range map[string]struct {
			to, from *gcs.ObjectHandle
			want     int
		}{
			"source of another generation":      {to, from.If(gcs.Conditions{GenerationMatch: 7}), 412},
			"destination of another generation": {to.If(gcs.Conditions{GenerationMatch: 7}), from, 412},
			"destination that exists":           {to.If(gcs.Conditions{DoesNotExist: true}), from, 412},
			"destination changed since":         {to.If(gcs.Conditions{MetagenerationMatch: 7}), from, 412},
			"source that is not there":          {to, bucket.Object("missing"), 404},
			"a generation that never was":       {to, from.Generation(7), 404},
		} {
			if err := try(test.to, test.from); code(err) != test.want {
				t.Errorf("%s, %s: %v, want %d", verb, what, err, test.want)
			}
		}
		if got := string(read(t, to)); got != "live" {
			t.Errorf("%s: refused, and the destination is %q", verb, got)
		}
		must(t, try(to.If(gcs.Conditions{GenerationMatch: live.Generation}), from.If(gcs.Conditions{GenerationMatch: source.Generation})))
		if got := string(read(t, to)); got != "source" {
			t.Errorf("%s: the destination is %q", verb, got)
		}
	}
}

func TestBucketsHaveConditions(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("conditions", nil)
	other, same := b.If(gcs.BucketConditions{MetagenerationMatch: 7}), b.If(gcs.BucketConditions{MetagenerationMatch: 1})
	known := b.If(gcs.BucketConditions{MetagenerationNotMatch: 1})
	attrs := func(b *gcs.BucketHandle) error { _, err := b.Attrs(t.Context()); return err }
	update := func(b *gcs.BucketHandle) error {
		_, err := b.Update(t.Context(), gcs.BucketAttrsToUpdate{})
		return err
	}
	remove := func(b *gcs.BucketHandle) error { return b.Delete(t.Context()) }
	for what, test := range map[string]struct {
		err  error
		want int
	}{
		"read, changed since":          {attrs(other), 412},
		"read, known already":          {attrs(known), 304},
		"update, changed since":        {update(other), 412},
		"update, known already":        {update(known), 412},
		"delete, changed since":        {remove(other), 412},
		"delete, known already":        {remove(known), 412},
		"read, as it is":               {attrs(same), 0},
		"delete, as it is, at the end": {remove(same), 0},
	} {
		if code(test.err) != test.want || (test.err == nil) != (test.want == 0) {
			t.Errorf("%s: %v, want %d", what, test.err, test.want)
		}
	}
}
