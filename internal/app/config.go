package app

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Config is everything a server is told from outside. It is flat, and Validate reports every fault
// at once. The tags name the environment variables that cmd/server reads.
type Config struct {
	Role string `env:"BULKHEAD_ROLE" envDefault:"web"` // what the process does: "web", "worker" or "adapter"

	Addr      string `env:"BULKHEAD_ADDR"`        // host:port to listen on; cmd/server falls back to ":$PORT"
	PublicURL string `env:"BULKHEAD_PUBLIC_URL"`  // web: the origin that browsers use, "https://app.example.com"; worker: the one that the scheduler uses
	Project   string `env:"GOOGLE_CLOUD_PROJECT"` // project id

	IdentityAPIKey string `env:"BULKHEAD_IDENTITY_API_KEY"` // Identity Platform web API key; it identifies, it does not authorize
	SealingKeyset  string `env:"BULKHEAD_SEALING_KEYSET"`   // web: Tink AEAD key set (JSON) that seals session cookies; adapter: another, that seals what it keeps

	WebAccount     string `env:"BULKHEAD_WEB_ACCOUNT"`      // web: e-mail of web@, which the process runs as
	WebKeyFile     string `env:"BULKHEAD_WEB_KEY_FILE"`     // empty: the machine's own credentials (App Engine, Cloud Run)
	WorkerAccount  string `env:"BULKHEAD_WORKER_ACCOUNT"`   // worker: e-mail of worker@, which the process runs as
	WorkerKeyFile  string `env:"BULKHEAD_WORKER_KEY_FILE"`  // empty: as above
	TickAccount    string `env:"BULKHEAD_TICK_ACCOUNT"`     // worker: e-mail of tick@, which the scheduler sends as
	PushAccount    string `env:"BULKHEAD_PUSH_ACCOUNT"`     // worker: e-mail of push@, which Pub/Sub pushes as
	AdapterAccount string `env:"BULKHEAD_ADAPTER_ACCOUNT"`  // worker and adapter: e-mail of forwarding@, which the Adapter runs as
	AdapterKeyFile string `env:"BULKHEAD_ADAPTER_KEY_FILE"` // adapter; empty: as above
	VendingAccount string `env:"BULKHEAD_VENDING_ACCOUNT"`  // e-mail of vending@, impersonated to read the vaults
	Credentials    string `env:"BULKHEAD_CREDENTIALS"`      // how tenants' accounts are acted as: "keyfile" (if empty) or "impersonation"

	VaultUS   string `env:"BULKHEAD_VAULT_US"`   // vault bucket of each region
	VaultEU   string `env:"BULKHEAD_VAULT_EU"`   //
	VaultAsia string `env:"BULKHEAD_VAULT_ASIA"` //

	// TrustedProxies are the networks ("35.191.0.0/16") of the proxies before the process, whose
	// X-Forwarded-For names the client. Empty: clients connect directly, and the header is not
	// looked at.
	TrustedProxies []string `env:"BULKHEAD_TRUSTED_PROXIES"`

	// DNS is the host:port of the name server that is asked for the records of tenants' domains.
	// Empty: the system's.
	DNS string `env:"BULKHEAD_DNS"`

	// What is needed to publish events of files, for an Adapter that has them inspected: all three,
	// or none.
	EventsTopic   string `env:"BULKHEAD_EVENTS_TOPIC"`   // id of the topic
	TicketKeyset  string `env:"BULKHEAD_TICKET_KEYSET"`  // Tink AEAD key set (JSON) of the Adapter's tickets, the same for web and worker
	AdapterKeyset string `env:"BULKHEAD_ADAPTER_KEYSET"` // Tink key set (JSON) of the Adapter's public keys (HPKE)

	// What the Adapter needs beside. Its own key sets are known to nobody else.
	HandoverKeyset   string `env:"BULKHEAD_HANDOVER_KEYSET"`   // adapter: Tink key set (JSON, HPKE) that opens what clients hand over
	WorkerURL        string `env:"BULKHEAD_WORKER_URL"`        // adapter: the worker's origin, where files are asked for
	InspectionURL    string `env:"BULKHEAD_INSPECTION_URL"`    // adapter: the origin of Service B
	InspectionsTopic string `env:"BULKHEAD_INSPECTIONS_TOPIC"` // adapter: id of the topic on which it tells how far it has come

	// What a worker needs to write to people.
	WebURL       string `env:"BULKHEAD_WEB_URL"`       // worker: the origin that browsers use, for the links in letters
	SMTP         string `env:"BULKHEAD_SMTP"`          // worker: host:port of the mail server
	MailFrom     string `env:"BULKHEAD_MAIL_FROM"`     // worker: whom letters come from, "Bulkhead <no-reply@example.com>"
	SMTPUser     string `env:"BULKHEAD_SMTP_USER"`     // empty: the mail server asks for no name
	SMTPPassword string `env:"BULKHEAD_SMTP_PASSWORD"` //

	MaxUploadBytes int64 `env:"BULKHEAD_MAX_UPLOAD_BYTES" envDefault:"100000000"` // largest file, in bytes

	// How many bytes of files a tenant may keep. Each process needs the same values: where they
	// differ, each holds tenants to its own.
	QuotaBytes int64            `env:"BULKHEAD_QUOTA_BYTES"` // of a tenant that is not named below; 0: 100 GB
	Quotas     map[string]int64 `env:"BULKHEAD_QUOTAS"`      // of single tenants, as "tn-abc:500000000000,tn-def:1000000000"

	// OutboundExceptions are origins that a tenant's provider may have although they are private or
	// speak http: for development. They need Plaintext, which the production binary has not.
	OutboundExceptions []string `env:"BULKHEAD_OUTBOUND_EXCEPTIONS"`

	FirestoreEndpoint      string `env:"BULKHEAD_FIRESTORE_ENDPOINT"` // empty: Google's own, here and below
	StorageEndpoint        string `env:"BULKHEAD_STORAGE_ENDPOINT"`
	IdentityEndpoint       string `env:"BULKHEAD_IDENTITY_ENDPOINT"`
	TokenEndpoint          string `env:"BULKHEAD_TOKEN_ENDPOINT"`
	IAMEndpoint            string `env:"BULKHEAD_IAM_ENDPOINT"`
	ResourceEndpoint       string `env:"BULKHEAD_RESOURCE_MANAGER_ENDPOINT"`
	IAMCredentialsEndpoint string `env:"BULKHEAD_IAM_CREDENTIALS_ENDPOINT"`
	PubSubEndpoint         string `env:"BULKHEAD_PUBSUB_ENDPOINT"`

	// Plaintext allows http:// for PublicURL and the endpoints, on loopback addresses only. It has
	// no variable: the production binary cannot be talked into it.
	Plaintext bool `env:"-"`

	// DevelopmentDomains lets a tenant prove bulkhead.test, which nobody owns. It has no variable.
	DevelopmentDomains bool `env:"-"`

	// Aliases are other hosts (host:port) by which clients may find this server. They are sent on
	// to PublicURL. cmd/dev names its loopback address.
	Aliases []string `env:"-"`

	// Limits are what one tenant may take of the process; zero: door.DefaultLimits. They have no
	// variable either: a test that floods a server states what its share is.
	Limits door.Limits `env:"-"`

	// IssuersNow is the clock by which the keys of tenants' issuers age; nil: time.Now. It has no
	// variable: a test of an outage moves it.
	IssuersNow func() time.Time `env:"-" json:"-"`

	// AdapterNow is the Adapter's clock; nil: time.Now. A test in which a token has died moves it.
	AdapterNow func() time.Time `env:"-" json:"-"`
}

