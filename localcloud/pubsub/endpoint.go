package pubsub

import (
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/push"
)

// maxEndpoint is how long the address of an endpoint may be, in bytes.
const maxEndpoint = 2048

// completePush refuses push settings that cannot be acted upon, and endpoints that may not be
// pushed to.
func (s *Service) completePush(sub *pubsubpb.Subscription) error {
	p := sub.PushConfig
	if p == nil || !pushes(sub) {
		if p.GetOidcToken() != nil || p.GetNoWrapper() != nil {
			return invalid("A push configuration without an endpoint says more.")
		}
		sub.PushConfig = &pubsubpb.PushConfig{}
		return nil
	}
	u, ok := push.Address(p.PushEndpoint, maxEndpoint)
	if !ok {
		return invalid("Invalid push endpoint given (endpoint=%s): want an address such as https://example.com/push.", p.PushEndpoint)
	}
	if !s.push.Allows(u) {
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
