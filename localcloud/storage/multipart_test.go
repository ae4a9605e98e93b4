package storage_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	gcs "cloud.google.com/go/storage"
)

// multipart is an upload in parts, as the account of the key.
type multipart struct {
	t         *testing.T
	url, auth string
	id        string
}

func (c *cloud) multipart(t *testing.T, key []byte, object string, headers ...string) *multipart {
	t.Helper()
	m := &multipart{t: t, url: c.server.URL + "/" + object, auth: c.bearer(key)}
	res := m.do("POST", "uploads", nil, headers...)
	var answer struct{ Bucket, Key, UploadId string }
	if err := xml.Unmarshal([]byte(body(res)), &answer); err != nil || res.StatusCode != 200 || answer.UploadId == "" || answer.Bucket+"/"+answer.Key != object {
		t.Fatalf("initiating: %s %+v %v", res.Status, answer, err)
	}
	m.id = answer.UploadId
	return m
}

func (m *multipart) do(method, query string, content []byte, headers ...string) *http.Response {
	m.t.Helper()
	if m.id != "" {
		query += "&uploadId=" + m.id
	}
	return do(m.t, method, m.url+"?"+strings.TrimPrefix(query, "&"), content, append(headers, m.auth)...)
}

// put uploads a part and returns its ETag.
func (m *multipart) put(number int, content []byte) string {
	m.t.Helper()
	res := m.do("PUT", fmt.Sprintf("partNumber=%d", number), content)
	if res.StatusCode != 200 || res.Header.Get("ETag") == "" {
		m.t.Fatalf("part %d: %s %s", number, res.Status, body(res))
	}
	return res.Header.Get("ETag")
}

// list is the body that completes an upload: numbers and ETags in turn.
func list(parts ...any) []byte {
	var b bytes.Buffer
	b.WriteString("<CompleteMultipartUpload>")
	for i := 0; i < len(parts); i += 2 {
		fmt.Fprintf(&b, "<Part><PartNumber>%v</PartNumber><ETag>%v</ETag></Part>", parts[i], parts[i+1])
	}
	b.WriteString("</CompleteMultipartUpload>")
	return b.Bytes()
}

const megabyte = 1 << 20

func TestPartsBecomeOneObject(t *testing.T) {
	c := newCloud(t)
	_, key, bucket := c.tenant("tn-aaaaaaaaaa")
	o := bucket.Object("folder/a b")
	m := c.multipart(t, key, project+"-tn-aaaaaaaaaa/folder/a b", "Content-Type:image/png", "x-goog-meta-album:summer")
	m.url = strings.ReplaceAll(m.url, " ", "%20")
	content := random(11 * megabyte)
	// In any order, at once, and one of them twice.
	etags := make([]string, 4)
	m.put(2, []byte("replaced"))
	var all sync.WaitGroup
	for i, part := range map[int][]byte{1: content[:5*megabyte], 2: content[5*megabyte : 10*megabyte], 3: content[10*megabyte:]} {
		all.Go(func() { etags[i] = m.put(i, part) })
	}
	all.Wait()
	m.put(9, []byte("not listed"))
	if _, err := o.Attrs(t.Context()); code(err) != 404 {
		t.Errorf("an object is there before it is complete: %v", err)
	}
	c.restart()
	m.url = c.server.URL + strings.TrimPrefix(m.url, m.url[:strings.Index(m.url, "/"+project)])
	res := m.do("POST", "", list(1, etags[1], 2, strings.Trim(etags[2], `"`), 3, etags[3]))
	if got := body(res); res.StatusCode != 200 || !strings.Contains(got, "<ETag>") || res.Header.Get("X-Goog-Generation") == "" {
		t.Fatalf("completing: %s %s", res.Status, got)
	}
	o = c.client(key).Bucket(o.BucketName()).Object(o.ObjectName())
	if got := read(t, o); !bytes.Equal(got, content) {
		t.Errorf("%d bytes were read that differ from those written", len(got))
	}
	attrs, err := o.Attrs(t.Context())
	must(t, err)
	if attrs.ContentType != "image/png" || attrs.Metadata["album"] != "summer" || len(attrs.MD5) != 0 {
		t.Errorf("the object is %+v", attrs)
	}
	if res := m.do("POST", "", list(1, etags[1])); res.StatusCode != 404 {
		t.Errorf("completing it again: %s", res.Status)
	}
	if got := len(c.contents()); got != 1 {
		t.Errorf("%d contents are left, not 1", got)
	}
}

