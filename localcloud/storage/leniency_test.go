package storage_test

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"
)

// What a JSON call does not know it ignores; what Google knows and this service does not do is
// refused.
func TestUnknownParameters(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("params", nil)
	write(t, b.Object("o"), []byte("content"))
	for target, want := range map[string]int{
		"/storage/v1/b/params/o/o?unknown=1":                                       200,
		"/storage/v1/b/params/o/o?unknown=1&unknown=2":                             200,
		"/storage/v1/b/params?ifGenerationMatch=99":                                200,
		"/storage/v1/b/params/o?autoPaginate=true":                                 200,
		"/storage/v1/b/params/o/o?$.xgafv=2":                                       200,
		"/storage/v1/b/params/o?softDeleted=false":                                 200,
		"/storage/v1/b/params/o?softDeleted=true":                                  400,
		"/storage/v1/b/params/o?matchGlob=*":                                       400,
		"/storage/v1/b/params/o?callback=f":                                        400,
		"/storage/v1/b/params/o/o?ifGenerationMatch=1&ifGenerationMatch=2":         400,
		"/params/o?unknown=1":                                                      400,
		"/storage/v1/b/params/o/o?generation=1":                                    404,
		"/storage/v1/b/params/o?prefix=a&prefix=b":                                 400,
		"/storage/v1/b?project=demo&unknown=1":                                     200,
		"/storage/v1/b/params/iam/testPermissions?permissions=a&permissions=b&x=1": 200,
	} {
		if res := do(t, "GET", c.server.URL+target, nil, c.bearer(c.owner)); res.StatusCode != want {
			t.Errorf("%s: %s %s", target, res.Status, body(res))
		}
	}
}

// Numbers may be strings, and strings numbers.
func TestNumbersAreReadInEitherForm(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("numbers", nil)
	generation := strconv.FormatInt(write(t, b.Object("o"), []byte("content")).Generation, 10)
	for name, test := range map[string]struct {
		method, path, content string
		want                  int
	}{
		"a string":              {"PATCH", "/numbers", `{"softDeletePolicy":{"retentionDurationSeconds":"0"}}`, 200},
		"a number":              {"PATCH", "/numbers", `{"softDeletePolicy":{"retentionDurationSeconds":0}}`, 200},
		"a small string":        {"PATCH", "/numbers", `{"cors":[{"maxAgeSeconds":"60"}]}`, 200},
		"a small number":        {"PATCH", "/numbers", `{"cors":[{"maxAgeSeconds":60}]}`, 200},
		"a fraction":            {"PATCH", "/numbers", `{"cors":[{"maxAgeSeconds":60.5}]}`, 400},
		"no number":             {"PATCH", "/numbers", `{"cors":[{"maxAgeSeconds":"a minute"}]}`, 400},
		"true":                  {"PATCH", "/numbers", `{"cors":[{"maxAgeSeconds":true}]}`, 400},
		"too large":             {"PATCH", "/numbers", `{"cors":[{"maxAgeSeconds":9223372036854775808}]}`, 400},
		"a generation":          {"POST", "/numbers/o/p/compose", `{"sourceObjects":[{"name":"o","generation":GENERATION}]}`, 200},
		"a generation's string": {"POST", "/numbers/o/p/compose", `{"sourceObjects":[{"name":"o","generation":"GENERATION"}]}`, 200},
		"a condition":           {"POST", "/numbers/o/p/compose", `{"sourceObjects":[{"name":"o","objectPreconditions":{"ifGenerationMatch":GENERATION}}]}`, 200},
		"another generation":    {"POST", "/numbers/o/p/compose", `{"sourceObjects":[{"name":"o","objectPreconditions":{"ifGenerationMatch":1}}]}`, 412},
		"a version":             {"PUT", "/numbers/iam", `{"version":"3"}`, 200},
		"a version too large":   {"PUT", "/numbers/iam", `{"version":4294967299}`, 400},
	} {
		t.Run(name, func(t *testing.T) {
			content := strings.ReplaceAll(test.content, "GENERATION", generation)
			res := do(t, test.method, c.server.URL+"/storage/v1/b"+test.path, []byte(content), c.bearer(c.owner))
			if res.StatusCode != test.want {
				t.Errorf("got %s %s", res.Status, body(res))
			}
		})
	}
}