// serviceAccount is who a process runs as. Without a key file the machine's own credentials are
// that account's.
type serviceAccount struct{ email, keyFile string }

// Endpoints returns where Google's services are.
func (c Config) Endpoints() gcloud.Endpoints {
	return gcloud.Endpoints{
		Firestore:       c.FirestoreEndpoint,
		Storage:         c.StorageEndpoint,
		Identity:        c.IdentityEndpoint,
		Token:           c.TokenEndpoint,
		IAM:             c.IAMEndpoint,
		ResourceManager: c.ResourceEndpoint,
		IAMCredentials:  c.IAMCredentialsEndpoint,
		PubSub:          c.PubSubEndpoint,
	}
}

// quotas are how many bytes of files each tenant may keep. Validate has judged them.
func (c Config) quotas() vending.Quotas {
	of := map[tenant.ID]int64{}
	for text, bytes := range c.Quotas {
		if id, err := tenant.ParseID(text); err == nil {
			of[id] = bytes
		}
	}
	return vending.Quotas{Default: c.QuotaBytes, Of: of}
}

// Source returns the name of the source of the tenants' credentials, as vault.OpenSource takes it.
func (c Config) Source() string {
	if c.Credentials == "" {
		return "keyfile"
	}
	return c.Credentials
}

// mail is how letters are handed over.
func (c Config) mail() mail.ServerConfig {
	return mail.ServerConfig{
		Address: c.SMTP, From: c.MailFrom, User: c.SMTPUser, Password: c.SMTPPassword, Plaintext: c.Plaintext,
	}
}