func TestAnAbortedUploadLeavesNothing(t *testing.T) {
	c := newCloud(t)
	_, key, _ := c.tenant("tn-aaaaaaaaaa")
	m := c.multipart(t, key, project+"-tn-aaaaaaaaaa/o")
	m.put(1, []byte("content"))
	if res := m.do("DELETE", "", nil); res.StatusCode != 204 {
		t.Errorf("aborting: %s %s", res.Status, body(res))
	}
	for name, res := range map[string]*http.Response{
		"a part": m.do("PUT", "partNumber=1", nil), "the parts": m.do("GET", "", nil),
		"completing": m.do("POST", "", list(1, "x")), "aborting again": m.do("DELETE", "", nil),
	} {
		if got := body(res); res.StatusCode != 404 || !strings.Contains(got, "<Code>NoSuchUpload</Code>") {
			t.Errorf("%s: %s %s", name, res.Status, got)
		}
	}
	m = c.multipart(t, key, project+"-tn-aaaaaaaaaa/o")
	m.put(1, []byte("content"))
	must(t, c.client(c.owner).Bucket(project+"-tn-aaaaaaaaaa").Delete(t.Context()))
	if got := len(c.contents()); got != 0 {
		t.Errorf("%d contents are left", got)
	}
}

func TestACompletionIsRefused(t *testing.T) {
	c := newCloud(t)
	_, key, bucket := c.tenant("tn-aaaaaaaaaa")
	m := c.multipart(t, key, project+"-tn-aaaaaaaaaa/o")
	small, large, last := m.put(1, []byte("small")), m.put(2, random(5*megabyte)), m.put(3, []byte("last"))
	for name, test := range map[string]struct {
		list []byte
		code string
	}{
		"no list":             {nil, "MalformedXML"},
		"an empty list":       {list(), "MalformedXML"},
		"another list":        {[]byte("<Delete><Part/></Delete>"), "MalformedXML"},
		"no tag":              {list(2, ""), "MalformedXML"},
		"no number":           {list(0, large), "MalformedXML"},
		"a part too many":     {list(2, large, 4, last), "InvalidPart"},
		"another part's tag":  {list(2, last), "InvalidPart"},
		"backwards":           {list(3, last, 2, large), "InvalidPartOrder"},
		"twice":               {list(2, large, 2, large), "InvalidPartOrder"},
		"a small part before": {list(1, small, 2, large), "EntityTooSmall"},
	} {
		t.Run(name, func(t *testing.T) {
			res := m.do("POST", "", test.list)
			if got := body(res); res.StatusCode != 400 || !strings.Contains(got, "<Code>"+test.code+"</Code>") {
				t.Errorf("got %s %s", res.Status, got)
			}
		})
	}
	if _, err := bucket.Object("o").Attrs(t.Context()); code(err) != 404 {
		t.Errorf("an object is there: %v", err)
	}
	if res := m.do("POST", "", list(2, large, 3, last)); res.StatusCode != 200 {
		t.Errorf("at last: %s %s", res.Status, body(res))
	}
}

func TestAPartOfAMultipartUploadIsRefused(t *testing.T) {
	c := newCloud(t)
	_, key, _ := c.tenant("tn-aaaaaaaaaa")
	m := c.multipart(t, key, project+"-tn-aaaaaaaaaa/o")
	for name, test := range map[string]struct{ query, header string }{
		"no number":           {"", "X:y"},
		"number 0":            {"partNumber=0", "X:y"},
		"number 10001":        {"partNumber=10001", "X:y"},
		"no number at all":    {"partNumber=one", "X:y"},
		"a condition":         {"partNumber=1", "x-goog-if-generation-match:0"},
		"metadata":            {"partNumber=1", "x-goog-meta-a:b"},
		"a wrong sum":         {"partNumber=1", "x-goog-hash:crc32c=AAAAAA=="},
		"a wrong MD5":         {"partNumber=1", "Content-MD5:1B2M2Y8AsgTpgAmY7PhCfg=="},
		"too large":           {"partNumber=1", "x-goog-content-length-range:0,3"},
		"a resumable content": {"partNumber=1", "Content-Range:bytes 0-6/7"},
		"another parameter":   {"partNumber=1&acl=x", "X:y"},
	} {
		if res := m.do("PUT", test.query, []byte("content"), test.header); res.StatusCode != 400 {
			t.Errorf("%s: %s", name, res.Status)
		}
	}
	if got := body(m.do("GET", "", nil)); strings.Contains(got, "<Part>") {
		t.Errorf("the upload has %s", got)
	}
	if got := len(c.contents()); got != 0 {
		t.Errorf("%d contents are left", got)
	}
	for name, header := range map[string]string{
		"a condition": "x-goog-if-generation-match:0", "a limit": "x-goog-content-length-range:0,3", "a sum": "x-goog-hash:crc32c=AAAAAA==",
	} {
		if res := do(t, "POST", m.url+"?uploads", nil, m.auth, header); res.StatusCode != 400 {
			t.Errorf("beginning with %s: %s", name, res.Status)
		}
	}
}

