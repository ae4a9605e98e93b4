package identity

import (
	"net"
	"net/url"
	"regexp"
	"strings"
)

// oidcConfig is google.cloud.identitytoolkit.admin.v2.OAuthIdpConfig: an OpenID provider that a
// tenant's users sign in at.
type oidcConfig struct {
	Name         string        `json:"name,omitempty"`
	ClientID     string        `json:"clientId,omitempty"`
	Issuer       string        `json:"issuer,omitempty"`
	DisplayName  string        `json:"displayName,omitempty"`
	Enabled      bool          `json:"enabled,omitempty"`
	ClientSecret string        `json:"clientSecret,omitempty"`
	ResponseType *responseType `json:"responseType,omitempty"`
}

type responseType struct {
	IDToken bool `json:"idToken,omitempty"`
	Code    bool `json:"code,omitempty"`
	Token   bool `json:"token,omitempty"`
}

func (s *Service) oidcProviders() providerKind[oidcConfig, *oidcConfig] {
	return providerKind[oidcConfig, *oidcConfig]{
		s: s, bucket: bucketOIDC, plural: "oauthIdpConfigs", idParam: "oauthIdpConfigId",
		id: regexp.MustCompile(`^oidc\.[a-zA-Z0-9-]{1,64}$`),
		masks: []string{
			"clientId", "issuer", "displayName", "enabled", "clientSecret",
			"responseType", "responseType.idToken", "responseType.code", "responseType.token",
		},
	}
}

// check sets the response type that Google defaults to, and refuses a provider nobody could sign in
// at.
func (c *oidcConfig) check() error {
	if c.ResponseType == nil {
		c.ResponseType = &responseType{IDToken: true}
	}
	switch {
	case c.ClientID == "":
		return invalidArgument("INVALID_CLIENT_ID")
	case !isSafeAddress(c.Issuer) || strings.ContainsAny(c.Issuer, "?#"):
		return invalidArgument("INVALID_ISSUER")
	case c.ResponseType.Token:
		return unimplemented("the response type \"token\"")
	case c.ResponseType.IDToken == c.ResponseType.Code:
		return invalidArgument("INVALID_RESPONSE_TYPE : Exactly one of idToken and code must be set.")
	case c.ResponseType.Code && c.ClientSecret == "":
		return invalidArgument("MISSING_CLIENT_SECRET")
	}
	return nil
}

func (c *oidcConfig) named(name string) { c.Name = name }
func (c *oidcConfig) redact()           { c.ClientSecret = "" }
func (c *oidcConfig) secret() bool      { return c.ClientSecret != "" }

// isSafeAddress reports whether s is an absolute address without credentials that can be trusted to
// lead where it says: over TLS or, other than at Google, on this machine.
func isSafeAddress(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