// Clients that do not know how much they will send say so, each in one request or the last of
// several.
func TestUploadsOfUnknownLength(t *testing.T) {
	c := newCloud(t)
	_, key, bucket := c.tenant("tn-aaaaaaaaaa")
	begin := func(t *testing.T) string {
		res := do(t, "POST", c.server.URL+"/upload/storage/v1/b/"+project+"-tn-aaaaaaaaaa/o?uploadType=resumable&name=o", nil, c.bearer(key))
		return res.Header.Get("Location")
	}
	content := random(300 << 10)
	type part struct {
		content []byte
		header  string
		want    int
	}
	for name, parts := range map[string][]part{
		"all at once":                {{content, "bytes 0-*/*", 200}},
		"all at once, of a length":   {{content, "bytes 0-*/307200", 200}},
		"the rest":                   {{content[:256<<10], "bytes 0-262143/*", 308}, {content[256<<10:], "bytes 262144-*/*", 200}},
		"the rest, of a length":      {{content[:256<<10], "bytes 0-262143/307200", 308}, {content[256<<10:], "bytes 262144-*/307200", 200}},
		"some of it again":           {{content[:256<<10], "bytes 0-262143/*", 308}, {content[200<<10:], "bytes 204800-*/*", 200}},
		"less than announced, first": {{content[:256<<10], "bytes 0-*/307200", 308}, {content[256<<10:], "bytes 262144-*/307200", 200}},
		"less than is there already": {{content[:256<<10], "bytes 0-262143/*", 308}, {content[:9], "bytes 0-*/*", 400}},
		"more than announced":        {{content, "bytes 0-*/307199", 400}},
		"a part too short":           {{content[:9], "bytes 0-*/307200", 400}},
		"a gap":                      {{content, "bytes 1-*/*", 400}},
		"beyond the total":           {{content, "bytes 5-*/3", 400}},
		"the end of nothing":         {{content, "bytes *-*/*", 400}},
	} {
		t.Run(name, func(t *testing.T) {
			bucket.Object("o").Delete(t.Context())
			location := begin(t)
			last := 0
			for _, p := range parts {
				res := do(t, "PUT", location, p.content, "Content-Range:"+p.header)
				if last = res.StatusCode; last != p.want {
					t.Fatalf("%s: %s %s", p.header, res.Status, body(res))
				}
			}
			if last != 200 {
				if _, err := bucket.Object("o").Attrs(t.Context()); code(err) != 404 {
					t.Errorf("an object is there: %v", err)
				}
				return
			}
			if got := read(t, bucket.Object("o")); !bytes.Equal(got, content) {
				t.Errorf("%d bytes were read that differ from those written", len(got))
			}
		})
	}
	t.Run("a body without a length", func(t *testing.T) {
		req, err := http.NewRequest("PUT", begin(t), io.MultiReader(bytes.NewReader(content)))
		must(t, err)
		req.Header.Set("Content-Range", "bytes 0-*/*")
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		res.Body.Close()
		if got := read(t, bucket.Object("o")); res.StatusCode != 200 || !bytes.Equal(got, content) {
			t.Errorf("%s, and %d bytes", res.Status, len(got))
		}
	})
}

func TestAMissingContentType(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("types", nil)
	upload := c.server.URL + "/upload/storage/v1/b/types/o?name=o&uploadType="
	for name, try := range map[string]func() *http.Response{
		"media": func() *http.Response { return do(t, "POST", upload+"media", []byte("x"), c.bearer(c.owner)) },
		"multipart": func() *http.Response {
			return do(t, "POST", upload+"multipart", []byte("--x\r\n\r\n{}\r\n--x\r\n\r\nx\r\n--x--"), c.bearer(c.owner), "Content-Type:multipart/related; boundary=x")
		},
		"resumable": func() *http.Response {
			return do(t, "PUT", do(t, "POST", upload+"resumable", nil, c.bearer(c.owner)).Header.Get("Location"), []byte("x"))
		},
		"xml": func() *http.Response { return do(t, "PUT", c.server.URL+"/types/o", []byte("x"), c.bearer(c.owner)) },
		"compose": func() *http.Response {
			return do(t, "POST", c.server.URL+"/storage/v1/b/types/o/o/compose", []byte(`{"sourceObjects":[{"name":"o"}]}`), c.bearer(c.owner))
		},
	} {
		if name == "compose" {
			write(t, b.Object("o"), nil)
		}
		if res := try(); res.StatusCode != 200 {
			t.Fatalf("%s: %s %s", name, res.Status, body(res))
		}
		attrs, err := b.Object("o").Attrs(t.Context())
		must(t, err)
		want := "application/octet-stream"
		if name == "multipart" {
			want = "" // as Google's own tests have it; what is sent has a type
		}
		if attrs.ContentType != want {
			t.Errorf("%s: %q", name, attrs.ContentType)
		}
		sent := do(t, "GET", c.server.URL+"/types/o", nil, c.bearer(c.owner))
		if got := sent.Header.Get("Content-Type"); got != "application/octet-stream" {
			t.Errorf("%s: sent as %q", name, got)
		}
	}
}

