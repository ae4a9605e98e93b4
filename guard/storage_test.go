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

// Headers and parameters are on a list, in one spelling and with one value each, or the request is
// refused.
func TestStorageHeaders(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []string
		want   error
	}{
		{"Range", []string{"bytes=0-1"}, nil},
		{"Content-Type", []string{"text/plain"}, nil},
		{"X-Goog-Api-Client", []string{"gl-go/1.26"}, nil},
		{"Authorization", []string{"Bearer of-somebody-else"}, guard.ErrRefused},
		{"authorization", []string{"Bearer of-somebody-else"}, guard.ErrRefused},
		{"X-Goog-User-Project", []string{"q"}, guard.ErrRefused},
		{"x-goog-user-project", []string{"q"}, guard.ErrRefused},
		{"X-HTTP-Method-Override", []string{"DELETE"}, guard.ErrRefused},
		{"X-Http-Method-Override", []string{"DELETE"}, guard.ErrRefused},
		{"X-Goog-Copy-Source", []string{"/p-tn-victim0000/a"}, guard.ErrRefused},
		{"X-Goog-Acl", []string{"public-read"}, guard.ErrRefused},
		{"X-Goog-Encryption-Key", []string{"k"}, guard.ErrRefused},
		{"X-Goog-Upload-Command", []string{"start"}, guard.ErrRefused},
		{"X-Goog-Iam-Authorization-Token", []string{"t"}, guard.ErrRefused},
		{"Cookie", []string{"a=b"}, guard.ErrRefused},
		{"Host", []string{"p-tn-victim0000.storage.googleapis.com"}, guard.ErrRefused},
		{"Content-Length", []string{"0"}, guard.ErrRefused},
		{"Transfer-Encoding", []string{"chunked"}, guard.ErrRefused},
		{"X-Unheard-Of", []string{"v"}, guard.ErrRefused},
		{"range", []string{"bytes=0-1"}, guard.ErrRefused},
		{"Range ", []string{"bytes=0-1"}, guard.ErrRefused},
		{"Content-Type", []string{"text/plain", "application/json"}, guard.ErrRefused},
		{"Content-Type", nil, guard.ErrRefused},
	} {
		r := storageRequest(t, "GET", objects+"/a")
		r.Header[c.name] = c.values
		if err := cloudStorage(silo, r); !is(err, c.want) {
			t.Errorf("%s: %q: got %v, want %v", c.name, c.values, err, c.want)
		}
	}
	trailer := storageRequest(t, "PUT", objects+"/a")
	trailer.Trailer = http.Header{"Authorization": nil}
	if err := cloudStorage(silo, trailer); !is(err, guard.ErrRefused) {
		t.Errorf("a trailer: got %v, want ErrRefused", err)
	}
}

func TestStorageParams(t *testing.T) {
	for query, want := range map[string]error{
		"alt=media&generation=1":                   nil,
		"prefix=a&delimiter=%2F&pageToken=x%3D%3D": nil,
		"ifGenerationMatch=0":                      nil,
		"p%72efix=a":                               nil, // read as the cloud reads it
		"userProject=q":                            guard.ErrRefused,
		"user%50roject=q":                          guard.ErrRefused,
		"userproject=q":                            guard.ErrRefused,
		"alt=json&userProject":                     guard.ErrRefused,
		"key=k":                                    guard.ErrRefused,
		"access_token=t":                           guard.ErrRefused,
		"quotaUser=u":                              guard.ErrRefused,
		"predefinedAcl=publicRead":                 guard.ErrRefused,
		"destinationPredefinedAcl=publicRead":      guard.ErrRefused,
		"kmsKeyName=projects/q/k":                  guard.ErrRefused,
		"upload_protocol=multipart":                guard.ErrRefused,
		"uploadtype=media":                         guard.ErrRefused,
		"$.xgafv=2":                                guard.ErrRefused,
		"unheardOf=v":                              guard.ErrRefused,
		"%zz=v":                                    guard.ErrRefused,
		"alt=json&":                                nil,
		"alt=json&&prefix=a":                       guard.ErrRefused,
		"=v":                                       guard.ErrRefused,
		"alt=json&alt=media":                       guard.ErrForeign,
		"alt=json&a%6Ct=media":                     guard.ErrForeign,
		"alt=%zz":                                  guard.ErrForeign,
		"prefix=a;userProject=q":                   guard.ErrForeign,
	} {
		if err := cloudStorage(silo, storageRequest(t, "GET", objects+"?"+query)); !is(err, want) {
			t.Errorf("%s: got %v, want %v", query, err, want)
		}
	}
}

// The host that a request goes to is one, whatever it is called in the request.
func TestStorageHost(t *testing.T) {
	r := storageRequest(t, "GET", objects+"/a")
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

// Whatever the path, the guard lets nothing pass whose decoded segments name another bucket after a
// "b".
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
