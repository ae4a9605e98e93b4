package storage_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"testing"

	gcs "cloud.google.com/go/storage"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
)

// write writes an object in one request.
func write(t testing.TB, o *gcs.ObjectHandle, content []byte) *gcs.ObjectAttrs {
	t.Helper()
	attrs, err := tryWrite(o, content)
	must(t, err)
	return attrs
}

func tryWrite(o *gcs.ObjectHandle, content []byte) (*gcs.ObjectAttrs, error) {
	w := o.NewWriter(context.Background())
	w.ContentType = "text/plain"
	w.Metadata = map[string]string{"colour": "red"}
	if _, err := w.Write(content); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return w.Attrs(), nil
}

func read(t testing.TB, o *gcs.ObjectHandle) []byte {
	t.Helper()
	r, err := o.NewReader(context.Background())
	must(t, err)
	defer r.Close()
	content, err := io.ReadAll(r)
	must(t, err)
	return content
}

// code is the HTTP status of an error of Google's client.
func code(err error) int {
	var e *googleapi.Error
	if errors.As(err, &e) {
		return e.Code
	}
	if errors.Is(err, gcs.ErrObjectNotExist) || errors.Is(err, gcs.ErrBucketNotExist) {
		return 404
	}
	return 0
}

func TestAnObjectIsWhatWasWritten(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	content := bytes.Repeat([]byte("0123456789"), 1000)
	sum := md5.Sum(content)
	for _, name := range []string{"plain", "with/slashes/and spaces", "../other/secret", "a//b", "ünïcode ☃", "100%", "a+b&c=d?e#f", "dir/"} {
		o := bucket.Object(name)
		wrote := write(t, o, content)
		if got := read(t, o); !bytes.Equal(got, content) {
			t.Errorf("%q: read %d bytes that differ from those written", name, len(got))
		}
		attrs, err := o.Attrs(t.Context())
		must(t, err)
		if diff := cmp.Diff(wrote, attrs); diff != "" {
			t.Errorf("%q: the answer to the write and the object differ:\n%s", name, diff)
		}
		if attrs.Name != name || attrs.Size != int64(len(content)) || !bytes.Equal(attrs.MD5, sum[:]) ||
			attrs.CRC32C != crc32.Checksum(content, crc32.MakeTable(crc32.Castagnoli)) || attrs.ContentType != "text/plain" ||
			attrs.Metadata["colour"] != "red" || attrs.StorageClass != "STANDARD" || attrs.Metageneration != 1 {
			t.Errorf("%q: attributes are %+v", name, attrs)
		}
	}
}

func TestRangeReads(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	o := bucket.Object("digits")
	write(t, o, []byte("0123456789"))
	for _, test := range []struct {
		offset, length int64
		want           string
	}{{0, -1, "0123456789"}, {0, 3, "012"}, {4, 2, "45"}, {7, -1, "789"}, {-3, -1, "789"}, {8, 100, "89"}} {
		r, err := o.NewRangeReader(t.Context(), test.offset, test.length)
		must(t, err)
		got, err := io.ReadAll(r)
		must(t, err)
		if string(got) != test.want || r.Attrs.Size != 10 {
			t.Errorf("range %d+%d: got %q of %d", test.offset, test.length, got, r.Attrs.Size)
		}
	}
	if _, err := o.NewRangeReader(t.Context(), 11, -1); code(err) != 416 {
		t.Errorf("a range beyond the end: %v", err)
	}
}

func TestMetadataIsPatched(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	o := bucket.Object("o")
	was := write(t, o, []byte("content"))
	is, err := o.Update(t.Context(), gcs.ObjectAttrsToUpdate{
		ContentType:        "image/png",
		ContentDisposition: "inline",
		Metadata:           map[string]string{"shape": "round"},
	})
	must(t, err)
	want := *was
	want.ContentType, want.ContentDisposition = "image/png", "inline"
	want.Metadata = map[string]string{"colour": "red", "shape": "round"}
	want.Metageneration, want.Updated, want.Etag = 2, is.Updated, is.Etag
	if diff := cmp.Diff(&want, is); diff != "" {
		t.Error(diff)
	}
	if is.Etag == was.Etag {
		t.Error("the etag did not change with the metadata")
	}
	is, err = o.Update(t.Context(), gcs.ObjectAttrsToUpdate{Metadata: map[string]string{}})
	must(t, err)
	if len(is.Metadata) != 0 {
		t.Errorf("metadata was removed, and is %v", is.Metadata)
	}
	if got := read(t, o); string(got) != "content" {
		t.Errorf("content became %q", got)
	}
}

