package storage_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

// raw sends a request line as it stands, which Google's clients and net/http would tidy up.
func raw(t *testing.T, c *cloud, method, target, token string) (status int, content string) {
	t.Helper()
	conn, err := net.Dial("tcp", c.server.Listener.Addr().String())
	must(t, err)
	defer conn.Close()
	auth := ""
	if token != "" {
		auth = "Authorization: Bearer " + token + "\r\n"
	}
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\n%sConnection: close\r\nContent-Length: 0\r\n\r\n", method, target, c.server.Listener.Addr(), auth)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	defer res.Body.Close()
	return res.StatusCode, body(res)
}

func TestWhatHasNoRowIsRefused(t *testing.T) {
	c := newCloud(t)
	_, key, bucket := c.tenant("tn-aaaaaaaaaa")
	c.tenant("tn-bbbbbbbbbb")
	write(t, c.client(c.owner).Bucket(project+"-tn-bbbbbbbbbb").Object("secret"), []byte("globex only"))
	write(t, bucket.Object("o"), []byte("content"))
	tok, err := c.credentials(key).Token(t.Context())
	must(t, err)
	own := project + "-tn-aaaaaaaaaa"
	for _, target := range []string{
		"GET /", "GET /_internal/config", "PUT /_internal/config", "POST /_internal/reseed", "GET /" + own, "POST /" + own,
		"GET /storage", "GET /storage/v1", "GET /storage/v1/", "GET /storage/v2/b", "GET /storage/v1//b", "GET //storage/v1/b",
		"GET /storage/v1/b/" + own + "/", "GET /storage/v1/b/" + own + "/acl", "GET /storage/v1/b/" + own + "/notificationConfigs", "POST /storage/v1/b/" + own + "/notificationConfigs/1",
		"GET /storage/v1/projects/other-project/serviceAccount", "GET /storage/v1/projects/demo/hmacKeys",
		"GET /storage/v1/b/" + own + "/o/", "GET /storage/v1/b/" + own + "/o/o/acl",
		"GET /storage/v1/b/" + own + "/o/a/b", "POST /batch/storage/v1", "POST /upload/storage/v1/b/" + own + "/o",
		"POST /upload/storage/v1/b/" + own + "/o?uploadType=other&name=o", "PATCH /storage/v1/b", "TRACE /" + own + "/o",
		"POST /" + own + "/o", "POST /" + own + "/o?uploads=x", "PUT /" + own + "/o?acl", "PUT /" + own + "/o?acl=x", "GET /" + own + "/o?tagging=1",
		"GET /" + own + "/../" + project + "-tn-bbbbbbbbbb/secret",
		"GET /" + own + "/..%2f" + project + "-tn-bbbbbbbbbb%2fsecret",
		"GET /" + own + "%2f..%2f" + project + "-tn-bbbbbbbbbb/secret",
		"GET /storage/v1/b/" + own + "/o/..%2F..%2F" + project + "-tn-bbbbbbbbbb%2Fo%2Fsecret?alt=media",
		"GET /storage/v1/b/" + own + "/../" + project + "-tn-bbbbbbbbbb/o/secret?alt=media",
		"GET /storage/v1/b/" + own + "%2F..%2F" + project + "-tn-bbbbbbbbbb/o/secret?alt=media",
		"GET http://elsewhere/" + own + "/o", "GET /" + own + "/%zz",
		"GET /storage/v1/b/" + own + "/o?prefix=a&prefix=b", "GET /storage/v1/b/" + own + "/o?matchGlob=**",
		"GET /storage/v1/b/" + own + "/o/o?generation=0", "GET /storage/v1/b/" + own + "/o/o?generation=%2B1",
		"GET /storage/v1/b/" + own + "/o/o?ifGenerationMatch=x", "GET /storage/v1/b/" + own + "/o?maxResults=-1",
		"GET /storage/v1/b/" + own + "/o?pageToken=AAAA",
	} {
		t.Run(target, func(t *testing.T) {
			method, path, _ := strings.Cut(target, " ")
			status, content := raw(t, c, method, path, tok.Value)
			if status < 400 || status >= 500 || strings.Contains(content, "globex only") {
				t.Errorf("got %d %s", status, content)
			}
		})
	}
	if status, content := raw(t, c, "GET", "/"+own+"/o", tok.Value); status != 200 || content != "content" {
		t.Errorf("the object itself: %d %s", status, content)
	}
}

