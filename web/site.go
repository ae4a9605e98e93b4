package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Deps is what the front door is built from. All fields are required.
type Deps struct {
	Registry      *tenancy.Registry
	Authenticator *tenancy.Authenticator
	Operators     *tenancy.Operators
	Machine       *vending.Machine
	Ledger        *vending.Ledger
	Identity      *identity.Service
	Sessions      *identity.Sessions
	Logger        *slog.Logger
	PublicURL     string // the origin that browsers use: "https://app.example.com"
	StorageOrigin string // the origin that browsers send files to: "https://storage.googleapis.com"
	MaxUpload     int64  // the largest file taken, in bytes
	Limits        Limits // of one tenant
}

// site holds what handlers share. It is read-only once built.
type site struct {
	Deps
	policy  string // Content-Security-Policy
	openAPI []byte
	origin  *http.CrossOriginProtection
	limiter *limiter
}

// New returns the handler of all pages and of the API. It returns every fault of d, and refuses a route table that is not
// whole: one with a route that no policy covers.
func New(d Deps) (http.Handler, error) {
	if err := d.validate(); err != nil {
		return nil, err
	}
	s := &site{Deps: d, policy: contentPolicy(d.StorageOrigin), origin: http.NewCrossOriginProtection(), limiter: newLimiter(d.Limits)}
	if err := s.origin.AddTrustedOrigin(d.PublicURL); err != nil {
		return nil, fmt.Errorf("web: public URL: %w", err)
	}
	e := echo.New()
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = s.fail
	for _, m := range s.middleware() {
		e.Use(m)
	}
	t := newTable(s, e)
	s.routes(t)
	if err := t.check(); err != nil {
		return nil, err
	}
	var err error
	s.openAPI, err = describe(t.api)
	return e, err
}

func (d Deps) validate() error {
	var faults []error
	require := func(ok bool, what string) {
		if !ok {
			faults = append(faults, errors.New("web: "+what))
		}
	}
	require(d.Registry != nil, "no registry")
	require(d.Authenticator != nil, "no authenticator")
	require(d.Operators != nil, "no list of operators")
	require(d.Ledger != nil, "no ledger")
	require(d.Machine != nil, "no vending machine")
	require(d.Identity != nil, "no identity service")
	require(d.Sessions != nil, "no sessions")
	require(d.Logger != nil, "no logger")
	require(isOrigin(d.PublicURL), "the public URL is not an origin")
	require(isOrigin(d.StorageOrigin), "the storage origin is not an origin")
	require(d.MaxUpload > 0 && d.MaxUpload <= uploads.MaxSize, "the largest upload is out of range")
	require(d.Limits.Rate > 0 && d.Limits.InFlight > 0 && d.Limits.SignIns > 0, "a limit lets nobody in")
	return errors.Join(faults...)
}

// isOrigin reports whether s is scheme and host and nothing else, so that it can stand in a header as it is.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && s == u.Scheme+"://"+u.Host
}