func TestUploadsAndPartsAreListed(t *testing.T) {
	c := newCloud(t)
	_, key, _ := c.tenant("tn-aaaaaaaaaa")
	bucket := c.server.URL + "/" + project + "-tn-aaaaaaaaaa"
	first, second := c.multipart(t, key, project+"-tn-aaaaaaaaaa/b"), c.multipart(t, key, project+"-tn-aaaaaaaaaa/b")
	other := c.multipart(t, key, project+"-tn-aaaaaaaaaa/a")
	uploads := func(query string) (ids []string, more bool) {
		t.Helper()
		var answer struct {
			IsTruncated bool
			Upload      []struct{ Key, UploadId string }
		}
		res := do(t, "GET", bucket+"?uploads="+query, nil, c.bearer(key))
		must(t, xml.Unmarshal([]byte(body(res)), &answer))
		for _, u := range answer.Upload {
			ids = append(ids, u.UploadId)
		}
		return ids, answer.IsTruncated
	}
	for query, want := range map[string]struct {
		ids  []string
		more bool
	}{
		"":               {[]string{other.id, first.id, second.id}, false},
		"&prefix=b":      {[]string{first.id, second.id}, false},
		"&max-uploads=2": {[]string{other.id, first.id}, true},
		"&key-marker=b&upload-id-marker=" + first.id: {[]string{second.id}, false},
		"&key-marker=a": {[]string{first.id, second.id}, false},
		"&key-marker=b": {nil, false},
	} {
		if ids, more := uploads(query); strings.Join(ids, " ") != strings.Join(want.ids, " ") || more != want.more {
			t.Errorf("%q: %v, more %t", query, ids, more)
		}
	}
	for i := range 5 {
		first.put(i+1, []byte{byte(i)})
	}
	for query, want := range map[string]struct {
		numbers string
		next    int
	}{
		"": {"[1 2 3 4 5]", 0}, "max-parts=2": {"[1 2]", 2}, "max-parts=2&part-number-marker=2": {"[3 4]", 4},
		"part-number-marker=4": {"[5]", 0}, "part-number-marker=5": {"[]", 0},
	} {
		var answer struct {
			NextPartNumberMarker int
			Part                 []struct {
				PartNumber, Size int
				ETag             string
			}
		}
		must(t, xml.Unmarshal([]byte(body(first.do("GET", query, nil))), &answer))
		numbers := []int{}
		for _, p := range answer.Part {
			numbers = append(numbers, p.PartNumber)
			if p.Size != 1 || p.ETag == "" {
				t.Errorf("part %+v", p)
			}
		}
		if fmt.Sprint(numbers) != want.numbers || answer.NextPartNumberMarker != want.next {
			t.Errorf("%q: %v, next %d", query, numbers, answer.NextPartNumberMarker)
		}
	}
	for _, query := range []string{"max-parts=0", "max-parts=x", "part-number-marker=10001"} {
		if res := first.do("GET", query, nil); res.StatusCode != 400 {
			t.Errorf("%s: %s", query, res.Status)
		}
	}
}

