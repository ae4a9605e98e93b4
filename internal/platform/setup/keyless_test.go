package setup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// machine answers as the metadata server of App Engine and Cloud Run does: it gives the process
// tokens of web@, and no key.
func machine(t *testing.T, w *vendingtest.World) {
	t.Helper()
	creds := w.Web.Credentials()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Metadata-Flavor", "Google")
		if r.Header.Get("Metadata-Flavor") != "Google" || !strings.HasSuffix(r.URL.Path, "/instance/service-accounts/default/token") {
			http.NotFound(rw, r)
			return
		}
		token, err := creds.Token(r.Context())
		if err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(rw).Encode(map[string]any{
			"access_token": token.Value, "expires_in": int(time.Until(token.Expiry).Seconds()), "token_type": "Bearer",
		})
	}))
	t.Cleanup(server.Close)
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(server.URL, "http://"))
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
	t.Setenv("HOME", t.TempDir()) // no credentials of whoever runs the test
}

// A server that has no key file signs people in: the custom token of the exchange is signed by IAM
// Credentials, which web@ may have sign as itself.
func TestSignInWithoutKeyFile(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	machine(t, w)
	var keys bytes.Buffer
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	check(t, err)
	check(t, insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&keys)))
	at := w.Endpoints
	server, err := app.New(t.Context(), app.Config{
		Addr: "127.0.0.1:0", PublicURL: "http://localhost:1", Project: vendingtest.Project,
		IdentityAPIKey: w.Cloud.APIKey(), SealingKeyset: keys.String(),
		WebAccount: setup.Web.Email(vendingtest.Project), VendingAccount: setup.Vending.Email(vendingtest.Project),
		VaultUS: w.Vaults[tenant.US], VaultEU: w.Vaults[tenant.EU], VaultAsia: w.Vaults[tenant.Asia], MaxUploadBytes: 1 << 20,
		FirestoreEndpoint: at.Firestore, StorageEndpoint: at.Storage, IdentityEndpoint: at.Identity, TokenEndpoint: at.Token,
		IAMEndpoint: at.IAM, ResourceEndpoint: at.ResourceManager, IAMCredentialsEndpoint: at.IAMCredentials, Plaintext: true,
	}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	check(t, err)
	t.Cleanup(func() { check(t, server.Close(context.WithoutCancel(t.Context()))) })
	check(t, server.Start(t.Context()))

	began := time.Now()
	tokens, err := server.SignIn.SignInWithPassword(t.Context(), w.Acme.Tenant, w.Acme.Admin.Email, w.Acme.Admin.Password)
	check(t, err)
	p, err := server.Authenticator.Bearer(t.Context(), tenant.SelectID(w.Acme.ID), tokens.ID)
	if err != nil || p.User() != w.Acme.Admin.ID || p.Role() != tenant.Admin {
		t.Errorf("signed in as %v, %v", p.User(), err)
	}
	signed := 0
	for _, d := range w.Asked(began) {
		if d.Permission == "iam.serviceAccounts.signBlob" && d.Caller == setup.Web.Email(vendingtest.Project) && d.Allowed {
			signed++
		}
	}
	if signed == 0 {
		t.Errorf("IAM Credentials signed nothing: %+v", w.Asked(began))
	}
}
