package push

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// drain is how much of an answer is read so that its connection can be used again, in bytes.
const drain = 64 << 10

// Config configures a Sender.
type Config struct {
	IAM *iam.Service

	// Allow says whether an address may be sent to; nil: only loopback may. Where it allows any
	// other, whoever may configure a push can make the cloud send requests there.
	Allow func(*url.URL) bool
}

// Sender sends requests in the name of a service. It is safe for concurrent use.
type Sender struct {
	cfg  Config
	http *http.Client
}

// Token is the OIDC token that a request carries.
type Token struct {
	Account  string // e-mail address; empty: the request carries no token
	Audience string
}

// New returns a sender.
func New(cfg Config) *Sender { return &Sender{cfg: cfg, http: Client(cfg.Allow)} }

// Allows reports whether the sender sends to an address.
func (s *Sender) Allows(u *url.URL) bool {
	if s.cfg.Allow != nil {
		return s.cfg.Allow(u)
	}
	host := strings.ToLower(u.Hostname())
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

// Address parses an address that is to be sent to, of at most max bytes. ok is false for one that a
// request cannot be sent to: without a host, of another scheme than http and https, with a user or
// a fragment.
func Address(address string, max int) (u *url.URL, ok bool) {
	u, err := url.Parse(address)
	ok = err == nil && u.Host != "" && u.User == nil && u.Fragment == "" && (u.Scheme == "https" || u.Scheme == "http") && len(address) <= max
	return u, ok
}

// MayActAs asks for iam.serviceAccounts.actAs on the account whose token requests are to carry.
// Whoever configures that needs it: a service calls this with the context of the call. No account
// needs no permission. The errors are gRPC statuses, PermissionDenied above all.
func (s *Sender) MayActAs(ctx context.Context, account string) error {
	if account == "" {
		return nil
	}
	resource, err := s.cfg.IAM.AccountResource(account)
	if err != nil {
		return err
	}
	caller, _ := iam.CallerFrom(ctx)
	return s.cfg.IAM.Check(ctx, caller, "iam.serviceAccounts.actAs", resource)
}

// Send sends a request, with the token if one names an account, and returns the answer without its
// body. A request whose token cannot be issued is not sent. The errors are those of
// [iam.Service.IDToken], of the client, and that the address may not be sent to.
func (s *Sender) Send(req *http.Request, t Token) (*http.Response, error) {
	if !s.Allows(req.URL) {
		return nil, fmt.Errorf("the address %s may not be sent to", req.URL)
	}
	if t.Account != "" {
		token, err := s.cfg.IAM.IDToken(t.Account, t.Audience)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := s.http.Do(req)
	if err != nil {
		return nil, err
	}
	_, _ = io.CopyN(io.Discard, res.Body, drain)
	res.Body.Close()
	return res, nil
}

// Close closes the connections that are idle.
func (s *Sender) Close() { s.http.CloseIdleConnections() }
