package storage_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	gcs "cloud.google.com/go/storage"
)

// do sends a request; headers are of the form "Name:value".
func do(t testing.TB, method, url string, content []byte, headers ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, url, bytes.NewReader(content))
	must(t, err)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		req.Header.Add(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	content, err = io.ReadAll(res.Body)
	must(t, errors.Join(err, res.Body.Close()))
	res.Body = io.NopCloser(bytes.NewReader(content))
	return res
}

// body is what an answer says.
func body(res *http.Response) string {
	content, _ := io.ReadAll(res.Body)
	return string(content)
}

// sign signs as the bucket's client would, for a minute.
func sign(t testing.TB, c *cloud, bucket *gcs.BucketHandle, object string, opts gcs.SignedURLOptions) string {
	t.Helper()
	opts.Scheme, opts.Insecure, opts.Hostname = gcs.SigningSchemeV4, true, strings.TrimPrefix(c.server.URL, "http://")
	if opts.Expires.IsZero() {
		opts.Expires = time.Now().Add(time.Minute)
	}
	u, err := bucket.SignedURL(object, &opts)
	must(t, err)
	return u
}

var uploadHeaders = []string{"x-goog-content-length-range:1,100", "x-goog-if-generation-match:0", "x-goog-meta-album:summer  2026"}

func TestASignedURLUploadsAndDownloads(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	name := "folder/a photo+of 100% ☃.png"
	put := sign(t, c, bucket, name, gcs.SignedURLOptions{Method: "PUT", ContentType: "image/png", Headers: uploadHeaders})
	res := do(t, "PUT", put, []byte("pixels"), append(uploadHeaders, "Content-Type:image/png")...)
	if res.StatusCode != 200 || res.Header.Get("X-Goog-Generation") == "" || res.Header.Get("ETag") == "" {
		t.Fatalf("uploading: %s %s", res.Status, body(res))
	}
	attrs, err := bucket.Object(name).Attrs(t.Context())
	must(t, err)
	if attrs.ContentType != "image/png" || attrs.Metadata["album"] != "summer  2026" || attrs.Size != 6 {
		t.Errorf("the object is %+v", attrs)
	}
	get := sign(t, c, bucket, name, gcs.SignedURLOptions{Method: "GET", QueryParameters: map[string][]string{
		"response-content-disposition": {`attachment; filename="my photo.png"`},
		"response-content-type":        {"application/octet-stream"},
	}})
	res = do(t, "GET", get, nil, "Range:bytes=1-3")
	if got := body(res); res.StatusCode != 206 || got != "ixe" || res.Header.Get("Content-Range") != "bytes 1-3/6" ||
		res.Header.Get("Content-Disposition") != `attachment; filename="my photo.png"` || res.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("downloading: %s %q %v", res.Status, got, res.Header)
	}
	// What was uploaded once cannot be replaced by the same URL.
	if res := do(t, "PUT", put, []byte("others"), append(uploadHeaders, "Content-Type:image/png")...); res.StatusCode != 412 {
		t.Errorf("uploading twice: %s", res.Status)
	}
}

