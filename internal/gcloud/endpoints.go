package gcloud

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// Endpoints says where Google's services are. The zero value of a field is Google's own address. An
// http:// address (plaintext) is for a cloud on the same machine; package app refuses it elsewhere.
type Endpoints struct {
	Firestore       string // gRPC: "http://127.0.0.1:4001" or "https://firestore.googleapis.com"; Firestore and its Admin API
	Storage         string // base: "http://127.0.0.1:4002"
	Identity        string // base for identitytoolkit, securetoken and the certificates: "http://127.0.0.1:4003"
	Token           string // the OAuth token endpoint, whole: "http://127.0.0.1:4003/token"
	IAM             string // gRPC: google.iam.admin.v1
	ResourceManager string // gRPC: google.cloud.resourcemanager.v3
	Scheduler       string // gRPC: google.cloud.scheduler.v1
	PubSub          string // gRPC: google.pubsub.v1
	IAMCredentials  string // base, REST: iamcredentials.googleapis.com
}

// Google's own addresses.
const (
	GoogleFirestore       = "https://firestore.googleapis.com"
	GoogleIAM             = "https://iam.googleapis.com"
	GoogleResourceManager = "https://cloudresourcemanager.googleapis.com"
	GoogleScheduler       = "https://cloudscheduler.googleapis.com"
	GooglePubSub          = "https://pubsub.googleapis.com"
	GoogleStorage         = "https://storage.googleapis.com"
	googleToken           = "https://oauth2.googleapis.com/token"
)

// Transport returns a RoundTripper that sends requests for *.googleapis.com hosts to the configured
// endpoints. As soon as one endpoint is configured, a Google host that has none is refused: a
// program that is told to stay on this machine must not reach out because one address was
// forgotten. With no endpoint configured, it is base.
func (e Endpoints) Transport(base http.RoundTripper) http.RoundTripper {
	if e == (Endpoints{}) {
		return base
	}
	routes := map[string]string{
		"identitytoolkit.googleapis.com": e.Identity,
		"securetoken.googleapis.com":     e.Identity,
		"www.googleapis.com":             e.Identity, // the certificates of Identity Platform
		"iamcredentials.googleapis.com":  e.IAMCredentials,
		"storage.googleapis.com":         e.Storage,
		"oauth2.googleapis.com":          strings.TrimSuffix(e.Token, "/token"),
	}
	return router{routes, base}
}

// router is the RoundTripper that Transport returns.
type router struct {
	routes map[string]string // host -> base URL; empty if not configured
	base   http.RoundTripper
}

func (r router) RoundTrip(req *http.Request) (*http.Response, error) {
	host := strings.TrimSuffix(strings.ToLower(req.URL.Hostname()), ".")
	if host != "googleapis.com" && !strings.HasSuffix(host, ".googleapis.com") {
		return r.base.RoundTrip(req)
	}
	base := r.routes[host]
	if base == "" {
		return nil, fmt.Errorf("gcloud: no endpoint is configured for %s", host)
	}
	to, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("gcloud: endpoint for %s: %w", host, err)
	}
	out := req.Clone(req.Context())
	out.Host = ""
	out.URL.Scheme, out.URL.Host = to.Scheme, to.Host
	if prefix := strings.TrimSuffix(to.Path, "/"); prefix != "" {
		out.URL.Path = prefix + out.URL.Path
		if out.URL.RawPath != "" {
			out.URL.RawPath = prefix + out.URL.RawPath
		}
	}
	return r.base.RoundTrip(out)
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the transport.
func (r router) CloseIdleConnections() { closeIdle(r.base) }

func closeIdle(t http.RoundTripper) {
	if c, ok := t.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// grpcTarget resolves the address of a gRPC service: what to dial, and whether with TLS. ours may
// be empty.
func grpcTarget(ours, google string) (target string, creds credentials.TransportCredentials, err error) {
	if ours == "" {
		ours = google
	}
	u, err := url.Parse(ours)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return "", nil, fmt.Errorf("gcloud: %q is not the address of a gRPC service", ours)
	}
	switch u.Scheme {
	case "https":
		host := u.Host
		if u.Port() == "" {
			host += ":443"
		}
		return "dns:///" + host, credentials.NewTLS(nil), nil
	case "http":
		return "passthrough:///" + u.Host, insecure.NewCredentials(), nil
	}
	return "", nil, fmt.Errorf("gcloud: %q is neither http nor https", ours)
}

// StorageOrigin is the scheme and host of Cloud Storage.
func (e Endpoints) StorageOrigin() (*url.URL, error) {
	s := e.Storage
	if s == "" {
		s = GoogleStorage
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("gcloud: %q is not the address of Cloud Storage", s)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// TokenURI is what a key file's token_uri must be.
func (e Endpoints) TokenURI() string {
	if e.Token != "" {
		return e.Token
	}
	return googleToken
}
