package e2e_test

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// leaked reports what of the tenant's an answer to a stranger contains.
func leaked(of *tenant, a answer) string {
	text := a.body
	for name, values := range a.header {
		text += name + strings.Join(values, "")
	}
	for _, canary := range []string{of.ID, of.Database, of.Bucket, of.ServiceAccount, of.Name, of.Users[0].Email, "canary"} {
		if strings.Contains(text, canary) {
			return canary
		}
	}
	return ""
}

// requestID differs in each answer; two refusals are otherwise the same byte for byte.
var requestID = regexp.MustCompile(`"requestId":"[^"]*"`)

func withoutRequestID(body string) string { return requestID.ReplaceAllString(body, `"requestId":""`) }

// Acme's admin, with a good token of acme's, asks for globex. Whatever the route, and whether
// globex exists or not, the answer is the same.
func TestAcmesTokenIsRefusedByGlobex(t *testing.T) {
	acme, globex := world.tenant("acme"), world.tenant("globex")
	file := world.as(t, globex, "editor").upload("canary.txt", "text/plain", []byte("canary of globex"))
	intruder := world.as(t, acme, "admin")
	user := userID(t, world.as(t, globex, "admin"), globex.user("viewer").Email)

	requests := []struct {
		method, path string
		body         any
	}{
		{"GET", "/api/v1/users", nil},
		{"GET", "/api/v1/users/" + user, nil},
		{"PATCH", "/api/v1/users/" + user, map[string]string{"role": "admin"}},
		{"GET", "/api/v1/uploads", nil},
		{"POST", "/api/v1/uploads", map[string]any{"name": "x", "type": "text/plain", "size": 1}},
		{"GET", "/api/v1/uploads/" + file, nil},
		{"POST", "/api/v1/uploads/" + file + "/complete", struct{}{}},
		{"GET", "/api/v1/uploads/" + file + "/download", nil},
		{"DELETE", "/api/v1/uploads/" + file, nil},
		{"GET", "/api/v1/binned-uploads", nil},
		{"DELETE", "/api/v1/binned-uploads", nil},
		{"POST", "/api/v1/binned-uploads/" + file + "/restore", struct{}{}},
		{"DELETE", "/api/v1/binned-uploads/" + file, nil},
	}
	for _, r := range requests {
		t.Run(r.method+" "+r.path, func(t *testing.T) {
			intruder := intruder
			intruder.t = t
			bodies := map[string]string{}
			for _, selector := range []string{globex.Slug, globex.ID, "nowhere", "tn-0000000000"} {
				intruder.tenant = selector
				a := intruder.do(r.method, r.path, r.body)
				if p := a.problem(t); a.status != http.StatusForbidden || p.Code != "tenant_denied" {
					t.Errorf("acme's admin says X-TenantId %s; the answer is %d %s", selector, a.status, a.body)
				}
				if what := leaked(globex, a); what != "" {
					t.Errorf("the refusal tells %q", what)
				}
				bodies[withoutRequestID(a.body)] = selector
			}
			if len(bodies) != 1 {
				t.Errorf("existing and unknown tenants are told apart: %v", bodies)
			}
		})
	}
	if got := string(world.as(t, globex, "viewer").fetch(file)); got != "canary of globex" {
		t.Errorf("globex's file has become %q", got)
	}
}

// Acme's editor knows the id of a file and of a user of globex, and asks acme for them: they are
// not there, exactly as an id that never was is not there.
func TestGlobexsIDsMeanNothingInAcme(t *testing.T) {
	acme, globex := world.tenant("acme"), world.tenant("globex")
	file := world.as(t, globex, "editor").upload("canary.txt", "text/plain", []byte("canary of globex"))
	binned := world.as(t, globex, "editor").upload("binned canary.txt", "text/plain", []byte("canary of globex"))
	if a := world.as(t, globex, "editor").do("DELETE", "/api/v1/uploads/"+binned, nil); a.status != http.StatusNoContent {
		t.Fatalf("putting a file into globex's bin: %d %s", a.status, a.body)
	}
	user := userID(t, world.as(t, globex, "admin"), globex.user("viewer").Email)
	never := strings.Map(func(r rune) rune {
		if r == rune(file[len(file)-1]) {
			return rune(file[0])
		}
		return r
	}, file)
	admin := world.as(t, acme, "admin")

	for _, r := range []struct {
		method, path, foreign, unknown string
		body                           any
	}{
		{"GET", "/api/v1/uploads/{}", file, never, nil},
		{"GET", "/api/v1/uploads/{}/download", file, never, nil},
		{"POST", "/api/v1/uploads/{}/complete", file, never, struct{}{}},
		{"DELETE", "/api/v1/uploads/{}", file, never, nil},
		{"POST", "/api/v1/binned-uploads/{}/restore", file, never, struct{}{}},
		{"DELETE", "/api/v1/binned-uploads/{}", file, never, nil},
		{"GET", "/api/v1/uploads/{}", binned, never, nil},
		{"GET", "/api/v1/uploads/{}/download", binned, never, nil},
		{"DELETE", "/api/v1/uploads/{}", binned, never, nil},
		{"POST", "/api/v1/binned-uploads/{}/restore", binned, never, struct{}{}},
		{"DELETE", "/api/v1/binned-uploads/{}", binned, never, nil},
		{"GET", "/api/v1/users/{}", user, "0000000000000000000000000000", nil},
		{"PATCH", "/api/v1/users/{}", user, "0000000000000000000000000000", map[string]string{"role": "viewer"}},
	} {
		t.Run(r.method+" "+r.path, func(t *testing.T) {
			admin := admin
			admin.t = t
			foreign := admin.do(r.method, strings.Replace(r.path, "{}", r.foreign, 1), r.body)
			unknown := admin.do(r.method, strings.Replace(r.path, "{}", r.unknown, 1), r.body)
			if foreign.status != http.StatusNotFound {
				t.Errorf("acme's admin asks acme for an id of globex's: %d %s", foreign.status, foreign.body)
			}
			if a, b := withoutRequestID(foreign.body), withoutRequestID(unknown.body); a != b || foreign.status != unknown.status {
				t.Errorf("a foreign id and an unknown one differ:\n%s\n%s", a, b)
			}
		})
	}
}