// A signed URL allows one request. Each row changes one thing about it.
func TestAChangedSignedURLIsRefused(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	strangerEmail, stranger, _ := c.tenant("tn-bbbbbbbbbb")
	opts := gcs.SignedURLOptions{Method: "PUT", ContentType: "image/png", Headers: uploadHeaders}
	good := sign(t, c, bucket, "o", opts)
	headers := append([]string{"Content-Type:image/png"}, uploadHeaders...)
	replace := func(old, new string) string {
		u := strings.Replace(good, old, new, 1)
		if u == good {
			t.Fatalf("%q is not in %s", old, good)
		}
		return u
	}
	path, query, _ := strings.Cut(good, "?")
	pairs := strings.Split(query, "&")
	last := len(pairs) - 1
	reordered := append([]string{pairs[last]}, pairs[:last]...)
	tests := []struct {
		name    string
		method  string
		url     string
		headers []string
		want    int
		code    string
	}{
		{"object", "PUT", replace("/o?", "/p?"), headers, 403, "SignatureDoesNotMatch"},
		{"object by a longer path", "PUT", replace("/o?", "/x/../o?"), headers, 403, "SignatureDoesNotMatch"},
		{"encoding of the path", "PUT", replace("/o?", "/%6f?"), headers, 403, "SignatureDoesNotMatch"},
		{"bucket", "PUT", replace("tn-aaaaaaaaaa/", "tn-bbbbbbbbbb/"), headers, 403, "SignatureDoesNotMatch"},
		{"method", "DELETE", good, headers, 403, "SignatureDoesNotMatch"},
		{"method to read", "GET", good, headers, 403, "SignatureDoesNotMatch"},
		{"content type", "PUT", good, append([]string{"Content-Type:text/html"}, uploadHeaders...), 403, "SignatureDoesNotMatch"},
		{"no content type", "PUT", good, uploadHeaders, 400, "MalformedSecurityHeader"},
		{"size range", "PUT", good, []string{headers[0], "x-goog-content-length-range:1,999", headers[2], headers[3]}, 403, "SignatureDoesNotMatch"},
		{"no size range", "PUT", good, []string{headers[0], headers[2], headers[3]}, 400, "MalformedSecurityHeader"},
		{"condition", "PUT", good, []string{headers[0], headers[1], "x-goog-if-generation-match:7", headers[3]}, 403, "SignatureDoesNotMatch"},
		{"second value of a header", "PUT", good, append(headers, "x-goog-meta-album:winter"), 403, "SignatureDoesNotMatch"},
		{"unsigned header", "PUT", good, append(headers, "x-goog-meta-owner:me"), 400, "MalformedSecurityHeader"},
		{"unsigned hash", "PUT", good, append(headers, "x-goog-hash:crc32c=AAAAAA=="), 400, "MalformedSecurityHeader"},
		{"order of the query", "PUT", path + "?" + strings.Join(reordered, "&"), headers, 400, "AuthorizationQueryParametersError"},
		{"case of a parameter", "PUT", replace("X-Goog-Expires", "X-Goog-expires"), headers, 400, ""},
		{"case of an escape", "PUT", replace("%2F", "%2f"), headers, 400, "AuthorizationQueryParametersError"},
		{"extra parameter", "PUT", replace("X-Goog-SignedHeaders", "X-Goog-SignedHeaders=host&X-Goog-SignedHeaders"), headers, 400, ""},
		{"extra known parameter", "PUT", good + "&userProject=x", headers, 403, "SignatureDoesNotMatch"},
		{"extra unknown parameter", "PUT", good + "&zzz=x", headers, 400, "NotImplemented"},
		{"life", "PUT", replace("X-Goog-Expires=", "X-Goog-Expires=1"), headers, 403, "SignatureDoesNotMatch"},
		{"life of 0", "PUT", replace("X-Goog-Expires=", "X-Goog-Expires=0"), headers, 400, "AuthorizationQueryParametersError"},
		{"life over a week", "PUT", replace("X-Goog-Expires=", "X-Goog-Expires=9999"), headers, 400, "AuthorizationQueryParametersError"},
		{"signed headers", "PUT", replace("%3Bx-goog-content-length-range", ""), headers, 400, "MalformedSecurityHeader"},
		{"account", "PUT", replace("tn-aaaaaaaaaa%40", "tn-bbbbbbbbbb%40"), headers, 403, "SignatureDoesNotMatch"},
		{"no account", "PUT", replace("tn-aaaaaaaaaa%40", "nobody%40"), headers, 403, "SignatureDoesNotMatch"},
		{"scope", "PUT", replace("%2Fauto%2F", "%2Fus%2F"), headers, 403, "SignatureDoesNotMatch"},
		{"service", "PUT", replace("%2Fstorage%2F", "%2Fcompute%2F"), headers, 400, "AuthorizationQueryParametersError"},
		{"algorithm", "PUT", replace("GOOG4-RSA-SHA256", "GOOG4-HMAC-SHA256"), headers, 400, "AuthorizationQueryParametersError"},
		{"signature", "PUT", replace("X-Goog-Signature=", "X-Goog-Signature=00"), headers, 403, "SignatureDoesNotMatch"},
		{"no signature", "PUT", replace("X-Goog-Signature", "X-Goog-signature"), headers, 400, ""},
		{"credential beside it", "PUT", good, append(headers, "Authorization:Bearer x"), 400, "InvalidArgument"},
		{"old form", "PUT", path + "?GoogleAccessId=a&Expires=1&Signature=b", headers, 400, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			res := do(t, test.method, test.url, []byte("pixels"), test.headers...)
			if got := body(res); res.StatusCode != test.want || !strings.Contains(got, "<Code>"+test.code) {
				t.Errorf("got %s %s", res.Status, got)
			}
		})
	}
	if _, err := bucket.Object("o").Attrs(t.Context()); !errors.Is(err, gcs.ErrObjectNotExist) {
		t.Errorf("something was uploaded: %v", err)
	}
	if res := do(t, "PUT", good, []byte("pixels"), headers...); res.StatusCode != 200 {
		t.Errorf("the URL itself: %s %s", res.Status, body(res))
	}
	// The signature of one who has no right is good, and of no use.
	foreign := sign(t, c, c.client(stranger).Bucket(project+"-tn-aaaaaaaaaa"), "o", gcs.SignedURLOptions{Method: "GET"})
	if res := do(t, "GET", foreign, nil); res.StatusCode != 403 || !strings.Contains(body(res), "AccessDenied") {
		t.Errorf("a URL signed by %s: %s", strangerEmail, res.Status)
	}
}

