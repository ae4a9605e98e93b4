package storage_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	gcs "cloud.google.com/go/storage"
)

// bearer is the Authorization header of a key's account.
func (c *cloud) bearer(key []byte) string {
	c.t.Helper()
	tok, err := c.credentials(key).Token(c.t.Context())
	must(c.t, err)
	return "Authorization:Bearer " + tok.Value
}

func TestAnswersDescribeTheContent(t *testing.T) {
	c := newCloud(t)
	_, key, bucket := c.tenant("tn-aaaaaaaaaa")
	write(t, bucket.Object("o"), []byte("hello world"))
	url := c.server.URL + "/" + project + "-tn-aaaaaaaaaa/o"
	for _, method := range []string{"GET", "HEAD"} {
		res := do(t, method, url, nil, c.bearer(key))
		for name, want := range map[string]string{
			"Content-Type":                   "text/plain",
			"Content-Length":                 "11",
			"ETag":                           `"5eb63bbbe01eeed093cb22bb8f5acdc3"`,
			"X-Goog-Hash":                    "crc32c=yZRlqg==",
			"X-Goog-Metageneration":          "1",
			"X-Goog-Stored-Content-Length":   "11",
			"X-Goog-Stored-Content-Encoding": "identity",
			"X-Goog-Storage-Class":           "STANDARD",
			"X-Goog-Meta-Colour":             "red",
			"Cache-Control":                  "private, max-age=0",
			"Accept-Ranges":                  "bytes",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, not %q", method, name, got, want)
			}
		}
		if got := res.Header.Values("X-Goog-Hash"); len(got) != 2 || got[1] != "md5=XrY7u+Ae7tCTyyK7j1rNww==" {
			t.Errorf("%s: X-Goog-Hash is %q", method, got)
		}
	}
	if res := do(t, "GET", url, nil, c.bearer(key), `If-None-Match:"5eb63bbbe01eeed093cb22bb8f5acdc3"`); res.StatusCode != 304 {
		t.Errorf("a content that the reader has: %s", res.Status)
	}
	if res := do(t, "GET", url, nil, c.bearer(key), "Range:bytes=0-1,4-5"); res.StatusCode != 200 || body(res) != "hello world" {
		t.Errorf("two ranges: %s", res.Status)
	}
	r, err := c.client(key, gcs.WithJSONReads()).Bucket(project + "-tn-aaaaaaaaaa").Object("o").NewReader(t.Context())
	must(t, err)
	defer r.Close()
	if got, err := io.ReadAll(r); string(got) != "hello world" {
		t.Errorf("read as json: %q, %v", got, err)
	}
}

func TestCompressedContent(t *testing.T) {
	c := newCloud(t)
	_, key, bucket := c.tenant("tn-aaaaaaaaaa")
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	io.WriteString(w, strings.Repeat("hello world ", 100))
	must(t, w.Close())
	o := bucket.Object("o")
	up := o.NewWriter(t.Context())
	up.ContentEncoding = "gzip"
	up.Write(z.Bytes())
	must(t, up.Close())

	r, err := o.ReadCompressed(true).NewReader(t.Context())
	must(t, err)
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, z.Bytes()) {
		t.Errorf("read compressed: %d bytes of %d, %v", len(got), z.Len(), err)
	}
	res := do(t, "GET", c.server.URL+"/"+project+"-tn-aaaaaaaaaa/o", nil, c.bearer(key), "Accept-Encoding:identity")
	if got := body(res); len(got) != 1200 || res.Header.Get("Content-Encoding") != "" || res.Header.Get("X-Goog-Stored-Content-Encoding") != "gzip" {
		t.Errorf("to a reader that cannot decompress: %d bytes, %v", len(got), res.Header)
	}
}

// compressed is content as gzip has it.
func compressed(content string) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	io.WriteString(w, content)
	w.Close()
	return z.Bytes()
}

func TestABodyThatEndsEarlyIsNoObject(t *testing.T) {
	c := newCloud(t)
	_, key, bucket := c.tenant("tn-aaaaaaaaaa")
	target := c.server.URL + "/upload/storage/v1/b/" + project + "-tn-aaaaaaaaaa/o?uploadType=multipart"
	part := "--x\r\nContent-Type: application/json\r\n\r\n{\"name\":\"o\"}\r\n--x\r\nContent-Type: text/plain\r\n\r\ncontent"
	for name, test := range map[string]struct {
		content string
		want    int
	}{
		"cut off":           {part, 400},
		"cut in a boundary": {part + "\r\n--x", 400},
		"a third part":      {part + "\r\n--x\r\n\r\nmore\r\n--x--", 400},
		"one part":          {"--x\r\n\r\n{\"name\":\"o\"}\r\n--x--", 400},
		"no parts":          {"{\"name\":\"o\"}", 400},
		"unknown field":     {strings.Replace(part, `{"name"`, `{"owned":true,"name"`, 1) + "\r\n--x--", 400},
		"a field twice":     {strings.Replace(part, `{"name"`, `{"name":"p","name"`, 1) + "\r\n--x--", 400},
		"another bucket":    {strings.Replace(part, `{"name"`, `{"bucket":"other","name"`, 1) + "\r\n--x--", 400},
		"a wrong sum":       {strings.Replace(part, `{"name"`, `{"crc32c":"AAAAAA==","name"`, 1) + "\r\n--x--", 400},
	} {
		res := do(t, "POST", target, []byte(test.content), c.bearer(key), "Content-Type:multipart/related; boundary=x")
		if res.StatusCode != test.want {
			t.Errorf("%s: %s %s", name, res.Status, body(res))
		}
		if _, err := bucket.Object("o").Attrs(t.Context()); code(err) != 404 {
			t.Errorf("%s: an object is there: %v", name, err)
		}
	}
	if res := do(t, "POST", target, []byte(part+"\r\n--x--"), c.bearer(key), "Content-Type:multipart/related; boundary=x"); res.StatusCode != 200 {
		t.Errorf("whole: %s %s", res.Status, body(res))
	}
}

// zeros is a body without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Client and server together allocate far less than the object has bytes.
func TestALargeObjectIsNeverInMemory(t *testing.T) {
	const size = 100 << 20
	c := newCloud(t)
	_, key, _ := c.tenant("tn-aaaaaaaaaa")
	url := c.server.URL + "/" + project + "-tn-aaaaaaaaaa/large"
	send := func(method string, content io.Reader) {
		t.Helper()
		req, err := http.NewRequest(method, url, content)
		must(t, err)
		name, value, _ := strings.Cut(c.bearer(key), ":")
		req.Header.Set(name, value)
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		defer res.Body.Close()
		n, err := io.Copy(io.Discard, res.Body)
		must(t, err)
		if res.StatusCode != 200 || method == "GET" && n != size {
			t.Fatalf("%s: %s, %d bytes", method, res.Status, n)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	send("PUT", io.LimitReader(zeros{}, size))
	send("GET", nil)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
		t.Errorf("%d bytes were allocated for an object of %d", got, size)
	}
}
