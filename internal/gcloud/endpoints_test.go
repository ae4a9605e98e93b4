package gcloud_test

import (
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTransport(t *testing.T) {
	at := func(name string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Saw", name+" "+r.Host+" "+r.URL.EscapedPath())
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	e := gcloud.Endpoints{
		Storage: at("storage"), Identity: at("identity"), Token: at("token") + "/token", IAMCredentials: at("credentials") + "/base/",
	}
	client := &http.Client{Transport: e.Transport(http.DefaultTransport)}
	for _, c := range []struct{ address, want string }{
		{"https://identitytoolkit.googleapis.com/v1/accounts:lookup?key=k", "identity /v1/accounts:lookup"},
		{"https://securetoken.googleapis.com/v1/token", "identity /v1/token"},
		{"https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com",
			"identity /robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"},
		{"https://IdentityToolkit.GoogleAPIs.com/v1/x", "identity /v1/x"},
		{"https://oauth2.googleapis.com/token", "token /token"},
		{"https://storage.googleapis.com/b/a%2Fb", "storage /b/a%2Fb"},
		{"https://iamcredentials.googleapis.com/v1/a%2Fb:signBlob", "credentials /base/v1/a%2Fb:signBlob"},
		{at("elsewhere") + "/x", "elsewhere /x"},
	} {
		resp, err := client.Get(c.address)
		if err != nil {
			t.Errorf("%s: %v", c.address, err)
			continue
		}
		resp.Body.Close()
		fields := strings.Fields(resp.Header.Get("X-Saw"))
		if got := fields[0] + " " + fields[2]; got != c.want {
			t.Errorf("%s: reached %q, want %q", c.address, got, c.want)
		}
		if !strings.HasPrefix(fields[1], "127.0.0.1:") {
			t.Errorf("%s: Host is %s", c.address, fields[1])
		}
	}
}

// A program that is told to stay on this machine does not reach out because one address was
// forgotten.
func TestTransportRefusesUnknownGoogleHosts(t *testing.T) {
	reached := false
	base := roundTrip(func(*http.Request) (*http.Response, error) {
		reached = true
		return nil, http.ErrServerClosed
	})
	client := &http.Client{Transport: gcloud.Endpoints{Identity: "http://127.0.0.1:1"}.Transport(base)}
	for _, address := range []string{
		"https://storage.googleapis.com/b/o", "https://compute.googleapis.com/", "https://oauth2.googleapis.com/token",
		"https://googleapis.com/", "https://STORAGE.googleapis.com./",
	} {
		_, err := client.Get(address)
		if err == nil || reached {
			t.Errorf("%s: reached out, %v", address, err)
		}
	}
	if got := (gcloud.Endpoints{}).Transport(base); got == nil {
		t.Error("no endpoint configured: want the base")
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A token goes in plaintext only where the endpoint was configured so.
func TestGRPCTarget(t *testing.T) {
	const google = "https://firestore.googleapis.com"
	for _, c := range []struct {
		ours, target, security string
		plaintext              bool
	}{
		{"", "dns:///firestore.googleapis.com:443", "tls", false},
		{"https://firestore.googleapis.com/", "dns:///firestore.googleapis.com:443", "tls", false},
		{"https://private.example:8443", "dns:///private.example:8443", "tls", false},
		{"http://127.0.0.1:4001", "passthrough:///127.0.0.1:4001", "insecure", true},
	} {
		target, security, plaintext, err := gcloud.GRPCTarget(c.ours, google)
		if err != nil || target != c.target || security != c.security || plaintext != c.plaintext {
			t.Errorf("%q: got %s, %s, %v, %v", c.ours, target, security, plaintext, err)
		}
	}
	for _, bad := range []string{"127.0.0.1:4001", "localhost:1", "ftp://x", "http://", "http://x/path", "://", "https://x\n"} {
		if target, _, _, err := gcloud.GRPCTarget(bad, google); err == nil {
			t.Errorf("%q: dials %s", bad, target)
		}
	}
}
