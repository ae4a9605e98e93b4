package issuer

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/internal/outbound"
)

// Document is what a provider says of itself: OpenID Connect Discovery 1.0, or RFC 8414. Every
// address in it has passed outbound's ValidateURL.
type Document struct {
	Issuer                string
	AuthorizationEndpoint string
	TokenEndpoint         string
	JWKS                  string
	UserInfoEndpoint      string   // empty: none
	EndSessionEndpoint    string   // empty: none
	Algorithms            []string // it signs ID tokens with, of those taken here
	AuthMethods           []string // of clients at the token endpoint, as it lists them
	Scopes                []string // as it lists them
	Claims                []string // as it lists them
	PKCE                  bool     // it lists S256
}

// Problem says what is wrong with a provider's set-up.
type Problem string

// The problems of a DiscoveryError. A Kind of package outbound is one too, for what is wrong with
// the address or the answer.
const (
	ProblemIssuer     Problem = "issuer"     // the document is of another issuer
	ProblemDocument   Problem = "document"   // it is no document
	ProblemMissing    Problem = "missing"    // it lacks an endpoint
	ProblemEndpoint   Problem = "endpoint"   // an endpoint's address may not be called
	ProblemAlgorithms Problem = "algorithms" // it signs with none that is taken
	ProblemFlow       Problem = "flow"       // it does not do the code flow
)

// DiscoveryError is why a provider cannot be used.
type DiscoveryError struct {
	Problem  Problem
	Sentence string // one plain sentence for the admin: what is wrong, and what to do next
	err      error
}

func (e *DiscoveryError) Error() string { return "issuer: " + e.Sentence }

// Unwrap returns the cause: an *outbound.Error, or nil.
func (e *DiscoveryError) Unwrap() error { return e.err }

func problem(p Problem, sentence string) error {
	return &DiscoveryError{Problem: p, Sentence: sentence}
}

