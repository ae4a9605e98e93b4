package app_test

import (
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/app"
)

func valid() app.Config {
	return app.Config{
		Role: app.RoleWeb,
		Addr: ":8080", PublicURL: "https://app.example.com", Project: "p", IdentityAPIKey: "k", SealingKeyset: "s",
		WebAccount: "web@p.iam.gserviceaccount.com", VendingAccount: "vending@p.iam.gserviceaccount.com",
		VaultUS: "p-vault-us", VaultEU: "p-vault-eu", VaultAsia: "p-vault-asia", MaxUploadBytes: 1 << 20,
	}
}

func TestConfig(t *testing.T) {
	if err := valid().Validate(); err != nil {
		t.Fatalf("a valid configuration is refused: %v", err)
	}
	for name, change := range map[string]struct {
		do   func(*app.Config)
		want string
	}{
		"no project":                 {func(c *app.Config) { c.Project = "" }, "GOOGLE_CLOUD_PROJECT"},
		"no sealing key":             {func(c *app.Config) { c.SealingKeyset = "" }, "BULKHEAD_SEALING_KEYSET"},
		"no vault for a region":      {func(c *app.Config) { c.VaultEU = "" }, "BULKHEAD_VAULT_EU"},
		"no port":                    {func(c *app.Config) { c.Addr = "localhost" }, "host:port"},
		"plaintext origin":           {func(c *app.Config) { c.PublicURL = "http://app.example.com" }, "not https"},
		"origin with a path":         {func(c *app.Config) { c.PublicURL = "https://app.example.com/x" }, "more than an origin"},
		"wildcard origin":            {func(c *app.Config) { c.PublicURL = "https://*.example.com" }, "plain absolute URL"},
		"plaintext endpoint":         {func(c *app.Config) { c.StorageEndpoint = "http://127.0.0.1:4000" }, "BULKHEAD_STORAGE_ENDPOINT"},
		"plaintext off the loopback": {func(c *app.Config) { c.Plaintext = true; c.StorageEndpoint = "http://10.0.0.1:4000" }, "not https"},
		"endpoint with a password":   {func(c *app.Config) { c.TokenEndpoint = "https://a:b@example.com" }, "plain absolute URL"},
		"unknown credentials":        {func(c *app.Config) { c.Credentials = "KeyFile" }, "BULKHEAD_CREDENTIALS"},
		"an exception outbound":      {func(c *app.Config) { c.OutboundExceptions = []string{"http://127.0.0.1:9001"} }, "BULKHEAD_OUTBOUND_EXCEPTIONS"},
		"no room for uploads":        {func(c *app.Config) { c.MaxUploadBytes = 0 }, "BULKHEAD_MAX_UPLOAD_BYTES"},
		"a quota below nothing":      {func(c *app.Config) { c.QuotaBytes = -1 }, "BULKHEAD_QUOTA_BYTES"},
		"a quota of nobody":          {func(c *app.Config) { c.Quotas = map[string]int64{"acme": 1} }, "BULKHEAD_QUOTAS"},
		"a tenant without any room":  {func(c *app.Config) { c.Quotas = map[string]int64{"tn-xyz9876543": 0} }, "BULKHEAD_QUOTAS"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := valid()
			change.do(&cfg)
			if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), change.want) {
				t.Errorf("Validate() = %v, want it to mention %q", err, change.want)
			}
		})
	}
}

func TestConfigReportsEveryFault(t *testing.T) {
	err := app.Config{Role: app.RoleWeb}.Validate()
	for _, name := range []string{"GOOGLE_CLOUD_PROJECT", "BULKHEAD_PUBLIC_URL", "BULKHEAD_VAULT_ASIA", "BULKHEAD_SEALING_KEYSET", "BULKHEAD_ADDR"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Validate() does not mention %s: %v", name, err)
		}
	}
}

func TestConfigAllowsPlaintextOnlyOnLoopback(t *testing.T) {
	cfg := valid()
	cfg.Plaintext = true
	cfg.PublicURL = "http://127.0.0.1:8080"
	cfg.FirestoreEndpoint = "http://localhost:4001"
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
}

func TestCheckEnvironment(t *testing.T) {
	for _, name := range []string{
		"FIREBASE_AUTH_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST_GRPC",
		"FIREBASE_STORAGE_EMULATOR_HOST", "FIREBASE_DATABASE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
	} {
		if err := app.CheckEnvironment([]string{"HOME=/", name + "=localhost:1"}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not refused: %v", name, err)
		}
	}
	if err := app.CheckEnvironment([]string{"HOME=/", "PORT=8080", "GOOGLE_CLOUD_UNIVERSE_DOMAIN=googleapis.com"}); err != nil {
		t.Error(err)
	}
}
