package identity

import "net/http"

const (
	enabled  = "ENABLED"
	disabled = "DISABLED"

	defaultAdjacent = 5 // intervals of 30 s that a clock may be off, before and after, as at Google
	maxAdjacent     = 10
)

// mfaConfig is google.cloud.identitytoolkit.admin.v2.MultiFactorAuthConfig: which second factors a
// tenant's users may have. The zero value is none.
type mfaConfig struct {
	State            string        `json:"state,omitempty"`
	EnabledProviders []string      `json:"enabledProviders,omitempty"` // PHONE_SMS
	ProviderConfigs  []mfaProvider `json:"providerConfigs,omitempty"`
}

type mfaProvider struct {
	State string      `json:"state,omitempty"`
	TOTP  *totpConfig `json:"totpProviderConfig,omitempty"`
}

type totpConfig struct {
	AdjacentIntervals *int `json:"adjacentIntervals,omitempty"`
}

// check refuses what is not a configuration. INVALID_ARGUMENT; a second factor for everybody is not
// implemented.
func (c *mfaConfig) check() error {
	switch c.State {
	case "", "STATE_UNSPECIFIED", disabled, enabled:
	case "MANDATORY":
		return unimplemented("a mandatory second factor")
	default:
		return invalidArgument("INVALID_MFA_STATE")
	}
	for _, p := range c.EnabledProviders {
		if p != "PHONE_SMS" {
			return invalidArgument("INVALID_MFA_PROVIDER")
		}
	}
	for _, p := range c.ProviderConfigs {
		if p.State != enabled && p.State != disabled || p.TOTP == nil {
			return invalidArgument("INVALID_MFA_PROVIDER_CONFIG")
		}
		if n := p.TOTP.AdjacentIntervals; n != nil && (*n < 0 || *n > maxAdjacent) {
			return invalidArgument("INVALID_ADJACENT_INTERVALS")
		}
	}
	return nil
}

// totp is the window that codes are accepted in, if the tenant has them.
func (c *mfaConfig) totp() (adjacent int, on bool) {
	if c == nil {
		return 0, false
	}
	for _, p := range c.ProviderConfigs {
		if p.State == enabled && p.TOTP != nil {
			if p.TOTP.AdjacentIntervals != nil {
				return *p.TOTP.AdjacentIntervals, true
			}
			return defaultAdjacent, true
		}
	}
	return 0, false
}

// asks reports whether a sign-in of somebody with a second factor waits for it.
func (c *mfaConfig) asks() bool {
	_, totp := c.totp()
	return totp || c != nil && c.State == enabled
}

func invalidArgument(message string) *apiError {
	return &apiError{http.StatusBadRequest, "INVALID_ARGUMENT", message}
}
