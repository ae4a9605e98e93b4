package pubsub

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
)

// completePush refuses push settings that cannot be acted upon, and endpoints that may not be pushed to.
func (s *Service) completePush(sub *pubsubpb.Subscription) error {
	p := sub.PushConfig
	if p == nil || !pushes(sub) {
		if p.GetOidcToken() != nil || p.GetNoWrapper() != nil {
			return invalid("A push configuration without an endpoint says more.")
		}
		sub.PushConfig = &pubsubpb.PushConfig{}
		return nil
	}
	u, err := url.Parse(p.PushEndpoint)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" || len(p.PushEndpoint) > 2048 {
		return invalid("Invalid push endpoint given (endpoint=%s): want an address such as https://example.com/push.", p.PushEndpoint)
	}
	if !s.mayPush(u) {
		return invalid("Invalid push endpoint given (endpoint=%s): the local cloud pushes to loopback addresses alone, unless it is "+
			"configured otherwise.", p.PushEndpoint)
	}
	for k, v := range p.Attributes {
		if k != "x-goog-version" || v != "v1" {
			return unsupported("push attribute " + k + "=" + v)
		}
	}
	p.Attributes = map[string]string{"x-goog-version": "v1"}
	if t := p.GetOidcToken(); t != nil {
		if t.ServiceAccountEmail == "" {
			return invalid("An OIDC token needs a service account.")
		}
		if t.Audience == "" {
			t.Audience = p.PushEndpoint
		}
	}
	return nil
}

func (s *Service) mayPush(u *url.URL) bool {
	if s.cfg.AllowPush != nil {
		return s.cfg.AllowPush(u)
	}
	host := strings.ToLower(u.Hostname())
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

// pushClient makes the client that pushes. It follows no redirect and asks no proxy. Unless the configuration says where
// else it may go, it looks at each address again when it connects: localhost is a name, and names can be made to mean
// anything.
func pushClient(allow func(*url.URL) bool) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	if allow == nil {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			if a, err := netip.ParseAddrPort(address); err != nil || !a.Addr().Unmap().IsLoopback() {
				return errors.New("pubsub: " + address + " is not a loopback address")
			}
			return nil
		}
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    10 * time.Second,
			MaxIdleConnsPerHost:    10,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
