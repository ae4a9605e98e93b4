package storage_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"
)

// random returns n bytes that do not repeat.
func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// tryResumable writes n bytes in parts of 256 KiB.
func tryResumable(o *gcs.ObjectHandle, n int) error { return tryResumableOf(o, make([]byte, n)) }

func tryResumableOf(o *gcs.ObjectHandle, content []byte) error {
	w := o.NewWriter(context.Background())
	w.ChunkSize = 256 << 10
	if _, err := w.Write(content); err != nil {
		return errors.Join(err, w.Close())
	}
	return w.Close()
}

func TestAnUploadInPartsIsOneObject(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	for _, size := range []int{256<<10 - 1, 256 << 10, 256<<10 + 1, 512 << 10, 1<<20 + 17} {
		content := random(size)
		o := bucket.Object("o")
		must(t, tryResumableOf(o, content))
		if got := read(t, o); !bytes.Equal(got, content) {
			t.Errorf("%d bytes were written, %d others read", size, len(got))
		}
	}
}

// session begins an upload by a signed POST, as a browser does, and returns its address.
func session(t *testing.T, c *cloud, bucket *gcs.BucketHandle, object string, headers ...string) string {
	t.Helper()
	headers = append(headers, "x-goog-resumable:start")
	signed, err := bucket.SignedURL(object, &gcs.SignedURLOptions{
		Scheme: gcs.SigningSchemeV4, Method: "POST", Insecure: true, Hostname: strings.TrimPrefix(c.server.URL, "http://"),
		Expires: c.clock.now().Add(time.Minute), ContentType: "image/png", Headers: headers,
	})
	must(t, err)
	res := do(t, "POST", signed, nil, append(headers, "Content-Type:image/png")...)
	if res.StatusCode != http.StatusCreated || res.Header.Get("Location") == "" {
		t.Fatalf("beginning: %s %s", res.Status, body(res))
	}
	return res.Header.Get("Location")
}

func TestAnUploadGoesOnWhereItBrokeOff(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	content := random(1 << 20)
	location := session(t, c, bucket, "photo", "x-goog-meta-album:summer")

	// The first part arrives; the second breaks off.
	res := do(t, "PUT", location, content[:512<<10], "Content-Range:bytes 0-524287/1048576")
	if res.StatusCode != 308 || res.Header.Get("Range") != "bytes=0-524287" {
		t.Fatalf("after the first part: %s, Range %q", res.Status, res.Header.Get("Range"))
	}
	broken, writer := io.Pipe()
	go func() {
		writer.Write(content[512<<10 : 600<<10])
		writer.CloseWithError(errors.New("the line is cut"))
	}()
	req, err := http.NewRequest("PUT", location, broken)
	must(t, err)
	req.ContentLength = 512 << 10
	req.Header.Set("Content-Range", "bytes 524288-1048575/1048576")
	if _, err := http.DefaultClient.Do(req); err == nil {
		t.Fatal("a request that broke off was answered")
	}
	if _, err := bucket.Object("photo").Attrs(t.Context()); !errors.Is(err, gcs.ErrObjectNotExist) {
		t.Fatalf("half an object is there: %v", err)
	}

	// Over a restart, the client asks how far it came, and sends the rest; sending it twice changes
	// nothing. What a crash left in the file beyond what the service remembers is no part of the
	// content.
	for _, name := range c.contents() {
		f, err := os.OpenFile(filepath.Join(c.dir, "storage", "blobs", name), os.O_APPEND|os.O_WRONLY, 0)
		must(t, err)
		_, err = f.Write(random(1 << 20))
		must(t, errors.Join(err, f.Close()))
	}
	c.restart()
	u, err := url.Parse(location)
	must(t, err)
	location = c.server.URL + u.RequestURI()
	res = do(t, "PUT", location, nil, "Content-Range:bytes */1048576")
	if kept := res.Header.Get("Range"); res.StatusCode != 308 || !strings.HasPrefix(kept, "bytes=0-") || kept == "bytes=0-524287" {
		t.Fatalf("asking: %s, Range %q", res.Status, res.Header.Get("Range"))
	}
	for range 2 {
		res = do(t, "PUT", location, content[512<<10:], "Content-Range:bytes 524288-1048575/1048576")
		if res.StatusCode != 200 || res.Header.Get("X-Goog-Generation") == "" {
			t.Fatalf("the rest: %s %s", res.Status, body(res))
		}
	}
	o := c.client(c.owner).Bucket(project + "-tn-aaaaaaaaaa").Object("photo")
	if got := read(t, o); !bytes.Equal(got, content) {
		t.Errorf("read %d bytes that differ from those written", len(got))
	}
	attrs, err := o.Attrs(t.Context())
	must(t, err)
	if attrs.ContentType != "image/png" || attrs.Metadata["album"] != "summer" {
		t.Errorf("the object is %+v", attrs)
	}
}

