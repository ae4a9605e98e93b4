package console_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

func get(t *testing.T, url, host string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		req.Host = host
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestPages(t *testing.T) {
	cloud := localcloudtest.New(t)
	console := cloud.Endpoints().Console
	client, err := admin.NewIamClient(t.Context(), localcloudtest.GRPC(cloud, cloud.OwnerKey())...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	const project = "projects/" + localcloudtest.Project
	a, err := client.CreateServiceAccount(t.Context(), &adminpb.CreateServiceAccountRequest{
		Name: project, AccountId: "web-server", ServiceAccount: &adminpb.ServiceAccount{DisplayName: "<script>alert(1)</script>"},
	})
	if err != nil {
		t.Fatal(err)
	}
	key, err := client.CreateServiceAccountKey(t.Context(), &adminpb.CreateServiceAccountKeyRequest{Name: a.Name})
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := admin.NewIamClient(t.Context(), localcloudtest.GRPC(cloud, key.PrivateKeyData)...)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if _, err := stranger.GetServiceAccount(t.Context(), &adminpb.GetServiceAccountRequest{Name: a.Name}); status.Code(err) != codes.PermissionDenied {
		t.Fatal(err)
	}

	denial := "no binding grants iam.serviceAccounts.get to serviceAccount:" + a.Email
	for path, c := range map[string]struct{ has, hasNot string }{
		"/":                                {denial, "alert(1)</script>"},
		"/decisions":                       {denial, "alert(1)</script>"},
		"/decisions?only=denied":           {denial, "roles/owner on"},
		"/decisions?caller=" + a.Email:     {denial, "iam.serviceAccountKeys.create"},
		"/decisions?method=ACCOUNTS.get":   {denial, "iam.serviceAccountKeys.create"},
		"/decisions?method=CreateServiceA": {"iam.serviceAccountKeys.create", denial},
		"/decisions?resource=" + a.Email:   {denial, "iam.serviceAccounts.create<"},
		"/decisions?caller=nobody":         {"matches", denial},
		"/decisions?paused=yes":            {denial, "live.js"},
		"/accounts":                        {"&lt;script&gt;alert(1)", "alert(1)</script>"},
		"/account?email=" + a.Email:        {denial, "alert(1)</script>"},
		"/policies":                        {"roles/owner", "etag"},
		"/policies?filter=nothing":         {"No policy mentions that", "roles/owner"},
		"/roles?filter=signBlob":           {"iam.serviceAccounts.signBlob", "roles/datastore.user"},
		"/why":                             {"datastore.entities.get", "Bindings that were looked at"},
		"/databases":                       {"None yet", "<table"},
		"/buckets":                         {"None yet", "<table"},
		"/mail":                            {"mailbox is empty", "alert(1)</script>"},
	} {
		t.Run(path, func(t *testing.T) {
			res, body := get(t, console+path, "")
			if res.StatusCode != http.StatusOK || !strings.Contains(body, c.has) || strings.Contains(body, c.hasNot) {
				t.Errorf("status %d; want %q and not %q in:\n%s", res.StatusCode, c.has, c.hasNot, body)
			}
			if csp := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
				t.Errorf("content security policy %q", csp)
			}
		})
	}
}

func TestConsoleOnlyReads(t *testing.T) {
	cloud := localcloudtest.New(t)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		req, err := http.NewRequestWithContext(t.Context(), method, cloud.Endpoints().Console+"/accounts", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, res.StatusCode)
		}
	}
}

// A web page whose name was made to resolve to 127.0.0.1 is of the console's origin to a browser, but not to the console.
func TestForeignHostIsRefused(t *testing.T) {
	console := localcloudtest.New(t).Endpoints().Console
	port := console[strings.LastIndex(console, ":"):]
	for host, want := range map[string]int{
		"":                         http.StatusOK,
		"127.0.0.1" + port:         http.StatusOK,
		"localhost" + port:         http.StatusOK,
		"LocalHost" + port:         http.StatusOK,
		"[::1]" + port:             http.StatusOK,
		"localhost":                http.StatusMisdirectedRequest, // the port of another service
		"127.0.0.1:1":              http.StatusMisdirectedRequest,
		"127.0.0.2" + port:         http.StatusMisdirectedRequest,
		"localhost." + port:        http.StatusMisdirectedRequest,
		"evil.example" + port:      http.StatusMisdirectedRequest,
		"127.0.0.1.evil.example":   http.StatusMisdirectedRequest,
		"localhost.evil.example":   http.StatusMisdirectedRequest,
		"192.168.0.1" + port:       http.StatusMisdirectedRequest,
		"0.0.0.0" + port:           http.StatusMisdirectedRequest,
		"evil.example:127.0.0.1":   http.StatusMisdirectedRequest,
		"metadata.google.internal": http.StatusMisdirectedRequest,
	} {
		for _, path := range []string{"/", "/accounts", "/account?email=owner@bulkhead-test.iam.gserviceaccount.com", "/assets/base.css"} {
			if res, _ := get(t, console+path, host); res.StatusCode != want {
				t.Errorf("host %q, %s: %d, want %d", host, path, res.StatusCode, want)
			}
		}
	}
}
