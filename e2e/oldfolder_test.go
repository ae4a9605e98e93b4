package e2e_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"google.golang.org/api/iterator"

	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/localcloud"
)

// oldFolder is a folder of cmd/dev as it was in November 2026, before records had versions and
// before end users were kept from registering themselves. Its keys and passwords are of a cloud
// that never was anywhere else. It is never made anew: what it holds must open in every later
// version. It lacks dev.json, which each start writes.
const oldFolder = "testdata/folder-2026-11.tar.gz"

// A folder that an earlier version made opens in this one: its people sign in and find their files,
// new ones can be added, and its tenants have what onboarding gives new ones today.
func TestFolderOfEarlierVersion(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	unpack(t, oldFolder, data)
	move(t, data)
	s := startOwn(t, data)
	if len(s.Tenants) != 2 {
		t.Fatalf("%d tenants", len(s.Tenants))
	}
	files := map[string]string{}
	for _, tenant := range s.Tenants {
		for _, u := range tenant.Users {
			if a := s.as(t, tenant, u.Role).do("GET", "/api/v1/uploads", nil); a.status != http.StatusOK {
				t.Errorf("%s lists files: %d %s", u.Email, a.status, a.body)
			}
		}
		content := "kept by " + tenant.Slug
		id := s.as(t, tenant, "editor").upload("new.txt", "text/plain", []byte(content))
		viewer := s.as(t, tenant, "viewer")
		if got := string(viewer.fetch(id)); got != content {
			t.Errorf("the file of %s is %q", tenant.Slug, got)
		}
		if a := viewer.do("GET", "/api/v1/uploads", nil); !strings.Contains(a.body, id) {
			t.Errorf("the list of %s lacks the file: %s", tenant.Slug, a.body)
		}
		files[tenant.Slug] = id
		wantCORS(t, s, tenant)
	}
	wantClosed(t, s, 2)

	// The next start finds everything as this one has left it.
	if err := s.stop(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	again := startOwn(t, data)
	for _, tenant := range again.Tenants {
		if got := string(again.as(t, tenant, "viewer").fetch(files[tenant.Slug])); got != "kept by "+tenant.Slug {
			t.Errorf("after another start the file of %s is %q", tenant.Slug, got)
		}
	}
	wantClosed(t, again, 2)
}

// wantCORS checks that pages of the application may send files to the tenant's bucket.
func wantCORS(t *testing.T, s *system, of *tenant) {
	t.Helper()
	preflight, err := http.NewRequestWithContext(testContext(t), http.MethodOptions, s.Endpoints.Storage+"/"+of.Bucket+"/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	preflight.Header.Set("Origin", s.App)
	preflight.Header.Set("Access-Control-Request-Method", http.MethodPut)
	if got := send(t, preflight).header.Get("Access-Control-Allow-Origin"); got != s.App {
		t.Errorf("the bucket of %s allows origin %q, want %q", of.Slug, got, s.App)
	}
}

// wantClosed checks that nobody registers himself in any of the n Identity Platform tenants.
func wantClosed(t *testing.T, s *system, n int) {
	t.Helper()
	owner := asOwner(t, s.data, s.Project, gcloud.Endpoints{
		Firestore: "http://" + s.Endpoints.Firestore, Storage: s.Endpoints.Storage, Identity: s.Endpoints.Identity,
		Token: s.Endpoints.Token,
	})
	settings, err := owner.IdentitySettings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all, err := settings.Projects.Tenants.List("projects/" + s.Project).Do()
	if err != nil || len(all.Tenants) != n {
		t.Fatalf("%d Identity Platform tenants, %v", len(all.Tenants), err)
	}
	for _, idp := range all.Tenants {
		if p := idp.Client.Permissions; !p.DisabledUserSignup || !p.DisabledUserDeletion {
			t.Errorf("at %s people register or delete themselves", idp.DisplayName)
		}
	}
}

// asOwner acts as the owner of the folder's project.
func asOwner(t *testing.T, data, project string, at gcloud.Endpoints) *platform.Platform {
	t.Helper()
	owner, err := platform.Open(t.Context(), platform.Config{
		Project: project, Endpoints: at, KeyFile: filepath.Join(data, "cloud", "owner-key.json"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { owner.Close() })
	return owner
}

// unpack unpacks an archive of files into a new folder.
func unpack(t *testing.T, archive, dir string) {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for files := tar.NewReader(plain); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, filepath.FromSlash(filepath.Clean("/"+h.Name)))
		if h.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(name, 0o700); err != nil {
				t.Fatal(err)
			}
			continue
		}
		b, err := io.ReadAll(files)
		if err == nil {
			err = os.WriteFile(name, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// move gives the folder ports that are free here. The ones that it remembers may be another
// program's, and each key in it names one: the key files, and the keys in the vaults.
func move(t *testing.T, data string) {
	t.Helper()
	ports := filepath.Join(data, "cloud", "ports.json")
	var at struct {
		Project                          string `json:"project"`
		GRPC, Storage, Identity, Console int
	}
	b, err := os.ReadFile(ports)
	if err == nil {
		err = json.Unmarshal(b, &at)
	}
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for _, port := range []*int{&at.GRPC, &at.Storage, &at.Identity, &at.Console} {
		old := fmt.Sprintf("127.0.0.1:%d", *port)
		*port = freePort(t)
		pairs = append(pairs, old, fmt.Sprintf("127.0.0.1:%d", *port))
	}
	moved := strings.NewReplacer(pairs...)
	b, err = json.Marshal(map[string]any{
		"project": at.Project, "grpc": at.GRPC, "storage": at.Storage, "identity": at.Identity, "console": at.Console,
	})
	if err == nil {
		err = os.WriteFile(ports, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(data, func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".json" {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(name, []byte(moved.Replace(string(b))), 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	moveVaults(t, data, at.Project, moved)
}

// moveVaults does the same to the keys in the vaults, which only the cloud can change.
func moveVaults(t *testing.T, data, project string, moved *strings.Replacer) {
	t.Helper()
	ctx := t.Context()
	cloud, err := localcloud.Start(ctx, localcloud.Config{Dir: filepath.Join(data, "cloud"), Project: project})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := cloud.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	at := cloud.Endpoints()
	owner := asOwner(t, data, project, gcloud.Endpoints{Firestore: at.GRPC, Storage: at.Storage, Identity: at.Identity, Token: at.Token})
	keys := 0
	for _, region := range []string{"us", "eu", "asia"} {
		vault := owner.Storage().Bucket(project + "-vault-" + region)
		for objects := vault.Objects(ctx, nil); ; keys++ {
			attrs, err := objects.Next()
			if errors.Is(err, iterator.Done) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			r, err := vault.Object(attrs.Name).NewReader(ctx)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			b = []byte(moved.Replace(string(b)))
			w := vault.Object(attrs.Name).NewWriter(ctx)
			w.ContentType, w.CacheControl = attrs.ContentType, attrs.CacheControl
			_, err = w.Write(b)
			if err := errors.Join(err, w.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if keys != 2 {
		t.Fatalf("the vaults hold %d keys", keys)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}
