package guard_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkhead-saas/bulkhead/guard"
)

func storageRequest(t interface{ Fatal(...any) }, method, address string) *http.Request {
	if !strings.Contains(address, "://") {
		address = storageOrigin.String() + address
	}
	r, err := http.NewRequest(method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const (
	objects = "/storage/v1/b/p-tn-own0000000/o"
	upload  = "/upload" + objects
	victim  = "/storage/v1/b/p-tn-victim0000/o"
)

func TestStorage(t *testing.T) {
	for _, r := range []struct{ method, path string }{
		{"GET", objects + "?prefix=a&alt=json"},
		{"POST", upload + "?uploadType=multipart&name=a%2Fb"},
		{"PUT", upload + "?uploadType=resumable&upload_id=x"},
		{"GET", objects + "/a%2Fb?alt=media"},
		{"HEAD", objects + "/a"},
		{"PATCH", objects + "/a"},
		{"PUT", objects + "/a"},
		{"DELETE", objects + "/a?generation=1"},
		{"POST", objects + "/a/compose"},
		{"POST", objects + "/a/rewriteTo/b/p-tn-own0000000/o/b%2Fc"},
		{"POST", objects + "/a/copyTo/b/p-tn-own0000000/o/b"},
		{"GET", objects + "/%C3%BCber%20alles.pdf"},
	} {
		if err := cloudStorage(silo, storageRequest(t, r.method, r.path)); err != nil {
			t.Errorf("%s %s: %v", r.method, r.path, err)
		}
	}
	for _, path := range []string{
		victim, victim + "/a", "/upload" + victim,
		objects + "/a/rewriteTo/b/p-tn-victim0000/o/a",
		objects + "/a/copyTo/b/p-tn-victim0000/o/a",
		victim + "/a/rewriteTo/b/p-tn-own0000000/o/a",
		"/storage/v1/b/p-tn-own0000000x/o/a",
		"/storage/v1/b/p-tn-own0000000%2F..%2Fp-tn-victim0000/o/a",
		"/storage/v1/b/p-tn-own000000%30/o/a",
		"/storage/v1/b/p-tn-own0000000/o/../../p-tn-victim0000/o/a",
		objects + "/..%2F..%2Fp-tn-victim0000%2Fo%2Fa",
		objects + "/%2E%2E/o",
		objects + "//a", objects + "/", objects + "/a/", objects + "/a/b",
		objects + "/a%00b", objects + "/a%0d%0ab", objects + "/%ff",
		objects + "/a/acl", objects + "/a/iam", objects + "/a/moveTo/o/b",
		objects + "/a/rewriteTo/b/p-tn-own0000000/o/a/b",
		objects + "/a/rewriteTo/b/p-tn-own0000000/o",
		"/storage/v1/b", "/storage/v1/b/p-tn-own0000000", "/storage/v1/b/p-tn-own0000000/iam",
		"/storage/v1/b/p-tn-own0000000/acl", "/storage/v1/b/p-tn-own0000000/notificationConfigs",
		"/storage/v1/b/p-tn-own0000000/objects", "/storage/v1/projects/p/hmacKeys", "/batch/storage/v1",
		"/p-tn-victim0000/a", "/p-tn-own0000000/a", "/", "",
		"/storage/v1//b/p-tn-own0000000/o/a", "//storage/v1/b/p-tn-own0000000/o/a", "/STORAGE/v1/b/p-tn-own0000000/o/a",
		"https://evil.example" + objects + "/a", "http://storage.googleapis.com" + objects + "/a",
		"https://storage.googleapis.com:8443" + objects + "/a", "https://u:p@storage.googleapis.com" + objects + "/a",
		"https://p-tn-victim0000.storage.googleapis.com/a",
	} {
		err := cloudStorage(silo, storageRequest(t, "GET", path))
		wantForeign(t, path, err)
	}
}

func TestStorageHeaders(t *testing.T) {
	for _, header := range []string{"Authorization", "X-Goog-User-Project", "X-HTTP-Method-Override"} {
		r := storageRequest(t, "GET", objects+"/a")
		r.Header.Set(header, "x")
		if err := cloudStorage(silo, r); !errors.Is(err, guard.ErrRefused) {
			t.Errorf("%s: got %v, want ErrDenied", header, err)
		}
	}
	r := storageRequest(t, "GET", objects+"/a?userProject=q")
	if err := cloudStorage(silo, r); !errors.Is(err, guard.ErrRefused) {
		t.Errorf("userProject: got %v, want ErrDenied", err)
	}
	r = storageRequest(t, "GET", objects+"/a")
	r.Host = "p-tn-victim0000.storage.googleapis.com"
	wantForeign(t, "Host header", cloudStorage(silo, r))
	r = storageRequest(t, "GET", "https://evil.example"+objects+"/a")
	r.Host = "" // then the URL's host is sent
	wantForeign(t, "another host without a Host header", cloudStorage(silo, r))
	r.Host = storageOrigin.Host
	wantForeign(t, "another host with our Host header", cloudStorage(silo, r))
	r = storageRequest(t, "GET", objects+"/a")
	r.URL.Opaque = "//storage.googleapis.com" + victim
	wantForeign(t, "opaque URL", cloudStorage(silo, r))
	r = storageRequest(t, "GET", objects+"/a")
	r.URL.RawPath = victim + "/a" // what URL.Path says otherwise does not count, but then neither is it sent
	if err := cloudStorage(silo, r); err != nil {
		t.Errorf("a raw path that is not the path's is not used: %v", err)
	}
}

func TestStorageReadOnly(t *testing.T) {
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "get", "OPTIONS", ""} {
		r := storageRequest(t, "GET", objects+"/a")
		r.Method = method
		if err := cloudStorage(viewer, r); !errors.Is(err, guard.ErrNotPermitted) {
			t.Errorf("%q: got %v, want ErrReadOnly", method, err)
		}
	}
	for _, method := range []string{"GET", "HEAD"} {
		if err := cloudStorage(viewer, storageRequest(t, method, objects+"/a")); err != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
	wantForeign(t, "sign-in grant", cloudStorage(signIn, storageRequest(t, "GET", objects+"/a")))
}

// Whatever the path, the guard lets nothing pass whose decoded segments name another bucket after a "b".
func TestStoragePaths(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"storage", "v1", "upload", "b", "o", "p-tn-own0000000", "p-tn-victim0000", "a", "a%2Fb", "..", "%2e%2e", ".", "",
		"rewriteTo", "copyTo", "compose", "acl", "%2F", "%5C", "?x=", "#", "p-tn-own0000000%2F",
	})
	rapid.Check(t, func(t *rapid.T) {
		path := "/" + strings.Join(rapid.SliceOfN(piece, 0, 10).Draw(t, "pieces"), "/")
		if rapid.Bool().Draw(t, "begin well") {
			path = objects + path
		}
		u, err := url.Parse(storageOrigin.String() + path)
		if err != nil {
			return
		}
		r := &http.Request{Method: "GET", URL: u, Header: http.Header{}}
		if cloudStorage(silo, r) != nil {
			return
		}
		segments := strings.Split(u.EscapedPath(), "/")
		for i, s := range segments {
			// An object may be called "b"; then what follows is a verb.
			if s == "b" && segments[i-1] != "o" && segments[i+1] != "p-tn-own0000000" {
				t.Fatalf("%s passed", path)
			}
			if d, err := url.PathUnescape(s); err != nil || d == ".." || d == "." || strings.Contains("/"+d+"/", "/../") {
				t.Fatalf("%s passed", path)
			}
		}
	})
}

// Names that pass are names that Cloud Storage's own client sends as one object of the bucket.
func TestObjectName(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "uploads/u1/original": true, "ü b.pdf": true, "...": true, "a..b": true, ".a": true,
		"": false, ".": false, "..": false, "a/..": false, "a/./b": false, "/a": false, "a/": false, "a//b": false,
		"a\tb": false, "a\u0085b": false, "a\x7fb": false,
	} {
		if got := guard.ObjectName(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}