func TestACustomTimeNeitherGoesBackNorAway(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("times", nil)
	write(t, b.Object("o"), nil)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	set := func(at time.Time) error {
		_, err := b.Object("o").Update(t.Context(), gcs.ObjectAttrsToUpdate{CustomTime: at})
		return err
	}
	must(t, set(at))
	must(t, set(at))
	must(t, set(at.Add(time.Hour)))
	if err := set(at); code(err) != 400 {
		t.Errorf("back: %v", err)
	}
	for name, try := range map[string][2]string{
		"taken away":             {"PATCH", `{"customTime":null}`},
		"left out of everything": {"PUT", `{"contentType":"text/plain"}`},
	} {
		if res := do(t, try[0], c.server.URL+"/storage/v1/b/times/o/o", []byte(try[1]), c.bearer(c.owner)); res.StatusCode != 400 {
			t.Errorf("%s: %s", name, res.Status)
		}
	}
	attrs, err := b.Object("o").Attrs(t.Context())
	must(t, err)
	if !attrs.CustomTime.Equal(at.Add(time.Hour)) {
		t.Errorf("the custom time is %v", attrs.CustomTime)
	}
}

// A patch that says nothing is none: no metageneration more, and no event.
func TestAnEmptyPatchChangesNothing(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("patched", nil)
	write(t, b.Object("o"), nil)
	for _, content := range []string{"", "{}", `{"kind":"x","name":"NAME","metageneration":"7"}`} {
		for name, path := range map[string]string{"patched": "", "o": "/o/o"} {
			res := do(t, "PATCH", c.server.URL+"/storage/v1/b/patched"+path, []byte(strings.ReplaceAll(content, "NAME", name)), c.bearer(c.owner))
			if got := body(res); res.StatusCode != 200 || !strings.Contains(got, `"metageneration":"1"`) {
				t.Errorf("%s of %q: %s %s", content, path, res.Status, got)
			}
		}
	}
	res := do(t, "PATCH", c.server.URL+"/storage/v1/b/patched/o/o?ifMetagenerationMatch=2", nil, c.bearer(c.owner))
	if res.StatusCode != 412 {
		t.Errorf("under a condition that does not hold: %s", res.Status)
	}
}

func TestAcceptedEncodings(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("encodings", nil)
	w := b.Object("o").NewWriter(t.Context())
	w.ContentEncoding = "gzip"
	w.Write(compressed("content"))
	must(t, w.Close())
	for accepted, asStored := range map[string]bool{
		"gzip": true, "GZIP": true, "x-gzip": true, "deflate, gzip;q=0.5": true, "gzip; q=1.0": true, "*": true, "br, *;q=0.1": true,
		"identity": false, "gzip;q=0": false, "gzip; q=0.000": false, "gzip ;Q=0": false, "*;q=0": false, "*, gzip;q=0": false,
		"deflate": false, "gzipped": false, "gzip;q=x": false,
	} {
		res := do(t, "GET", c.server.URL+"/encodings/o", nil, c.bearer(c.owner), "Accept-Encoding:"+accepted)
		if got := body(res) != "content"; got != asStored || asStored != (res.Header.Get("Content-Encoding") == "gzip") {
			t.Errorf("%s: sent as stored %t, not %t", accepted, got, asStored)
		}
	}
}