// Acme's editor, signed in with a browser's cookie, opens globex's pages; then renames the cookie
// to globex's.
func TestAcmesSessionIsNoneOnGlobexsPages(t *testing.T) {
	acme, globex := world.tenant("acme"), world.tenant("globex")
	cookie := browserSession(t, acme, "editor")
	if a := get(t, "/t/acme/files", cookie); a.status != http.StatusOK {
		t.Fatalf("acme's own page answers %d", a.status)
	}
	renamed := &http.Cookie{Name: "__Host-bh-globex", Value: cookie.Value}
	for says, c := range map[string]*http.Cookie{"acme's cookie": cookie, "acme's cookie under globex's name": renamed} {
		for _, path := range []string{"/t/globex/files", "/t/globex/people"} {
			a := get(t, path, c)
			if a.status != http.StatusSeeOther || !strings.Contains(a.header.Get("Location"), "/sign-in") {
				t.Errorf("%s opens %s: %d %s", says, path, a.status, a.header.Get("Location"))
			}
			if strings.Contains(a.body, globex.Users[0].Email) || strings.Contains(a.body, globex.Bucket) {
				t.Errorf("%s at %s sees globex's data", says, path)
			}
		}
	}
}

// Acme's editor signs an upload for acme and bends the URL towards globex's bucket.
func TestAcmesSignedURLOpensNothingElse(t *testing.T) {
	acme, globex := world.tenant("acme"), world.tenant("globex")
	in := world.as(t, acme, "editor").begin("a.txt", "text/plain", 5)
	for says, bend := range map[string]func(*intent){
		"globex's bucket": func(in *intent) { in.Upload.URL = strings.Replace(in.Upload.URL, acme.Bucket, globex.Bucket, 1) },
		"another object": func(in *intent) {
			in.Upload.URL = strings.Replace(in.Upload.URL, in.ID, strings.Repeat("a", len(in.ID)), 1)
		},
		"another method": func(in *intent) { in.Upload.Method = "DELETE" },
		"globex's account": func(in *intent) {
			in.Upload.URL = strings.Replace(in.Upload.URL, url.QueryEscape(acme.ServiceAccount), url.QueryEscape(globex.ServiceAccount), 1)
		},
		"another type": func(in *intent) { in.Upload.Headers = with(in.Upload.Headers, "Content-Type", "text/html") },
	} {
		bent := in
		bend(&bent)
		if bent.Upload.URL == in.Upload.URL && bent.Upload.Method == in.Upload.Method && bent.Upload.Headers["Content-Type"] == in.Upload.Headers["Content-Type"] {
			t.Fatalf("%s: nothing was bent", says)
		}
		if a := bent.put(t, []byte("hello")); a.status != http.StatusForbidden {
			t.Errorf("acme's URL bent to %s: %d %s", says, a.status, a.body)
		}
	}
	if a := in.put(t, []byte("hello")); a.status != http.StatusOK {
		t.Errorf("the URL as it was given out: %d %s", a.status, a.body)
	}
}

