package identity

import (
	"crypto/x509"
	"encoding/pem"
	"regexp"
)

// samlConfig is google.cloud.identitytoolkit.admin.v2.InboundSamlConfig. It is kept; sign-in by
// SAML is not implemented.
type samlConfig struct {
	Name        string   `json:"name,omitempty"`
	IDP         *samlIDP `json:"idpConfig,omitempty"`
	SP          *samlSP  `json:"spConfig,omitempty"`
	DisplayName string   `json:"displayName,omitempty"`
	Enabled     bool     `json:"enabled,omitempty"`
}

type samlIDP struct {
	EntityID     string            `json:"idpEntityId,omitempty"`
	SSOURL       string            `json:"ssoUrl,omitempty"`
	SignRequest  bool              `json:"signRequest,omitempty"`
	Certificates []samlCertificate `json:"idpCertificates,omitempty"`
}

type samlCertificate struct {
	X509 string `json:"x509Certificate"` // PEM
}

type samlSP struct {
	EntityID    string `json:"spEntityId,omitempty"`
	CallbackURI string `json:"callbackUri,omitempty"`
}

func (s *Service) samlProviders() providerKind[samlConfig, *samlConfig] {
	return providerKind[samlConfig, *samlConfig]{
		s: s, bucket: bucketSAML, plural: "inboundSamlConfigs", idParam: "inboundSamlConfigId",
		id: regexp.MustCompile(`^saml\.[a-zA-Z0-9-]{1,64}$`),
		masks: []string{
			"displayName", "enabled", "idpConfig", "idpConfig.idpEntityId", "idpConfig.ssoUrl", "idpConfig.signRequest",
			"idpConfig.idpCertificates", "spConfig", "spConfig.spEntityId", "spConfig.callbackUri",
		},
	}
}

func (c *samlConfig) check() error {
	switch {
	case c.IDP == nil || c.IDP.EntityID == "":
		return invalidArgument("INVALID_IDP_ENTITY_ID")
	case !isSafeAddress(c.IDP.SSOURL):
		return invalidArgument("INVALID_SSO_URL")
	case len(c.IDP.Certificates) == 0:
		return invalidArgument("MISSING_IDP_CERTIFICATE")
	case c.SP == nil || c.SP.EntityID == "":
		return invalidArgument("INVALID_SP_ENTITY_ID")
	case !isSafeAddress(c.SP.CallbackURI):
		return invalidArgument("INVALID_CALLBACK_URI")
	}
	for _, certificate := range c.IDP.Certificates {
		block, _ := pem.Decode([]byte(certificate.X509))
		if block == nil || block.Type != "CERTIFICATE" {
			return invalidArgument("INVALID_IDP_CERTIFICATE")
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return invalidArgument("INVALID_IDP_CERTIFICATE")
		}
	}
	return nil
}

func (c *samlConfig) named(name string) { c.Name = name }
func (c *samlConfig) redact()           {}
func (c *samlConfig) secret() bool      { return false }
