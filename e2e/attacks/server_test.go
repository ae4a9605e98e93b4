package attacks_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// server is the real server: package app on a port of its own.
type server struct {
	app     *app.App
	origin  string
	sealing string // its key set
}

// serve serves until the test ends. edits change what the server is told.
func (w *town) serve(t *testing.T, share door.Limits, edits ...func(*app.Config)) *server {
	t.Helper()
	cfg := config(t, w.World)
	cfg.Limits = share
	for _, edit := range edits {
		edit(&cfg)
	}
	ln := listen(t)
	s, stop, err := begin(t.Context(), cfg, ln, w.log.logger())
	must(t, err)
	t.Cleanup(func() { must(t, stop()) })
	return s
}

// begin starts a server on ln. stop ends it, once.
func begin(ctx context.Context, cfg app.Config, ln net.Listener, log *slog.Logger) (_ *server, stop func() error, err error) {
	cfg.PublicURL, cfg.Addr = "http://"+ln.Addr().String(), ln.Addr().String()
	a, err := app.New(ctx, cfg, log)
	if err != nil {
		return nil, nil, err
	}
	if err := a.Start(ctx); err != nil {
		return nil, nil, err
	}
	serving, end := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- a.Serve(serving, ln) }()
	return &server{a, cfg.PublicURL, cfg.SealingKeyset}, func() error {
		end()
		if err := <-done; err != nil {
			return err
		}
		return a.Close(context.WithoutCancel(ctx))
	}, nil
}

// config is what the world's servers are told: all the same, as the instances of a service are.
func config(t *testing.T, w *vendingtest.World) app.Config {
	t.Helper()
	at := w.Endpoints
	return app.Config{
		Project:        vendingtest.Project,
		IdentityAPIKey: w.Cloud.APIKey(),
		SealingKeyset:  sealingKeys(t),
		WebAccount:     account("bulkhead-web"),
		WebKeyFile:     webKey(t, w),
		VendingAccount: account("bulkhead-vending"),
		VaultUS:        w.Vaults[tenant.US],
		VaultEU:        w.Vaults[tenant.EU],
		VaultAsia:      w.Vaults[tenant.Asia],
		MaxUploadBytes: 1 << 20,

		DNS: w.Cloud.Endpoints().DNS, OutboundExceptions: []string{w.Cloud.Endpoints().Providers}, DevelopmentDomains: true,

		FirestoreEndpoint:      at.Firestore,
		StorageEndpoint:        at.Storage,
		IdentityEndpoint:       at.Identity,
		TokenEndpoint:          at.Token,
		IAMEndpoint:            at.IAM,
		ResourceEndpoint:       at.ResourceManager,
		IAMCredentialsEndpoint: at.IAMCredentials,
		Plaintext:              true,
	}
}

func account(id string) string { return id + "@" + vendingtest.Project + ".iam.gserviceaccount.com" }

// webKeys are the files of web@'s keys, by world: an account has ten keys at most.
var webKeys sync.Map

// webKey has a key made for web@, once a world.
func webKey(t *testing.T, w *vendingtest.World) (file string) {
	t.Helper()
	if known, ok := webKeys.Load(w); ok {
		return known.(string)
	}
	accounts, err := w.Owner.Accounts(t.Context())
	must(t, err)
	key, err := accounts.CreateServiceAccountKey(t.Context(), &iamadminpb.CreateServiceAccountKeyRequest{
		Name: "projects/" + vendingtest.Project + "/serviceAccounts/" + account("bulkhead-web"),
	})
	must(t, err)
	file = filepath.Join(t.TempDir(), "web.json")
	must(t, os.WriteFile(file, key.GetPrivateKeyData(), 0o600))
	webKeys.Store(w, file)
	return file
}

func sealingKeys(t *testing.T) string {
	t.Helper()
	keys, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	must(t, err)
	var plain bytes.Buffer
	must(t, insecurecleartextkeyset.Write(keys, keyset.NewJSONWriter(&plain)))
	return plain.String()
}
