package storage_test

import (
	"net/http"
	"strings"
	"testing"
)

// Ranges are those of RFC 9110, and the errors are Cloud Storage's.
func TestRanges(t *testing.T) {
	c := newCloud(t)
	_, key, bucket := c.tenant("tn-aaaaaaaaaa")
	write(t, bucket.Object("ten"), []byte("0123456789"))
	write(t, bucket.Object("none"), nil)
	const unmet = http.StatusRequestedRangeNotSatisfiable
	for _, test := range []struct {
		object, header string
		status         int
		content, where string // the body and Content-Range wanted
	}{
		{"ten", "bytes=0-3", 206, "0123", "bytes 0-3/10"},
		{"ten", "bytes=3-3", 206, "3", "bytes 3-3/10"},
		{"ten", "bytes=7-", 206, "789", "bytes 7-9/10"},
		{"ten", "bytes=7-99", 206, "789", "bytes 7-9/10"},
		{"ten", "bytes=7-99999999999999999999", 206, "789", "bytes 7-9/10"},
		{"ten", "bytes=007-008", 206, "78", "bytes 7-8/10"},
		{"ten", "bytes=-3", 206, "789", "bytes 7-9/10"},
		{"ten", "bytes=-99", 206, "0123456789", "bytes 0-9/10"},
		{"ten", "Bytes=0-3", 206, "0123", "bytes 0-3/10"},
		{"ten", "BYTES=-3", 206, "789", "bytes 7-9/10"},
		{"ten", "bytes=,0-3 ,", 206, "0123", "bytes 0-3/10"},
		{"ten", "bytes=-0", unmet, "", "bytes */10"},
		{"ten", "bytes=10-", unmet, "", "bytes */10"},
		{"ten", "bytes=10-11", unmet, "", "bytes */10"},
		{"ten", "bytes=99999999999999999999-", unmet, "", "bytes */10"},
		{"ten", "bytes=5-2", 200, "0123456789", ""},
		{"ten", "bytes=0-1,4-5", 200, "0123456789", ""},
		{"ten", "bytes=", 200, "0123456789", ""},
		{"ten", "bytes=-", 200, "0123456789", ""},
		{"ten", "bytes=a-b", 200, "0123456789", ""},
		{"ten", "bytes=+1-2", 200, "0123456789", ""},
		{"ten", "bytes=1--2", 200, "0123456789", ""},
		{"ten", "bytes 1-2", 200, "0123456789", ""},
		{"ten", "lines=0-3", 200, "0123456789", ""},
		{"none", "bytes=0-", unmet, "", "bytes */0"},
		{"none", "bytes=-0", unmet, "", "bytes */0"},
		{"none", "bytes=-5", 200, "", ""},
	} {
		for api, form := range map[string]struct{ path, refusal string }{
			"xml":  {"/" + project + "-tn-aaaaaaaaaa/" + test.object, "<Code>InvalidRange</Code>"},
			"json": {"/storage/v1/b/" + project + "-tn-aaaaaaaaaa/o/" + test.object + "?alt=media", `"reason":"requestedRangeNotSatisfiable"`},
		} {
			t.Run(api+" "+test.object+" "+test.header, func(t *testing.T) {
				res := do(t, "GET", c.server.URL+form.path, nil, c.bearer(key), "Range:"+test.header)
				content := body(res)
				if res.StatusCode != test.status || res.Header.Get("Content-Range") != test.where {
					t.Fatalf("got %s, Content-Range %q", res.Status, res.Header.Get("Content-Range"))
				}
				if test.status == unmet {
					if !strings.Contains(content, form.refusal) || res.Header.Get("X-Goog-Hash") != "" {
						t.Errorf("refused with %v %s", res.Header, content)
					}
				} else if content != test.content {
					t.Errorf("got %q", content)
				}
			})
		}
	}
	if res := do(t, "HEAD", c.server.URL+"/"+project+"-tn-aaaaaaaaaa/ten", nil, c.bearer(key), "Range:bytes=0-3"); res.StatusCode != 200 || res.ContentLength != 10 {
		t.Errorf("HEAD with a range: %s, %d bytes", res.Status, res.ContentLength)
	}
}

// Conditions come before ranges.
func TestConditionsOfReaders(t *testing.T) {
	c := newCloud(t)
	_, key, bucket := c.tenant("tn-aaaaaaaaaa")
	write(t, bucket.Object("ten"), []byte("0123456789"))
	url := c.server.URL + "/" + project + "-tn-aaaaaaaaaa/ten"
	res := do(t, "GET", url, nil, c.bearer(key))
	tag, at := res.Header.Get("ETag"), res.Header.Get("Last-Modified")
	if tag == "" || at == "" {
		t.Fatalf("got %v", res.Header)
	}
	const past, future = "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 2094 08:49:37 GMT"
	for _, test := range []struct {
		name    string
		status  int
		headers []string
	}{
		{"the tag it has", 200, []string{"If-Match:" + tag}},
		{"one of several tags", 200, []string{`If-Match:"x", ` + tag}},
		{"any", 200, []string{"If-Match:*"}},
		{"another tag", 412, []string{`If-Match:"x"`}},
		{"its tag, weak", 412, []string{"If-Match:W/" + tag}},
		{"unmodified since its time", 200, []string{"If-Unmodified-Since:" + at}},
		{"modified since", 412, []string{"If-Unmodified-Since:" + past}},
		{"a tag takes the place of a time", 200, []string{"If-Match:" + tag, "If-Unmodified-Since:" + past}},
		{"what the reader has", 304, []string{"If-None-Match:" + tag}},
		{"anything the reader has", 304, []string{"If-None-Match:*"}},
		{"what the reader has not", 200, []string{`If-None-Match:"x"`}},
		{"not modified since its time", 304, []string{"If-Modified-Since:" + at}},
		{"modified since long ago", 200, []string{"If-Modified-Since:" + past}},
		{"no time", 200, []string{"If-Modified-Since:yesterday"}},
		{"a tag takes the place of a time of reading", 200, []string{`If-None-Match:"x"`, "If-Modified-Since:" + future}},
		{"a wrong tag before an unmet range", 412, []string{`If-Match:"x"`, "Range:bytes=-0"}},
		{"the tag of a range", 206, []string{"If-Range:" + tag, "Range:bytes=0-0"}},
		{"the time of a range", 206, []string{"If-Range:" + at, "Range:bytes=0-0"}},
		{"another tag of a range", 200, []string{`If-Range:"x"`, "Range:bytes=0-0"}},
		{"another tag of an unmet range", 200, []string{`If-Range:"x"`, "Range:bytes=-0"}},
		{"another time of a range", 200, []string{"If-Range:" + past, "Range:bytes=0-0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			res := do(t, "GET", url, nil, append(test.headers, c.bearer(key))...)
			content := body(res)
			if res.StatusCode != test.status {
				t.Fatalf("got %s", res.Status)
			}
			if test.status == 412 && !strings.Contains(content, "<Code>PreconditionFailed</Code>") {
				t.Errorf("refused with %s", content)
			}
			if test.status == 304 && (res.Header.Get("ETag") != tag || content != "") {
				t.Errorf("answered %v %q", res.Header, content)
			}
		})
	}
}