// Each request of an upload takes its own permission, whoever began it; another's object or bucket
// is another upload.
func TestMultipartUploadsAreAuthorized(t *testing.T) {
	c := newCloud(t)
	_, key, bucket := c.tenant("tn-aaaaaaaaaa")
	_, stranger, _ := c.tenant("tn-bbbbbbbbbb")
	creator, creatorKey := c.account("creator")
	c.grant(c.client(c.owner).Bucket(bucket.BucketName()), creator, "roles/storage.objectCreator")
	viewer, viewerKey := c.account("viewer")
	c.grant(c.client(c.owner).Bucket(bucket.BucketName()), viewer, "roles/storage.objectViewer")
	write(t, bucket.Object("o"), []byte("first"))

	m := c.multipart(t, key, bucket.BucketName()+"/o")
	etag := m.put(1, []byte("second"))
	try := func(who []byte) map[string]int {
		as := *m
		as.auth = c.bearer(who)
		got := map[string]int{}
		got["initiate"] = do(t, "POST", m.url+"?uploads", nil, as.auth).StatusCode
		got["part"] = as.do("PUT", "partNumber=2", []byte("x")).StatusCode
		got["parts"] = as.do("GET", "", nil).StatusCode
		got["uploads"] = do(t, "GET", c.server.URL+"/"+bucket.BucketName()+"?uploads", nil, as.auth).StatusCode
		got["complete"] = as.do("POST", "", list(1, etag)).StatusCode
		return got
	}
	for name, test := range map[string]struct {
		key  []byte
		want map[string]int
	}{
		"a stranger": {stranger, map[string]int{"initiate": 403, "part": 403, "parts": 403, "uploads": 403, "complete": 403}},
		"a viewer":   {viewerKey, map[string]int{"initiate": 403, "part": 403, "parts": 403, "uploads": 403, "complete": 403}},
		// It may not replace what is there, nor see others' uploads.
		"a creator": {creatorKey, map[string]int{"initiate": 200, "part": 200, "parts": 200, "uploads": 403, "complete": 403}},
	} {
		if got := try(test.key); fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	as := *m
	as.auth = c.bearer(stranger)
	if res := as.do("DELETE", "", nil); res.StatusCode != 403 {
		t.Errorf("a stranger aborts: %s", res.Status)
	}
	as.auth, as.url = m.auth, m.url+"p"
	if res := as.do("PUT", "partNumber=1", []byte("x")); res.StatusCode != 404 {
		t.Errorf("of another object: %s", res.Status)
	}
	as.auth, as.url = c.bearer(stranger), strings.Replace(m.url, "tn-aaaaaaaaaa", "tn-bbbbbbbbbb", 1)
	if res := as.do("PUT", "partNumber=1", []byte("x")); res.StatusCode != 404 {
		t.Errorf("of another bucket: %s", res.Status)
	}
	if got := read(t, bucket.Object("o")); string(got) != "first" {
		t.Errorf("the object became %q", got)
	}
	if res := m.do("POST", "", list(1, etag)); res.StatusCode != 200 {
		t.Errorf("completing: %s %s", res.Status, body(res))
	}
}

// A browser needs no credential but URLs that somebody signed, one for each request.
func TestSignedMultipartUploads(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	signed := func(method string, query url.Values) string {
		return sign(t, c, bucket, "o", gcs.SignedURLOptions{Method: method, QueryParameters: query})
	}
	res := do(t, "POST", signed("POST", url.Values{"uploads": {""}}), nil)
	var answer struct{ UploadId string }
	must(t, xml.Unmarshal([]byte(body(res)), &answer))
	id := url.Values{"uploadId": {answer.UploadId}}
	part := url.Values{"uploadId": {answer.UploadId}, "partNumber": {"1"}}
	if res := do(t, "PUT", strings.Replace(signed("PUT", part), "partNumber=1", "partNumber=2", 1), []byte("x")); res.StatusCode != 403 {
		t.Errorf("another part than was signed: %s", res.Status)
	}
	res = do(t, "PUT", signed("PUT", part), []byte("content"))
	if res.StatusCode != 200 {
		t.Fatalf("the part: %s %s", res.Status, body(res))
	}
	if res := do(t, "POST", signed("POST", id), list(1, res.Header.Get("ETag"))); res.StatusCode != 200 {
		t.Fatalf("completing: %s %s", res.Status, body(res))
	}
	if got := read(t, bucket.Object("o")); string(got) != "content" {
		t.Errorf("read %q", got)
	}
}
