package storage_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	gcs "cloud.google.com/go/storage"
)

func TestPreconditions(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	there, missing := bucket.Object("there"), bucket.Object("missing")
	const other = 12345
	verbs := map[string]struct {
		try    func(*gcs.ObjectHandle) error
		refuse int // what a mismatch is answered with
		same   int // what NotMatch of the present state is answered with
		absent int // what the verb is answered with on a missing object
	}{
		"write":     {func(o *gcs.ObjectHandle) error { _, err := tryWrite(o, nil); return err }, 412, 412, 0},
		"resumable": {func(o *gcs.ObjectHandle) error { return tryResumable(o, 300<<10) }, 412, 412, 0},
		"attrs":     {func(o *gcs.ObjectHandle) error { _, err := o.Attrs(t.Context()); return err }, 412, 304, 404},
		"update": {func(o *gcs.ObjectHandle) error {
			_, err := o.Update(t.Context(), gcs.ObjectAttrsToUpdate{ContentType: "a/b"})
			return err
		}, 412, 412, 404},
		"delete": {func(o *gcs.ObjectHandle) error { return o.Delete(t.Context()) }, 412, 412, 404},
		"copy": {func(o *gcs.ObjectHandle) error {
			_, err := o.CopierFrom(bucket.Object("source")).Run(t.Context())
			return err
		}, 412, 412, 0},
	}
	write(t, bucket.Object("source"), []byte("source"))
	for verb, v := range verbs {
		t.Run(verb, func(t *testing.T) {
			attrs := write(t, there, []byte("content"))
			for _, test := range []struct {
				name string
				on   *gcs.ObjectHandle
				cond gcs.Conditions
				want int
			}{
				{"other generation", there, gcs.Conditions{GenerationMatch: other}, v.refuse},
				{"same generation excluded", there, gcs.Conditions{GenerationNotMatch: attrs.Generation}, v.same},
				{"other metageneration", there, gcs.Conditions{MetagenerationMatch: other}, v.refuse},
				{"same metageneration excluded", there, gcs.Conditions{MetagenerationNotMatch: 1}, v.same},
				{"both, one wrong", there, gcs.Conditions{GenerationMatch: attrs.Generation, MetagenerationMatch: other}, v.refuse},
				{"exists", there, gcs.Conditions{DoesNotExist: true}, v.refuse},
				{"missing with a generation", missing, gcs.Conditions{GenerationMatch: other}, max(v.absent, 412*map[bool]int{true: 1}[v.absent == 0])},
				{"as it is", there, gcs.Conditions{GenerationMatch: attrs.Generation, MetagenerationMatch: 1}, 0},
			} {
				if err := v.try(test.on.If(test.cond)); code(err) != test.want || (err == nil) != (test.want == 0) {
					t.Errorf("%s: got %v, want %d", test.name, err, test.want)
				}
			}
			err := v.try(missing.If(gcs.Conditions{DoesNotExist: true}))
			if code(err) != v.absent {
				t.Errorf("missing, as it should be: %v", err)
			}
			if err := missing.Delete(t.Context()); err != nil && !errors.Is(err, gcs.ErrObjectNotExist) {
				t.Fatal(err)
			}
		})
	}
}

func TestReadersStateTheirConditionsInHeaders(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	o := bucket.Object("o")
	attrs := write(t, o, []byte("content"))
	if _, err := o.If(gcs.Conditions{GenerationMatch: attrs.Generation}).NewReader(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := o.If(gcs.Conditions{GenerationMatch: 7}).NewReader(t.Context()); code(err) != 412 {
		t.Errorf("another generation: %v", err)
	}
	if _, err := o.If(gcs.Conditions{MetagenerationMatch: 7}).NewReader(t.Context()); code(err) != 412 {
		t.Errorf("another metageneration: %v", err)
	}
	if _, err := o.Generation(7).NewReader(t.Context()); !errors.Is(err, gcs.ErrObjectNotExist) {
		t.Errorf("a generation that never was: %v", err)
	}
}

// Of many who see the same state, one may change it.
func TestOneWriterWins(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	o := bucket.Object("counter")
	const rounds, writers = 5, 8
	generation := int64(0)
	for range rounds {
		cond := gcs.Conditions{GenerationMatch: generation, DoesNotExist: generation == 0}
		won := make([]*gcs.ObjectAttrs, writers)
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() {
				attrs, err := tryWrite(o.If(cond), fmt.Append(nil, i))
				if err == nil {
					won[i] = attrs
				} else if code(err) != 412 {
					t.Errorf("writer %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		winners := 0
		for i, attrs := range won {
			if attrs == nil {
				continue
			}
			winners++
			if attrs.Generation <= generation {
				t.Errorf("generation %d follows %d", attrs.Generation, generation)
			}
			generation = attrs.Generation
			if got := read(t, o); string(got) != fmt.Sprint(i) {
				t.Errorf("writer %d won, and the object is %q", i, got)
			}
		}
		if winners != 1 {
			t.Fatalf("%d writers won", winners)
		}
	}
}
