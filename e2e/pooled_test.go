package e2e_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// Two tenants share a database and a bucket, and no tenant has a key: an editor of one uploads and
// downloads as anywhere else, and the other sees nothing of it. A folder that was made so is not
// opened otherwise.
func TestPooledAndKeyless(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startOwn(t, data, "-pooled", "-credentials", "impersonation")
	initech, umbrella := s.tenant("initech"), s.tenant("umbrella")
	if initech.Database != umbrella.Database || initech.Bucket != umbrella.Bucket || initech.ServiceAccount == umbrella.ServiceAccount {
		t.Errorf("they do not share, or share an account: %+v %+v", initech, umbrella)
	}
	for _, of := range s.Tenants {
		if of.KeyFile != "" {
			t.Errorf("%s has a key", of.Slug)
		}
	}
	const canary = "the tide tables of initech"
	emil, eva := s.as(t, initech, "editor"), s.as(t, umbrella, "editor")
	id := emil.upload("tides.txt", "text/plain", []byte(canary))
	if got := string(s.as(t, initech, "viewer").fetch(id)); got != canary {
		t.Errorf("initech's viewer reads %q", got)
	}
	if a := eva.do("GET", "/api/v1/uploads", nil); a.status != http.StatusOK || strings.Contains(a.body, id) || strings.Contains(a.body, "tides") {
		t.Errorf("umbrella's list: %d %s", a.status, a.body)
	}
	if a := eva.do("GET", "/api/v1/users", nil); a.status != http.StatusOK || strings.Contains(a.body, "initech") {
		t.Errorf("umbrella's people: %d %s", a.status, a.body)
	}
	for _, path := range []string{"/api/v1/uploads/" + id, "/api/v1/uploads/" + id + "/download"} {
		a := eva.do("GET", path, nil)
		if a.status != http.StatusNotFound || strings.Contains(a.body, canary) {
			t.Errorf("umbrella's editor asks for initech's file at %s: %d %s", path, a.status, a.body)
		}
	}
	across := eva
	across.tenant = "initech"
	if a := across.do("GET", "/api/v1/uploads", nil); a.status != http.StatusForbidden || a.problem(t).Code != "tenant_denied" {
		t.Errorf("umbrella's token at initech: %d %s", a.status, a.body)
	}
	silo := s.as(t, s.tenant("acme"), "editor")
	if got := string(silo.fetch(silo.upload("a.txt", "text/plain", []byte("a")))); got != "a" {
		t.Errorf("a silo beside them reads %q", got)
	}
}
