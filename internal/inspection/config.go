package inspection

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/api"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/clienttoken"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/intake"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/sandbox"
)

// Config is everything that the service is told from outside. It is flat, and Validate reports
// every fault at once. The tags name the environment variables that cmd/inspection reads.
type Config struct {
	Addr    string `env:"INSPECTION_ADDR"`      // host:port to listen on; cmd/inspection falls back to ":$PORT"
	Project string `env:"GOOGLE_CLOUD_PROJECT"` // project id

	Account  string `env:"INSPECTION_ACCOUNT"`  // e-mail of inspection@, which the process runs as
	KeyFile  string `env:"INSPECTION_KEY_FILE"` // empty: the machine's own credentials (App Engine, Cloud Run)
	Database string `env:"INSPECTION_DATABASE" envDefault:"inspection"`
	Bucket   string `env:"INSPECTION_BUCKET"`

	// Issuers are whose tokens count, as a JSON list: see clienttoken.Issuer.
	Issuers Issuers `env:"INSPECTION_ISSUERS"`

	// Origins are those of the pages that may call with a client's token, such as
	// https://app.example.com.
	Origins []string `env:"INSPECTION_ORIGINS"`

	MaxFileBytes int64         `env:"INSPECTION_MAX_FILE_BYTES" envDefault:"2147483648"`
	Retention    time.Duration `env:"INSPECTION_RETENTION" envDefault:"720h"` // how long a report stays

	// Worker is the program that inspects one file. Empty: this one, whose main function calls
	// WorkerMain.
	Worker string `env:"INSPECTION_WORKER"`

	FirestoreEndpoint string `env:"INSPECTION_FIRESTORE_ENDPOINT"` // empty: Google's own, here and below
	StorageEndpoint   string `env:"INSPECTION_STORAGE_ENDPOINT"`
	IdentityEndpoint  string `env:"INSPECTION_IDENTITY_ENDPOINT"`
	TokenEndpoint     string `env:"INSPECTION_TOKEN_ENDPOINT"`

	// Plaintext allows http:// for the endpoints and the key sets of issuers, on loopback addresses
	// only. It has no variable: the production binary cannot be talked into it.
	Plaintext bool `env:"-"`

	// What follows has no variable. Zero values are the defaults of the packages.
	Receiving intake.Limits    `env:"-"` // File and Retention stand above
	Child     sandbox.Limits   `env:"-"`
	Requests  api.Limits       `env:"-"`
	Now       func() time.Time `env:"-" json:"-"` // nil: time.Now
}

// Issuers is a list of issuers that is written as JSON.
type Issuers []clienttoken.Issuer

// UnmarshalText reads the list strictly: members that are not known are refused.
func (i *Issuers) UnmarshalText(text []byte) error {
	return json.UnmarshalRead(bytes.NewReader(text), (*[]clienttoken.Issuer)(i), json.RejectUnknownMembers(true))
}

// MarshalText writes the list as UnmarshalText reads it.
func (i Issuers) MarshalText() ([]byte, error) { return json.Marshal([]clienttoken.Issuer(i)) }

// receiving are the limits of package intake.
func (c Config) receiving() intake.Limits {
	l := c.Receiving
	if l == (intake.Limits{}) {
		l = intake.DefaultLimits()
	}
	l.File, l.Retention = c.MaxFileBytes, c.Retention
	return l
}

func (c Config) child() sandbox.Limits {
	if c.Child == (sandbox.Limits{}) {
		return sandbox.DefaultLimits()
	}
	return c.Child
}

func (c Config) requests() api.Limits {
	if c.Requests == (api.Limits{}) {
		return api.DefaultLimits()
	}
	return c.Requests
}

// worker is the command of a child.
func (c Config) worker() []string {
	if c.Worker == "" {
		return nil
	}
	return []string{c.Worker, sandbox.Argument}
}

func (c Config) endpoints() gcloud.Endpoints {
	return gcloud.Endpoints{
		Firestore: c.FirestoreEndpoint, Storage: c.StorageEndpoint, Identity: c.IdentityEndpoint, Token: c.TokenEndpoint,
	}
}

// Validate returns every fault of c, joined; nil if there is none. What is wrong with Issuers New
// reports.
func (c Config) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	required := map[string]string{
		"GOOGLE_CLOUD_PROJECT": c.Project, "INSPECTION_ACCOUNT": c.Account, "INSPECTION_DATABASE": c.Database, "INSPECTION_BUCKET": c.Bucket,
	}
	for _, name := range slices.Sorted(maps.Keys(required)) {
		if required[name] == "" {
			fault("%s is not set", name)
		}
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil && c.Addr != "" {
		fault("INSPECTION_ADDR %q is not host:port", c.Addr)
	}
	if c.MaxFileBytes < 1 || c.MaxFileBytes > intake.MostFile {
		fault("INSPECTION_MAX_FILE_BYTES %d is not between 1 and %d", c.MaxFileBytes, intake.MostFile)
	}
	if c.Retention < time.Minute {
		fault("INSPECTION_RETENTION %s is less than a minute", c.Retention)
	}
	endpoints := map[string]string{
		"INSPECTION_FIRESTORE_ENDPOINT": c.FirestoreEndpoint, "INSPECTION_STORAGE_ENDPOINT": c.StorageEndpoint,
		"INSPECTION_IDENTITY_ENDPOINT": c.IdentityEndpoint, "INSPECTION_TOKEN_ENDPOINT": c.TokenEndpoint,
	}
	for _, name := range slices.Sorted(maps.Keys(endpoints)) {
		if err := c.address(endpoints[name]); err != nil {
			fault("%s %q: %w", name, endpoints[name], err)
		}
	}
	for _, o := range c.Origins {
		if u, err := url.Parse(o); o == "" || c.address(o) != nil || err != nil || u.Scheme+"://"+u.Host != o {
			fault("INSPECTION_ORIGINS: %q is not an origin", o)
		}
	}
	for _, i := range c.Issuers {
		if err := c.address(i.JWKS); err != nil {
			fault("INSPECTION_ISSUERS: %q: %w", i.JWKS, err)
		}
	}
	return errors.Join(faults...)
}

// address checks an address that may be empty: it is https; or http, where Plaintext allows it and
// the host is a loopback address.
func (c Config) address(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || strings.ContainsAny(s, "*?#") || u.User != nil:
		return errors.New("is not a plain absolute URL")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && c.Plaintext && loopback(u.Hostname()):
		return nil
	}
	return errors.New("is not https")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
