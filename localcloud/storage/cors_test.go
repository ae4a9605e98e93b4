package storage_test

import (
	"net/http"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"
	"github.com/google/go-cmp/cmp"
)

const app = "http://127.0.0.1:8080"

func corsHeaders(h http.Header) map[string]string {
	got := map[string]string{}
	for _, name := range []string{"Origin", "Methods", "Headers", "Credentials"} {
		if v := h.Get("Access-Control-Allow-" + name); v != "" {
			got[name] = v
		}
	}
	for _, name := range []string{"Max-Age", "Expose-Headers"} {
		if v := h.Get("Access-Control-" + name); v != "" {
			got[name] = v
		}
	}
	return got
}

func TestCORS(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	name := project + "-tn-aaaaaaaaaa"
	_, err := c.client(c.owner).Bucket(name).Update(t.Context(), gcs.BucketAttrsToUpdate{CORS: []gcs.CORS{
		{MaxAge: time.Hour, Methods: []string{"PUT", "GET"}, Origins: []string{app}, ResponseHeaders: []string{"Content-Type", "x-goog-if-generation-match"}},
		{Methods: []string{"HEAD"}, Origins: []string{"*"}},
	}})
	must(t, err)
	allowed := map[string]string{"Origin": app, "Methods": "PUT,GET", "Headers": "Content-Type,x-goog-if-generation-match", "Max-Age": "3600"}
	none := map[string]string{}
	for _, test := range []struct {
		name                            string
		path, origin, method, requested string
		want                            map[string]string
	}{
		{"as configured", "/" + name + "/o", app, "PUT", "content-type, x-goog-if-generation-match", allowed},
		{"without headers", "/" + name + "/a/b", app, "GET", "", allowed},
		{"another origin", "/" + name + "/o", "http://127.0.0.1:8081", "PUT", "", none},
		{"origin that begins alike", "/" + name + "/o", app + "0", "PUT", "", none},
		{"null origin", "/" + name + "/o", "null", "PUT", "", none},
		{"another method", "/" + name + "/o", app, "DELETE", "", none},
		{"another header", "/" + name + "/o", app, "PUT", "content-type,authorization", none},
		{"any origin", "/" + name + "/o", "https://elsewhere", "HEAD", "", map[string]string{"Origin": "*", "Methods": "HEAD", "Max-Age": "0"}},
		{"bucket without rules", "/nobody-has-this/o", app, "PUT", "", none},
		{"no object", "/" + name, app, "PUT", "", none},
	} {
		t.Run(test.name, func(t *testing.T) {
			res := do(t, "OPTIONS", c.server.URL+test.path, nil, "Origin:"+test.origin, "Access-Control-Request-Method:"+test.method, "Access-Control-Request-Headers:"+test.requested)
			if diff := cmp.Diff(test.want, corsHeaders(res.Header)); diff != "" || res.StatusCode != 200 {
				t.Error(res.Status, diff)
			}
		})
	}
	if res := do(t, "OPTIONS", c.server.URL+"/storage/v1/b/"+name+"/o", nil, "Origin:"+app, "Access-Control-Request-Method:PUT"); res.StatusCode != 400 || len(corsHeaders(res.Header)) != 0 {
		t.Errorf("the JSON API: %s %v", res.Status, res.Header)
	}

	put := sign(t, c, bucket, "o", gcs.SignedURLOptions{Method: "PUT", Headers: []string{"x-goog-if-generation-match:0"}})
	actual := map[string]string{"Origin": app, "Expose-Headers": "Content-Type, x-goog-if-generation-match"}
	for _, status := range []int{200, 412} { // a page may see why it was refused
		res := do(t, "PUT", put, []byte("x"), "Origin:"+app, "x-goog-if-generation-match:0")
		if diff := cmp.Diff(actual, corsHeaders(res.Header)); diff != "" || res.StatusCode != status || res.Header.Get("Vary") != "Origin" {
			t.Error(res.Status, diff)
		}
	}
	if res := do(t, "PUT", put, []byte("x"), "Origin:https://elsewhere", "x-goog-if-generation-match:0"); len(corsHeaders(res.Header)) != 0 {
		t.Errorf("a page of another origin sees %v", corsHeaders(res.Header))
	}
}