func TestAPartIsRefused(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	part := random(256 << 10)
	for name, test := range map[string]struct {
		content []byte
		header  string
		want    int
	}{
		"gap":               {part, "bytes 1-262144/*", 400},
		"too long":          {part, "bytes 0-99/100", 400},
		"too short":         {part[:100], "bytes 0-262143/262144", 400},
		"short":             {part[:100], "bytes 0-99/*", 400},
		"backwards":         {part, "bytes 9-0/*", 400},
		"beyond its total":  {part, "bytes 0-262143/100", 400},
		"not a range":       {part, "octets 0-262143/*", 400},
		"over the limit":    {random(600 << 10), "bytes 0-614399/614400", 400},
		"over it in parts":  {random(600 << 10), "bytes 0-614399/*", 400},
		"under the minimum": {part[:5], "bytes 0-4/5", 400},
	} {
		t.Run(name, func(t *testing.T) {
			location := session(t, c, bucket, "o", "x-goog-content-length-range:10,524288")
			if res := do(t, "PUT", location, test.content, "Content-Range:"+test.header); res.StatusCode != test.want {
				t.Errorf("got %s %s", res.Status, body(res))
			}
			if _, err := bucket.Object("o").Attrs(t.Context()); !errors.Is(err, gcs.ErrObjectNotExist) {
				t.Errorf("an object is there: %v", err)
			}
		})
	}
}

func TestAnUploadBelongsToWhoBeganIt(t *testing.T) {
	c := newCloud(t)
	email, _, bucket := c.tenant("tn-aaaaaaaaaa")
	_, stranger, _ := c.tenant("tn-bbbbbbbbbb")
	write(t, bucket.Object("o"), []byte("first"))

	location, unused := session(t, c, bucket, "o"), session(t, c, bucket, "unused")
	token, err := c.credentials(stranger).Token(t.Context())
	must(t, err)
	if res := do(t, "PUT", location, []byte("x"), "Authorization:Bearer "+token.Value); res.StatusCode != 403 {
		t.Errorf("a stranger's credential: %s", res.Status)
	}
	for name, other := range map[string]string{
		"another object": strings.Replace(location, "/o?", "/p?", 1),
		"another bucket": strings.Replace(location, "tn-aaaaaaaaaa", "tn-bbbbbbbbbb", 1),
		"another id":     location + "A",
	} {
		if res := do(t, "PUT", other, []byte("x")); res.StatusCode != 404 {
			t.Errorf("%s: %s", name, res.Status)
		}
	}

	// The account loses its right between beginning and end.
	owned := c.client(c.owner).Bucket(project + "-tn-aaaaaaaaaa")
	p, err := owned.IAM().V3().Policy(t.Context())
	must(t, err)
	p.Bindings = nil
	must(t, owned.IAM().V3().SetPolicy(t.Context(), p))
	for _, location := range []string{location, unused} {
		if res := do(t, "PUT", location, []byte("second")); res.StatusCode != 403 {
			t.Errorf("after %s lost its right: %s", email, res.Status)
		}
	}
	if got := read(t, owned.Object("o")); string(got) != "first" {
		t.Errorf("the object became %q", got)
	}
}

func TestAnUploadIsGivenUp(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	location := session(t, c, bucket, "o")
	if res := do(t, "DELETE", location, nil); res.StatusCode != 499 {
		t.Errorf("giving up: %s", res.Status)
	}
	if res := do(t, "PUT", location, []byte("x")); res.StatusCode != 404 {
		t.Errorf("going on with it: %s", res.Status)
	}
	late := session(t, c, bucket, "o")
	c.clock.advance(8 * 24 * time.Hour)
	if res := do(t, "PUT", late, []byte("x")); res.StatusCode != 404 {
		t.Errorf("going on after a week: %s", res.Status)
	}
}

func TestAnUploadKeepsItsConditions(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	first := session(t, c, bucket, "o", "x-goog-if-generation-match:0")
	second := session(t, c, bucket, "o", "x-goog-if-generation-match:0")
	if res := do(t, "PUT", first, []byte("first")); res.StatusCode != 200 {
		t.Errorf("the first: %s %s", res.Status, body(res))
	}
	if res := do(t, "PUT", second, []byte("second")); res.StatusCode != 412 {
		t.Errorf("the second: %s", res.Status)
	}
	if got := read(t, bucket.Object("o")); string(got) != "first" {
		t.Errorf("the object is %q", got)
	}
}