// metadata is the document as it comes. A name that stands twice is refused by the decoder.
type metadata struct {
	Issuer        text     `json:"issuer"`
	Authorization text     `json:"authorization_endpoint"`
	Token         text     `json:"token_endpoint"`
	JWKS          text     `json:"jwks_uri"`
	UserInfo      text     `json:"userinfo_endpoint"`
	EndSession    text     `json:"end_session_endpoint"`
	ResponseTypes []string `json:"response_types_supported"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	Scopes        []string `json:"scopes_supported"`
	Claims        []string `json:"claims_supported"`
	Challenges    []string `json:"code_challenge_methods_supported"`
}

// Discover fetches the document of the issuer at issuerURL. Where there is none of OpenID Connect,
// it looks for one of RFC 8414. Its error is a *DiscoveryError.
func Discover(ctx context.Context, client *outbound.Client, issuerURL string) (Document, error) {
	places, err := places(client, issuerURL)
	if err != nil {
		return Document{}, err
	}
	body, err := client.GetJSON(ctx, places[0], 0)
	var fault *outbound.Error
	if errors.As(err, &fault) && fault.Status == http.StatusNotFound {
		if other, err2 := client.GetJSON(ctx, places[1], 0); err2 == nil {
			body, err = other, nil
		}
	}
	if err != nil {
		return Document{}, unfetched(err)
	}
	var m metadata
	if json.Unmarshal(body, &m) != nil {
		return Document{}, problem(ProblemDocument, "The address answered with something that is no provider's "+
			"document; paste the issuer as the provider shows it.")
	}
	return m.document(client, issuerURL)
}

// places are the addresses of the document: that of OpenID Connect Discovery 1.0, section 4, and
// that of RFC 8414, section 3.
func places(client *outbound.Client, issuerURL string) ([2]string, error) {
	if err := client.ValidateURL(issuerURL); err != nil {
		return [2]string{}, unfetched(err)
	}
	u, err := url.Parse(issuerURL)
	if err != nil || u.RawQuery != "" || u.ForceQuery {
		return [2]string{}, problem(Problem(outbound.KindAddress), "The issuer has a part after ?; leave it out.")
	}
	const openID = "/.well-known/openid-configuration"
	if strings.HasSuffix(u.Path, openID) {
		return [2]string{}, problem(Problem(outbound.KindAddress), "This is the address of the provider's document; "+
			"paste the issuer, which is the part before /.well-known.")
	}
	bare := strings.TrimSuffix(issuerURL, "/")
	inserted := u.Scheme + "://" + u.Host + "/.well-known/oauth-authorization-server" +
		strings.TrimSuffix(u.EscapedPath(), "/")
	return [2]string{bare + openID, inserted}, nil
}

func unfetched(err error) error {
	var fault *outbound.Error
	if !errors.As(err, &fault) {
		return &DiscoveryError{Problem: ProblemDocument, Sentence: "The provider's document could not be fetched; try again.", err: err}
	}
	e := &DiscoveryError{Problem: Problem(fault.Kind), Sentence: fault.Sentence, err: err}
	switch {
	case fault.Kind == outbound.KindHTML:
		e.Sentence = "The address answered with a web page (HTML) and not with a provider's document; " +
			"paste the issuer as the provider shows it, not the address of its sign-in page."
	case fault.Status == http.StatusNotFound:
		e.Sentence = "There is no provider's document at this address (status 404); " +
			"paste the issuer as the provider shows it."
	}
	return e
}

// document returns what m says, if a sign-in could go by it.
func (m *metadata) document(client *outbound.Client, issuerURL string) (Document, error) {
	if string(m.Issuer) != issuerURL {
		return Document{}, problem(ProblemIssuer, "The document at this address is of the issuer "+outbound.Quote(string(m.Issuer))+
			" and not of "+outbound.Quote(issuerURL)+"; the two must match to the letter, so paste the first if it is yours.")
	}
	for _, end := range []struct {
		name, address string
		required      bool
	}{
		{"authorization_endpoint", string(m.Authorization), true},
		{"token_endpoint", string(m.Token), true},
		{"jwks_uri", string(m.JWKS), true},
		{"userinfo_endpoint", string(m.UserInfo), false},
		{"end_session_endpoint", string(m.EndSession), false},
	} {
		if end.address == "" {
			if end.required {
				return Document{}, problem(ProblemMissing, "The provider's document names no "+end.name+
					"; turn on OpenID Connect at the provider.")
			}
			continue
		}
		if err := client.ValidateURL(end.address); err != nil {
			var fault *outbound.Error
			errors.As(err, &fault)
			return Document{}, &DiscoveryError{Problem: ProblemEndpoint, err: err, Sentence: "The provider's document has a bad " +
				end.name + ", " + outbound.Quote(end.address) + ": " + fault.Sentence}
		}
	}
	offered := m.Algorithms
	if len(offered) == 0 {
		offered = []string{"RS256"} // which every provider can (OpenID Connect Core 1.0, section 15.1)
	}
	taken := slices.DeleteFunc(Algorithms(), func(a string) bool { return !slices.Contains(offered, a) })
	switch {
	case len(taken) == 0:
		return Document{}, problem(ProblemAlgorithms, "The provider signs ID tokens with none of the algorithms "+
			strings.Join(Algorithms(), ", ")+"; turn one of them on at the provider.")
	case len(m.ResponseTypes) > 0 && !slices.Contains(m.ResponseTypes, "code"):
		return Document{}, problem(ProblemFlow, "The provider does not offer the authorization code flow; "+
			"turn it on at the provider.")
	}
	return Document{
		Issuer: issuerURL, AuthorizationEndpoint: string(m.Authorization), TokenEndpoint: string(m.Token), JWKS: string(m.JWKS),
		UserInfoEndpoint: string(m.UserInfo), EndSessionEndpoint: string(m.EndSession),
		Algorithms: taken, AuthMethods: m.AuthMethods, Scopes: m.Scopes, Claims: m.Claims,
		PKCE: slices.Contains(m.Challenges, "S256"),
	}, nil
}
