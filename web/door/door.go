package door

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/browser"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
	"github.com/bulkhead-saas/bulkhead/web/usage"
)

// Config is what a door is built from. All fields but Now are required.
type Config struct {
	Authenticator *tenancy.Authenticator
	Operators     *tenancy.Operators
	Machine       *vending.Machine
	Renewer       browser.Renewer
	Records       usage.Records
	Sessions      *sessioncookie.Sealer
	Logger        *slog.Logger
	PublicURL     string           // the origin that browsers use: "https://app.example.com"
	StorageOrigin string           // the origin that browsers send files to: "https://storage.googleapis.com"
	Limits        Limits           // of one tenant
	Proxies       []*net.IPNet     // whose X-Forwarded-For is believed; none: clients connect directly
	Now           func() time.Time // nil: time.Now
}

// Door holds what the policies need. It is read-only once built. Features never hold one: the
// wiring hands them the small parts that they need.
type Door struct {
	config   Config
	policy   string // Content-Security-Policy
	origin   string // our own, as browsers write it
	host     string // of the origin
	secure   bool   // the origin is https
	limiter  *limiter
	browsers browser.Store
	usage    usage.Recorder
	callers  map[string]*tenancy.PlatformCaller // by path; nil but in a worker
}

// New returns a door. It returns every fault of c.
func New(c Config) (*Door, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	d := &Door{
		config:  c,
		policy:  httpserver.ContentPolicy(c.StorageOrigin),
		limiter: newLimiter(c.Limits, c.Now),
	}
	d.standAt(c.PublicURL)
	d.browsers = browser.New(browser.Config{
		Authenticator: c.Authenticator, Operators: c.Operators, Renewer: c.Renewer, Seal: c.Sessions,
		Logger: c.Logger, Now: c.Now, Record: d.recordBegin, Refused: d.refused,
		Address: func(slug tenant.Slug) string { return Address(slug) },
	})
	d.usage = usage.New(usage.Config{Records: c.Records, Logger: c.Logger, Now: c.Now})
	return d, nil
}

// clientAddress returns what finds a client's address: of the connection, or the last in
// X-Forwarded-For that no trusted proxy has.
func (d *Door) clientAddress() echo.IPExtractor {
	if len(d.config.Proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trusted := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, network := range d.config.Proxies {
		trusted = append(trusted, echo.TrustIPRange(network))
	}
	return echo.ExtractIPFromXFFHeader(trusted...)
}

// standAt sets which host names and which origin are the door's own. origin is one: see isOrigin.
func (d *Door) standAt(origin string) {
	scheme, host, _ := strings.Cut(strings.ToLower(origin), "://")
	d.secure = scheme == "https"
	d.host = d.ownHost(host)
	d.origin = scheme + "://" + d.host
}

func (c Config) validate() error {
	var faults []error
	require := func(ok bool, what string) {
		if !ok {
			faults = append(faults, errors.New("web: "+what))
		}
	}
	require(c.Authenticator != nil, "no authenticator")
	require(c.Operators != nil, "no list of operators")
	require(c.Machine != nil, "no vending machine")
	require(c.Renewer != nil, "nothing that renews tokens")
	require(c.Records != nil, "no records of sessions")
	require(c.Sessions != nil, "no sessions")
	require(c.Logger != nil, "no logger")
	require(isOrigin(c.PublicURL), "the public URL is not an origin")
	require(isOrigin(c.StorageOrigin), "the storage origin is not an origin")
	require(c.Limits.Rate > 0 && c.Limits.InFlight > 0 && c.Limits.SignIns > 0,
		"a limit lets nobody in")
	return errors.Join(faults...)
}

// isOrigin reports whether s is scheme and host and nothing else, so that it can stand in a header
// as it is.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" &&
		s == u.Scheme+"://"+u.Host
}

// Served returns nil if the workspace is served, and tenant.ErrTenantDenied if it is not. It says
// nothing else about the workspace, and nothing about the caller.
func (d *Door) Served(ctx context.Context, slug tenant.Slug) error {
	_, err := d.config.Authenticator.Tenant(ctx, tenant.SelectSlug(slug))
	return err
}