// Someone steals acme's key, takes our code and its guard out of the way, and asks with Google's
// own client. The cloud gives them acme's data, and says no to globex's and to the control plane's.
// So it does for the accounts of the platform.
func TestTheCloudItselfSaysNo(t *testing.T) {
	acme, globex := world.tenant("acme"), world.tenant("globex")
	webKey := filepath.Join(world.data, "keys", "web.json")
	vault := world.Project + "-vault-us"

	for _, story := range []struct {
		says, key, database string
		want                codes.Code
	}{
		{"acme's key on acme's database", acme.KeyFile, acme.Database, codes.OK},
		{"globex's key on globex's database", globex.KeyFile, globex.Database, codes.OK},
		{"acme's key on globex's database", acme.KeyFile, globex.Database, codes.PermissionDenied},
		{"globex's key on acme's database", globex.KeyFile, acme.Database, codes.PermissionDenied},
		{"acme's key on the control plane", acme.KeyFile, "platform", codes.PermissionDenied},
		{"acme's key on a database that is not there", acme.KeyFile, "nowhere", codes.PermissionDenied},
		{"the web account on the control plane", webKey, "platform", codes.OK},
		{"the web account on acme's database", webKey, acme.Database, codes.PermissionDenied},
	} {
		t.Run(story.says, func(t *testing.T) {
			client := firestoreClient(t, story.key, story.database)
			docs := client.Collection("users").Limit(1).Documents(testContext(t))
			defer docs.Stop()
			_, err := docs.Next()
			if errors.Is(err, iterator.Done) {
				err = nil
			}
			if got := status.Code(err); got != story.want {
				t.Errorf("reading: %v, want %v: %v", got, story.want, err)
			}
			if story.want == codes.OK {
				return
			}
			_, err = client.Collection("users").Doc("intruder").Set(testContext(t), map[string]any{"role": "admin"})
			if got := status.Code(err); got != story.want {
				t.Errorf("writing: %v, want %v: %v", got, story.want, err)
			}
		})
	}

	for _, story := range []struct {
		says, key, bucket string
		want              int
	}{
		{"acme's key on acme's bucket", acme.KeyFile, acme.Bucket, http.StatusOK},
		{"acme's key on globex's bucket", acme.KeyFile, globex.Bucket, http.StatusForbidden},
		{"acme's key on the vault", acme.KeyFile, vault, http.StatusForbidden},
		{"the web account on acme's bucket", webKey, acme.Bucket, http.StatusForbidden},
		{"the web account on the vault", webKey, vault, http.StatusForbidden},
	} {
		t.Run(story.says, func(t *testing.T) {
			bucket := storageClient(t, story.key).Bucket(story.bucket)
			_, err := bucket.Objects(testContext(t), nil).Next()
			if errors.Is(err, iterator.Done) {
				err = nil
			}
			if got := httpCode(err); got != story.want {
				t.Errorf("listing: %d, want %d: %v", got, story.want, err)
			}
			w := bucket.Object("probe").NewWriter(testContext(t))
			_, _ = w.Write([]byte("x"))
			if err := w.Close(); httpCode(err) != story.want {
				t.Errorf("writing: %d, want %d: %v", httpCode(err), story.want, err)
			}
		})
	}
}

func firestoreClient(t *testing.T, keyFile, database string) *firestore.Client {
	t.Helper()
	client, err := firestore.NewClientWithDatabase(t.Context(), world.Project, database,
		option.WithAuthCredentialsFile(option.ServiceAccount, keyFile),
		option.WithEndpoint(world.Endpoints.Firestore),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func storageClient(t *testing.T, keyFile string) *storage.Client {
	t.Helper()
	client, err := storage.NewClient(t.Context(),
		option.WithAuthCredentialsFile(option.ServiceAccount, keyFile),
		option.WithEndpoint(world.Endpoints.Storage+"/storage/v1/"),
		storage.WithDisabledClientMetrics())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// httpCode is the status that Google's HTTP client reports.
func httpCode(err error) int {
	if err == nil {
		return http.StatusOK
	}
	var answer *googleapi.Error
	if errors.As(err, &answer) {
		return answer.Code
	}
	return 0
}

// userID finds a user's id by e-mail.
func userID(t *testing.T, admin caller, email string) string {
	t.Helper()
	a := admin.do("GET", "/api/v1/users", nil)
	for _, object := range strings.Split(a.body, "{") {
		if strings.Contains(object, email) {
			if m := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(object); m != nil {
				return m[1]
			}
		}
	}
	t.Fatalf("no user %s in %s", email, a.body)
	return ""
}

// browserSession signs in through the form and returns the session's cookie.
func browserSession(t *testing.T, of *tenant, role string) *http.Cookie {
	t.Helper()
	u := of.user(role)
	a := form(t, "/t/"+of.Slug+"/sign-in", url.Values{"email": {u.Email}, "password": {u.Password}})
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == "__Host-bh-"+of.Slug {
			return c
		}
	}
	t.Fatalf("no session after signing in: %d %s", a.status, a.body)
	return nil
}

// get fetches one page, as a browser's navigation does.
func get(t *testing.T, path string, cookies ...*http.Cookie) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(testContext(t), "GET", world.App+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		req.AddCookie(c)
	}
	return send(t, req)
}

// form posts a form from one of the application's own pages.
func form(t *testing.T, path string, values url.Values, cookies ...*http.Cookie) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(testContext(t), "POST", world.App+path, strings.NewReader(values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range cookies {
		req.AddCookie(c)
	}
	return send(t, req)
}

func with(headers map[string]string, name, value string) map[string]string {
	out := map[string]string{}
	for k, v := range headers {
		if !strings.EqualFold(k, name) {
			out[k] = v
		}
	}
	out[name] = value
	return out
}

func TestKeyFilesArePrivate(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(world.data, "keys", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no key files: %v", err)
	}
	for _, file := range append(files, filepath.Join(world.data, "dev.json")) {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v", filepath.Base(file), info.Mode())
		}
	}
}
