package keyparse

import (
	"crypto/x509"
	"encoding/pem"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

type file struct {
	Type string
	Key  string `json:"private_key"` // want "key: .private_key"
}

func All(f file, text []byte) {
	_ = f.Type == "service_account"                                 // want "key: .service_account"
	_ = strings.HasPrefix(f.Key, "-----BEGIN RSA PRIVATE KEY-----") // want "key: . PRIVATE KEY"
	block, _ := pem.Decode(text)                                    // want "key: pem.Decode"
	_, _ = x509.ParsePKCS8PrivateKey(block.Bytes)                   // want "key: x509.ParsePKCS8PrivateKey"
	_, _ = x509.ParsePKCS1PrivateKey(block.Bytes)                   // want "key: x509.ParsePKCS1PrivateKey"
	_, _ = jwt.ParseRSAPrivateKeyFromPEM(text)                      // want "key: jwt.ParseRSAPrivateKeyFromPEM"
}
