package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud"
)

// front stands where Google's front ends do: it takes connections for Google's names, over TLS, and
// passes what they carry to the ports of a local cloud, as it is. Packages that know Google's names
// alone can so be tried as they are shipped.
type front struct {
	listener net.Listener
	ca       []byte // PEM: what a client has to trust
	targets  map[string]string
}

// frontTargets returns the port behind each name: gRPC behind those of Firestore and Pub/Sub, HTTP
// behind the others.
func frontTargets(e localcloud.Endpoints) map[string]string {
	host := func(url string) string { return strings.TrimPrefix(url, "http://") }
	return map[string]string{
		"firestore.googleapis.com":       host(e.GRPC),
		"pubsub.googleapis.com":          host(e.GRPC),
		"storage.googleapis.com":         host(e.Storage),
		"identitytoolkit.googleapis.com": host(e.Identity),
		"securetoken.googleapis.com":     host(e.Identity),
		"iamcredentials.googleapis.com":  host(e.Identity),
		"oauth2.googleapis.com":          host(e.Identity),
		"accounts.google.com":            host(e.Identity),
		"www.googleapis.com":             host(e.Identity),
	}
}

// newFront starts a front on a free port of this machine.
func newFront(e localcloud.Endpoints) (*front, error) {
	f := &front{targets: frontTargets(e)}
	certificate, err := f.certify()
	if err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		c := config.Clone()
		c.NextProtos = []string{"http/1.1"}
		if f.targets[hello.ServerName] == strings.TrimPrefix(e.GRPC, "http://") {
			c.NextProtos = []string{"h2"}
		}
		return c, nil
	}
	if f.listener, err = tls.Listen("tcp", "127.0.0.1:0", config); err != nil {
		return nil, err
	}
	go f.serve()
	return f, nil
}

func (f *front) port() int { return f.listener.Addr().(*net.TCPAddr).Port }

func (f *front) close() error { return f.listener.Close() }

func (f *front) serve() {
	for {
		c, err := f.listener.Accept()
		if err != nil {
			return // closed
		}
		go f.pass(c.(*tls.Conn))
	}
}

// pass joins a connection with the port that its name stands for. A name that stands for none is
// cut off.
func (f *front) pass(c *tls.Conn) {
	defer c.Close()
	if err := c.Handshake(); err != nil {
		return
	}
	target, err := net.Dial("tcp", f.targets[c.ConnectionState().ServerName])
	if err != nil {
		return
	}
	defer target.Close()
	go func() {
		io.Copy(target, c)
		target.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(c, target)
}

// certify makes a certificate for Google's names, signed by itself.
func (f *front) certify() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "conformance"},
		DNSNames:              []string{"*.googleapis.com", "accounts.google.com"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	f.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