func TestASignedURLEnds(t *testing.T) {
	c := newCloud(t)
	email, _, bucket := c.tenant("tn-aaaaaaaaaa")
	write(t, bucket.Object("o"), []byte("content"))
	url := sign(t, c, bucket, "o", gcs.SignedURLOptions{Method: "GET"})
	expect := func(when string, status int, code string) {
		t.Helper()
		res := do(t, "GET", url, nil)
		if got := body(res); res.StatusCode != status || !strings.Contains(got, code) {
			t.Errorf("%s: %s %s", when, res.Status, got)
		}
	}
	expect("fresh", 200, "content")
	c.clock.advance(-20 * time.Minute)
	expect("before its time", 403, "RequestTimeTooSkewed")
	c.clock.advance(22 * time.Minute)
	expect("after a minute", 400, "ExpiredToken")
	c.clock.advance(-2 * time.Minute)

	name := "projects/" + project + "/serviceAccounts/" + email
	keys, err := c.admin.ListServiceAccountKeys(t.Context(), &adminpb.ListServiceAccountKeysRequest{Name: name})
	must(t, err)
	c.key(email) // the account keeps a live key, which is not the one that signed
	for _, k := range keys.Keys {
		must(t, c.admin.DeleteServiceAccountKey(t.Context(), &adminpb.DeleteServiceAccountKeyRequest{Name: k.Name}))
	}
	expect("after its key was deleted", 403, "SignatureDoesNotMatch")
}

func TestASignedSizeRangeHolds(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	headers := []string{"x-goog-content-length-range:3,5"}
	url := sign(t, c, bucket, "o", gcs.SignedURLOptions{Method: "PUT", Headers: headers})
	for size, want := range map[int]string{2: "EntityTooSmall", 3: "", 5: "", 6: "EntityTooLarge", 1 << 20: "EntityTooLarge"} {
		res := do(t, "PUT", url, make([]byte, size), headers...)
		if got := body(res); (res.StatusCode == 200) != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%d bytes: %s %s", size, res.Status, got)
		}
	}
	// A length that is not announced is counted.
	req, err := http.NewRequest("PUT", url, io.MultiReader(strings.NewReader("123456")))
	must(t, err)
	req.Header.Set("x-goog-content-length-range", "3,5")
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode != 400 {
		t.Errorf("6 bytes without a length: %s", res.Status)
	}
}

func TestPromisedSumsAreChecked(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	for header, want := range map[string]int{
		"x-goog-hash:crc32c=yZRlqg==":                                                            200, // of "hello world"
		"x-goog-hash:crc32c=AAAAAA==":                                                            400,
		"x-goog-hash:md5=XrY7u+Ae7tCTyyK7j1rNww==":                                               200,
		"x-goog-hash:md5=AAAAAAAAAAAAAAAAAAAAAA==":                                               400,
		"x-goog-hash:sha1=AAAA":                                                                  400,
		"x-goog-content-sha256:UNSIGNED-PAYLOAD":                                                 200,
		"x-goog-content-sha256:" + strings.Repeat("0", 64):                                       400,
		"x-goog-content-sha256:b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9": 200,
	} {
		url := sign(t, c, bucket, "o", gcs.SignedURLOptions{Method: "PUT", Headers: []string{header}})
		if res := do(t, "PUT", url, []byte("hello world"), header); res.StatusCode != want {
			t.Errorf("%s: %s %s", header, res.Status, body(res))
		}
	}
	url := sign(t, c, bucket, "o", gcs.SignedURLOptions{Method: "PUT", MD5: "XrY7u+Ae7tCTyyK7j1rNww=="})
	if res := do(t, "PUT", url, []byte("hello worlb"), "Content-MD5:XrY7u+Ae7tCTyyK7j1rNww=="); res.StatusCode != 400 {
		t.Errorf("Content-MD5 of another content: %s", res.Status)
	}
}
