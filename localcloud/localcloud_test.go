package localcloud_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// closed starts a cloud on dir and closes it, so that dir is an existing folder.
func closed(t *testing.T, dir string) localcloud.Endpoints {
	t.Helper()
	c, err := localcloud.Start(t.Context(), localcloud.Config{Dir: dir, Project: localcloudtest.Project})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return c.Endpoints()
}

func TestSameFolderSameCloud(t *testing.T) {
	dir := t.TempDir()
	first := localcloudtest.Open(t, filepath.Join(dir, "made"))
	endpoints, key, apiKey := first.Endpoints(), string(first.OwnerKey()), first.APIKey()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := localcloudtest.Open(t, filepath.Join(dir, "made"))
	if second.Endpoints() != endpoints {
		t.Errorf("endpoints %+v, before %+v", second.Endpoints(), endpoints)
	}
	if string(second.OwnerKey()) != key || second.APIKey() != apiKey {
		t.Error("the keys are others than before")
	}
	for _, file := range []string{"owner-key.json", "ports.json", "cloud.db"} {
		info, err := os.Stat(filepath.Join(dir, "made", file))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", file, info, err)
		}
	}
}

// Someone who lost the owner's key file starts the cloud again, and has a new one.
func TestLostOwnerKey(t *testing.T) {
	dir := t.TempDir()
	closed(t, dir)
	if err := os.Remove(filepath.Join(dir, "owner-key.json")); err != nil {
		t.Fatal(err)
	}
	createAccount(t, localcloudtest.Open(t, dir), "web-server")
}

func TestFolderInUse(t *testing.T) {
	dir := t.TempDir()
	localcloudtest.Open(t, dir)
	_, err := localcloud.Start(t.Context(), localcloud.Config{Dir: dir, Project: localcloudtest.Project})
	if !errors.Is(err, localcloud.ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("err = %v", err)
	}
}

func TestFolderOfAnotherProject(t *testing.T) {
	dir := t.TempDir()
	closed(t, dir)
	_, err := localcloud.Start(t.Context(), localcloud.Config{Dir: dir, Project: "another-project"})
	if err == nil || !strings.Contains(err.Error(), `belongs to project "`+localcloudtest.Project+`"`) {
		t.Errorf("err = %v", err)
	}
	localcloudtest.Open(t, dir) // and nothing is broken, or still locked
}

func TestPortTaken(t *testing.T) {
	var squatter net.Listener
	var endpoints localcloud.Endpoints
	var dir, port string
	var err error
	// The folder's other ports are free for the moment, and another test's program may have taken
	// one: then this is tried in another folder.
	for range 5 {
		dir = t.TempDir()
		endpoints = closed(t, dir)
		addr := strings.TrimPrefix(endpoints.Identity, "http://")
		if squatter, err = net.Listen("tcp", addr); err != nil {
			continue
		}
		_, port, _ = net.SplitHostPort(addr)
		_, err = localcloud.Start(t.Context(), localcloud.Config{Dir: dir, Project: localcloudtest.Project})
		if err == nil || strings.Contains(err.Error(), "port "+port+" is taken") || !strings.Contains(err.Error(), " is taken") {
			break
		}
		_ = squatter.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "port "+port+" is taken") || !strings.Contains(err.Error(), "ports.json") {
		t.Errorf("err = %v", err)
	}
	if err := squatter.Close(); err != nil {
		t.Fatal(err)
	}
	if c := localcloudtest.Open(t, dir); c.Endpoints() != endpoints {
		t.Errorf("endpoints %+v, before %+v", c.Endpoints(), endpoints)
	}
}

func TestBrokenPortsFile(t *testing.T) {
	dir := t.TempDir()
	closed(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "ports.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := localcloud.Start(t.Context(), localcloud.Config{Dir: dir, Project: localcloudtest.Project})
	if err == nil || !strings.Contains(err.Error(), "ports.json") {
		t.Errorf("err = %v", err)
	}
}

func TestConfigIsRequired(t *testing.T) {
	for _, cfg := range []localcloud.Config{{}, {Dir: t.TempDir()}, {Project: "p"}} {
		if _, err := localcloud.Start(t.Context(), cfg); err == nil {
			t.Errorf("%+v: no error", cfg)
		}
	}
}

func TestMergeRefusesTwoRows(t *testing.T) {
	rules := map[string]iam.Rule{"/a/B": {}}
	if _, err := localcloud.Merge(rules, rules); err == nil || !strings.Contains(err.Error(), "/a/B") {
		t.Errorf("err = %v", err)
	}
}