func TestHeadersThatAskForMoreAreRefused(t *testing.T) {
	c := newCloud(t)
	_, key, bucket := c.tenant("tn-aaaaaaaaaa")
	tok, err := c.credentials(key).Token(t.Context())
	must(t, err)
	for _, header := range []string{
		"x-goog-copy-source:other/o", "x-goog-acl:public-read", "x-goog-encryption-algorithm:AES256", "x-amz-acl:public-read",
		"x-goog-if-something-new:1", "If-None-Match:*", "If-Match:x", "Content-Range:bytes 0-0/1", "x-goog-resumable:start",
	} {
		res := do(t, "PUT", c.server.URL+"/"+project+"-tn-aaaaaaaaaa/o", []byte("x"), "Authorization:Bearer "+tok.Value, header)
		if res.StatusCode != 400 {
			t.Errorf("%s: %s", header, res.Status)
		}
	}
	for _, header := range []string{"x-goog-if-generation-match:0", "x-goog-meta-colour:red", "x-goog-storage-class:COLDLINE"} {
		res := do(t, "POST", c.server.URL+"/upload/storage/v1/b/"+project+"-tn-aaaaaaaaaa/o?uploadType=media&name=o", []byte("x"), "Authorization:Bearer "+tok.Value, header)
		if res.StatusCode != 400 {
			t.Errorf("%s, of the other API: %s", header, res.Status)
		}
	}
	for _, path := range []string{"/storage/v1/b/B", "/storage/v1/b/B/o", "/storage/v1/b/B/o/o", "/B/o?uploadId=x"} {
		path = strings.ReplaceAll(path, "B", project+"-tn-aaaaaaaaaa")
		if res := do(t, "GET", c.server.URL+path, nil, "Authorization:Bearer "+tok.Value, "If-None-Match:x"); res.StatusCode != 400 {
			t.Errorf("a reader's condition on %s: %s", path, res.Status)
		}
	}
	if _, err := bucket.Object("o").Attrs(t.Context()); code(err) != 404 {
		t.Errorf("something was uploaded: %v", err)
	}
}

// Every row but an upload's own address refuses a caller without a credential.
func TestNoRowIsOpen(t *testing.T) {
	c := newCloud(t)
	c.tenant("tn-aaaaaaaaaa")
	own := project + "-tn-aaaaaaaaaa"
	for _, target := range []string{
		"GET /storage/v1/b?project=demo", "POST /storage/v1/b?project=demo",
		"GET /storage/v1/b/B", "PATCH /storage/v1/b/B", "PUT /storage/v1/b/B", "DELETE /storage/v1/b/B",
		"POST /storage/v1/b/B/lockRetentionPolicy", "GET /storage/v1/b/B/iam", "PUT /storage/v1/b/B/iam", "GET /storage/v1/b/B/iam/testPermissions?permissions=x",
		"GET /storage/v1/b/B/notificationConfigs", "POST /storage/v1/b/B/notificationConfigs", "GET /storage/v1/b/B/notificationConfigs/1",
		"DELETE /storage/v1/b/B/notificationConfigs/1", "GET /storage/v1/projects/demo/serviceAccount",
		"GET /storage/v1/b/B/o", "GET /storage/v1/b/B/o/o", "GET /storage/v1/b/B/o/o?alt=media", "GET /download/storage/v1/b/B/o/o",
		"PATCH /storage/v1/b/B/o/o", "PUT /storage/v1/b/B/o/o", "DELETE /storage/v1/b/B/o/o", "POST /storage/v1/b/B/o/o/compose",
		"POST /storage/v1/b/B/o/o/rewriteTo/b/B/o/p", "POST /storage/v1/b/B/o/o/copyTo/b/B/o/p",
		"POST /upload/storage/v1/b/B/o?uploadType=media&name=o", "POST /upload/storage/v1/b/B/o?uploadType=multipart",
		"POST /upload/storage/v1/b/B/o?uploadType=resumable&name=o",
		"GET /B/o", "HEAD /B/o", "PUT /B/o", "DELETE /B/o", "POST /B/o",
		"POST /B/o?uploads", "PUT /B/o?partNumber=1&uploadId=x", "POST /B/o?uploadId=x", "DELETE /B/o?uploadId=x", "GET /B/o?uploadId=x", "GET /B?uploads",
	} {
		method, path, _ := strings.Cut(strings.ReplaceAll(target, "B", own), " ")
		if status, content := raw(t, c, method, path, ""); status != 401 {
			t.Errorf("%s: %d %s", target, status, content)
		}
		if status, content := raw(t, c, method, path, "not.a.token"); status != 401 {
			t.Errorf("%s with a forged token: %d %s", target, status, content)
		}
	}
	for _, target := range []string{"PUT /upload/storage/v1/b/B/o?upload_id=x", "POST /upload/storage/v1/b/B/o?upload_id=x", "DELETE /upload/storage/v1/b/B/o?upload_id=x", "PUT /B/o?upload_id=x", "DELETE /B/o?upload_id=x"} {
		method, path, _ := strings.Cut(strings.ReplaceAll(target, "B", own), " ")
		if status, content := raw(t, c, method, path, ""); status != 404 {
			t.Errorf("%s: %d %s", target, status, content)
		}
	}
}
