package iam

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/url"
)

// keyFile writes a key in the form of Google's credentials files.
func (s *Service) keyFile(a *account, k *key, private *rsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(struct {
		Type           string `json:"type"`
		ProjectID      string `json:"project_id"`
		PrivateKeyID   string `json:"private_key_id"`
		PrivateKey     string `json:"private_key"`
		ClientEmail    string `json:"client_email"`
		ClientID       string `json:"client_id"`
		AuthURI        string `json:"auth_uri"`
		TokenURI       string `json:"token_uri"`
		CertsURL       string `json:"auth_provider_x509_cert_url"`
		ClientCertsURL string `json:"client_x509_cert_url"`
		UniverseDomain string `json:"universe_domain"`
	}{
		Type:           "service_account",
		ProjectID:      ProjectOf(a.Email),
		PrivateKeyID:   k.ID,
		PrivateKey:     string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		ClientEmail:    a.Email,
		ClientID:       a.UniqueID,
		AuthURI:        "https://accounts.google.com/o/oauth2/auth",
		TokenURI:       s.cfg.TokenURI,
		CertsURL:       "https://www.googleapis.com/oauth2/v1/certs",
		ClientCertsURL: "https://www.googleapis.com/robot/v1/metadata/x509/" + url.PathEscape(a.Email),
		UniverseDomain: "googleapis.com",
	}, "", "  ")
}