// Vaults returns the vault bucket of each region.
func (c Config) Vaults() map[tenant.Region]string {
	return map[tenant.Region]string{tenant.US: c.VaultUS, tenant.EU: c.VaultEU, tenant.Asia: c.VaultAsia}
}

// Validate returns every fault of c, joined; nil if there is none.
func (c Config) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }

	type setting struct{ name, value string }
	required := []setting{{"GOOGLE_CLOUD_PROJECT", c.Project}}
	if c.Role != RoleAdapter {
		required = append(required, []setting{
			{"BULKHEAD_IDENTITY_API_KEY", c.IdentityAPIKey},
			{"BULKHEAD_VENDING_ACCOUNT", c.VendingAccount},
			{"BULKHEAD_VAULT_US", c.VaultUS},
			{"BULKHEAD_VAULT_EU", c.VaultEU},
			{"BULKHEAD_VAULT_ASIA", c.VaultAsia},
		}...)
	}
	switch c.Role {
	case RoleAdapter:
		required = append(required, setting{"BULKHEAD_ADAPTER_ACCOUNT", c.AdapterAccount}, setting{"BULKHEAD_HANDOVER_KEYSET", c.HandoverKeyset},
			setting{"BULKHEAD_SEALING_KEYSET", c.SealingKeyset}, setting{"BULKHEAD_PUSH_ACCOUNT", c.PushAccount},
			setting{"BULKHEAD_TICK_ACCOUNT", c.TickAccount}, setting{"BULKHEAD_INSPECTIONS_TOPIC", c.InspectionsTopic})
		for _, origin := range []setting{{"BULKHEAD_WORKER_URL", c.WorkerURL}, {"BULKHEAD_INSPECTION_URL", c.InspectionURL}} {
			if u, err := c.address(origin.value); err != nil {
				fault("%s %q: %w", origin.name, origin.value, err)
			} else if u.Path != "" {
				fault("%s %q is more than an origin", origin.name, origin.value)
			}
		}
	case RoleWeb:
		required = append(required, setting{"BULKHEAD_SEALING_KEYSET", c.SealingKeyset}, setting{"BULKHEAD_WEB_ACCOUNT", c.WebAccount})
	case RoleWorker:
		required = append(required, setting{"BULKHEAD_WORKER_ACCOUNT", c.WorkerAccount}, setting{"BULKHEAD_TICK_ACCOUNT", c.TickAccount})
		if err := c.mail().Validate(); err != nil {
			fault("BULKHEAD_SMTP, BULKHEAD_MAIL_FROM, BULKHEAD_SMTP_USER, BULKHEAD_SMTP_PASSWORD: %w", err)
		}
		if host, _, err := net.SplitHostPort(c.SMTP); err == nil && c.Plaintext && !loopback(host) {
			fault("BULKHEAD_SMTP %q is not on this machine", c.SMTP)
		}
		if origin, err := c.address(c.WebURL); err != nil {
			fault("BULKHEAD_WEB_URL %q: %w", c.WebURL, err)
		} else if origin.Path != "" {
			fault("BULKHEAD_WEB_URL %q is more than an origin", c.WebURL)
		}
	default:
		fault("BULKHEAD_ROLE %q is none of web, worker and adapter", c.Role)
	}
	if c.Role != RoleAdapter && c.EventsTopic+c.TicketKeyset+c.AdapterKeyset != "" {
		required = append(required, setting{"BULKHEAD_EVENTS_TOPIC", c.EventsTopic},
			setting{"BULKHEAD_TICKET_KEYSET", c.TicketKeyset}, setting{"BULKHEAD_ADAPTER_KEYSET", c.AdapterKeyset})
		if c.Role == RoleWorker {
			required = append(required, setting{"BULKHEAD_PUSH_ACCOUNT", c.PushAccount}, setting{"BULKHEAD_ADAPTER_ACCOUNT", c.AdapterAccount})
		}
	}
	for _, r := range required {
		if r.value == "" {
			fault("%s is not set", r.name)
		}
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		fault("BULKHEAD_ADDR %q is not host:port (PORT stands in for it)", c.Addr)
	}
	switch c.Credentials {
	case "", "keyfile", "impersonation":
	default:
		fault("BULKHEAD_CREDENTIALS %q is neither keyfile nor impersonation", c.Credentials)
	}
	if _, err := c.proxies(); err != nil {
		fault("BULKHEAD_TRUSTED_PROXIES: %w", err)
	}
	if _, _, err := net.SplitHostPort(c.DNS); err != nil && c.DNS != "" {
		fault("BULKHEAD_DNS %q is not host:port", c.DNS)
	}
	if len(c.OutboundExceptions) > 0 && !c.Plaintext {
		fault("BULKHEAD_OUTBOUND_EXCEPTIONS is set: a server calls no private address, whoever names it")
	}
	if c.MaxUploadBytes < 1 || c.MaxUploadBytes > 5<<30 {
		fault("BULKHEAD_MAX_UPLOAD_BYTES %d is not between 1 and 5 GiB", c.MaxUploadBytes)
	}
	if c.QuotaBytes < 0 {
		fault("BULKHEAD_QUOTA_BYTES %d is below 0", c.QuotaBytes)
	}
	for id, bytes := range c.Quotas {
		if _, err := tenant.ParseID(id); err != nil || bytes < 1 {
			fault("BULKHEAD_QUOTAS: %q is no tenant's id, or its %d bytes are none", id, bytes)
		}
	}
	if origin, err := c.address(c.PublicURL); err != nil {
		fault("BULKHEAD_PUBLIC_URL %q: %w", c.PublicURL, err)
	} else if origin.Path != "" {
		fault("BULKHEAD_PUBLIC_URL %q is more than an origin", c.PublicURL)
	}
	for _, endpoint := range []struct{ name, value string }{
		{"BULKHEAD_FIRESTORE_ENDPOINT", c.FirestoreEndpoint},
		{"BULKHEAD_STORAGE_ENDPOINT", c.StorageEndpoint},
		{"BULKHEAD_IDENTITY_ENDPOINT", c.IdentityEndpoint},
		{"BULKHEAD_TOKEN_ENDPOINT", c.TokenEndpoint},
		{"BULKHEAD_IAM_ENDPOINT", c.IAMEndpoint},
		{"BULKHEAD_RESOURCE_MANAGER_ENDPOINT", c.ResourceEndpoint},
		{"BULKHEAD_IAM_CREDENTIALS_ENDPOINT", c.IAMCredentialsEndpoint},
		{"BULKHEAD_PUBSUB_ENDPOINT", c.PubSubEndpoint},
	} {
		if endpoint.value == "" {
			continue
		}
		if _, err := c.address(endpoint.value); err != nil {
			fault("%s %q: %w", endpoint.name, endpoint.value, err)
		}
	}
	return errors.Join(faults...)
}