func TestListing(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	for _, name := range []string{"a", "b/1", "b/2", "b/c/3", "b0", "c/", "c/4"} {
		write(t, bucket.Object(name), []byte(name))
	}
	for _, test := range []struct {
		name  string
		query gcs.Query
		want  []string
	}{
		{"all", gcs.Query{}, []string{"a", "b/1", "b/2", "b/c/3", "b0", "c/", "c/4"}},
		{"prefix", gcs.Query{Prefix: "b/"}, []string{"b/1", "b/2", "b/c/3"}},
		{"delimiter", gcs.Query{Delimiter: "/"}, []string{"a", "b/*", "b0", "c/*"}},
		{"both", gcs.Query{Prefix: "b/", Delimiter: "/"}, []string{"b/1", "b/2", "b/c/*"}},
		{"offsets", gcs.Query{StartOffset: "b/2", EndOffset: "c/"}, []string{"b/2", "b/c/3", "b0"}},
		{"trailing", gcs.Query{Delimiter: "/", IncludeTrailingDelimiter: true}, []string{"a", "b/*", "b0", "c/", "c/*"}},
		{"nothing", gcs.Query{Prefix: "zz"}, nil},
	} {
		for _, page := range []int{1, 2, 100} {
			t.Run(fmt.Sprint(test.name, page), func(t *testing.T) {
				it := bucket.Objects(t.Context(), &test.query)
				it.PageInfo().MaxSize = page
				seen := map[string]bool{}
				for {
					o, err := it.Next()
					if errors.Is(err, iterator.Done) {
						break
					}
					must(t, err)
					seen[o.Name+o.Prefix+map[bool]string{true: "*"}[o.Prefix != ""]] = true
				}
				want := map[string]bool{}
				for _, name := range test.want {
					want[name] = true
				}
				if diff := cmp.Diff(want, seen); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestCopyAndCompose(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	one, two := bucket.Object("one"), bucket.Object("two")
	was := write(t, one, []byte("one "))
	write(t, two, []byte("two"))

	copied, err := bucket.Object("copy").CopierFrom(one).Run(t.Context())
	must(t, err)
	if got := read(t, bucket.Object("copy")); string(got) != "one " || copied.ContentType != "text/plain" || copied.Metadata["colour"] != "red" {
		t.Errorf("the copy is %q, %+v", got, copied)
	}
	if copied.Generation <= was.Generation {
		t.Errorf("generation %d of the copy is not after %d", copied.Generation, was.Generation)
	}
	composed, err := bucket.Object("both").ComposerFrom(one, two).Run(t.Context())
	must(t, err)
	if got := read(t, bucket.Object("both")); string(got) != "one two" || composed.ComponentCount != 2 || len(composed.MD5) != 0 {
		t.Errorf("the composition is %q, %+v", got, composed)
	}
}

func TestVersions(t *testing.T) {
	c := newCloud(t)
	bucket := c.bucket("versions", &gcs.BucketAttrs{VersioningEnabled: true})
	o := bucket.Object("o")
	first := write(t, o, []byte("first"))
	second := write(t, o, []byte("second"))
	must(t, o.Delete(t.Context()))
	if _, err := o.Attrs(t.Context()); !errors.Is(err, gcs.ErrObjectNotExist) {
		t.Errorf("a deleted object: %v", err)
	}
	if got := read(t, o.Generation(first.Generation)); string(got) != "first" {
		t.Errorf("generation %d is %q", first.Generation, got)
	}
	it := bucket.Objects(t.Context(), &gcs.Query{Versions: true})
	it.PageInfo().MaxSize = 1
	var got []int64
	for {
		attrs, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		must(t, err)
		if attrs.Deleted.IsZero() {
			t.Errorf("generation %d does not say since when it is not live", attrs.Generation)
		}
		got = append(got, attrs.Generation)
	}
	if diff := cmp.Diff([]int64{first.Generation, second.Generation}, got); diff != "" {
		t.Error(diff)
	}
	if err := bucket.Delete(t.Context()); code(err) != 409 {
		t.Errorf("deleting a bucket that keeps old generations: %v", err)
	}
	must(t, o.Generation(first.Generation).Delete(t.Context()))
	must(t, o.Generation(second.Generation).Delete(t.Context()))
	if n := len(c.contents()); n != 0 {
		t.Errorf("no generation has %d contents", n)
	}
	must(t, bucket.Delete(t.Context()))
}
