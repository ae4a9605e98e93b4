package inspection_test

import (
	"io"
	"log/slog"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/inspection"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/clienttoken"
)

// sound is a configuration without a fault.
func sound() inspection.Config {
	return inspection.Config{
		Addr: ":8080", Project: "p", Account: "bulkhead-inspection@p.iam.gserviceaccount.com", Database: "inspection", Bucket: "p-inspection",
		Issuers: inspection.Issuers{{Kind: clienttoken.IdentityPlatform, Project: "p"}}, MaxFileBytes: 1 << 30, Retention: time.Hour,
	}
}

func TestConfig(t *testing.T) {
	if err := sound().Validate(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*inspection.Config){
		"GOOGLE_CLOUD_PROJECT":          func(c *inspection.Config) { c.Project = "" },
		"INSPECTION_ACCOUNT":            func(c *inspection.Config) { c.Account = "" },
		"INSPECTION_BUCKET":             func(c *inspection.Config) { c.Bucket = "" },
		"INSPECTION_ADDR":               func(c *inspection.Config) { c.Addr = "8080" },
		"INSPECTION_MAX_FILE_BYTES":     func(c *inspection.Config) { c.MaxFileBytes = 1 << 40 },
		"INSPECTION_RETENTION":          func(c *inspection.Config) { c.Retention = time.Second },
		"INSPECTION_FIRESTORE_ENDPOINT": func(c *inspection.Config) { c.FirestoreEndpoint = "http://127.0.0.1:1" },
		"INSPECTION_STORAGE_ENDPOINT":   func(c *inspection.Config) { c.Plaintext, c.StorageEndpoint = true, "http://10.0.0.1" },
		"INSPECTION_TOKEN_ENDPOINT":     func(c *inspection.Config) { c.TokenEndpoint = "https://u:p@token.test" },
		"INSPECTION_ORIGINS":            func(c *inspection.Config) { c.Origins = []string{"https://app.test/page"} },
		"INSPECTION_ISSUERS": func(c *inspection.Config) {
			c.Issuers = append(c.Issuers, clienttoken.Issuer{Kind: clienttoken.OIDC, JWKS: "http://id.test"})
		},
	} {
		c := sound()
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), "INSPECTION_") > 1 {
			t.Errorf("%s: %v", want, err)
		}
		if s, err := inspection.New(t.Context(), c, slog.New(slog.NewTextHandler(io.Discard, nil))); err == nil {
			t.Errorf("%s: it starts", want)
			_ = s.Close(t.Context())
		}
	}
	var issuers inspection.Issuers
	for _, text := range []string{`[{"kind":"oidc","secret":"x"}]`, `{}`, `[`} {
		if err := issuers.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

// The program does not start on a doubtful environment, and says everything that is wrong with it.
func TestRefusedStarts(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		env  []string
		want []string
	}{
		{"nothing is set", nil, nil, []string{"INSPECTION_ADDR"}},
		{"an address alone", nil, []string{"PORT=0"}, []string{"GOOGLE_CLOUD_PROJECT", "INSPECTION_ACCOUNT", "INSPECTION_BUCKET"}},
		{"an emulator", nil, []string{"PORT=0", "FIRESTORE_EMULATOR_HOST=127.0.0.1:1"}, []string{"FIRESTORE_EMULATOR_HOST"}},
		{"issuers that are no list", nil, []string{"PORT=0", "INSPECTION_ISSUERS=p"}, []string{"Issuers"}},
		{"no issuer", nil, []string{"PORT=0", "GOOGLE_CLOUD_PROJECT=p", "INSPECTION_ACCOUNT=a", "INSPECTION_BUCKET=b"}, []string{"INSPECTION_ISSUERS"}},
		{"plaintext", nil, []string{"PORT=0", "INSPECTION_STORAGE_ENDPOINT=http://127.0.0.1:1"}, []string{"INSPECTION_STORAGE_ENDPOINT"}},
		{"a key file that is not there", nil, []string{
			"PORT=0", "GOOGLE_CLOUD_PROJECT=p", "INSPECTION_ACCOUNT=a", "INSPECTION_BUCKET=b", "INSPECTION_KEY_FILE=/nothing",
			`INSPECTION_ISSUERS=[{"kind":"identity-platform","project":"p"}]`,
		}, []string{"key file"}},
		{"an argument", []string{"-prod"}, nil, []string{"unexpected argument"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), program(t, "../../cmd/inspection"), c.args...)
			cmd.Env = append([]string{}, c.env...)
			out, err := cmd.CombinedOutput()
			if err == nil || strings.Contains(string(out), "goroutine ") {
				t.Fatalf("%v: %s", err, out)
			}
			for _, want := range c.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("%s, want it to say %q", out, want)
				}
			}
		})
	}
}