// address parses an absolute https URL; http too, when Plaintext allows it and the host is a
// loopback address.
func (c Config) address(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return nil, errors.New("is not set")
	case err != nil, u.Host == "", strings.ContainsAny(s, "*?#"), u.User != nil:
		return nil, errors.New("is not a plain absolute URL")
	case u.Scheme == "https":
		return u, nil
	case u.Scheme == "http" && c.Plaintext && loopback(u.Hostname()):
		return u, nil
	}
	return nil, errors.New("is not https")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// CheckEnvironment returns every variable of environ (as os.Environ gives it) that would quietly
// send Google's client libraries elsewhere, or make them skip checks: firebase-admin-go, for one,
// verifies no signature while FIREBASE_AUTH_EMULATOR_HOST is set.
func CheckEnvironment(environ []string) error {
	var faults []error
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case strings.Contains(name, "_EMULATOR_HOST"):
			faults = append(faults, fmt.Errorf("%s is set: a server never talks to an emulator", name))
		//isolint:allow host it is compared with
		case name == "GOOGLE_CLOUD_UNIVERSE_DOMAIN" && value != "" && value != "googleapis.com":
			//isolint:allow host it is told to people
			faults = append(faults, fmt.Errorf("%s=%s: only googleapis.com is supported", name, value))
		}
	}
	return errors.Join(faults...)
}

// proxies are the trusted proxies' networks.
func (c Config) proxies() (networks []*net.IPNet, err error) {
	for _, s := range c.TrustedProxies {
		_, network, fault := net.ParseCIDR(strings.TrimSpace(s))
		networks, err = append(networks, network), errors.Join(err, fault)
	}
	return networks, err
}

// limits are what one tenant may take of the process.
func (c Config) limits() door.Limits {
	if c.Limits == (door.Limits{}) {
		return door.DefaultLimits()
	}
	return c.Limits
}

// storageOrigin is the origin that browsers send signed requests to.
func (c Config) storageOrigin() string {
	if c.StorageEndpoint == "" {
		return "https://storage.googleapis.com" //isolint:allow host for the pages' content policy
	}
	return c.StorageEndpoint
}
