package identity

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"go.etcd.io/bbolt"
	"golang.org/x/oauth2"
)

const (
	idpLife    = 10 * time.Minute // to sign in at a provider and come back
	idpTimeout = 10 * time.Second // for one answer of a provider
)

// idpClient talks to identity providers. It follows no redirects: a provider is where its issuer
// says.
var idpClient = &http.Client{
	Timeout:       idpTimeout,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// idpSession is a sign-in that has gone to a provider. It is known by the session id, which stays
// with the application, and works once.
type idpSession struct {
	Tenant   string
	Provider string
	Return   string // where the provider sends its answer
	State    string
	Nonce    string
	Verifier string // RFC 7636
	Expires  time.Time
}

func (i idpSession) end() time.Time { return i.Expires }

// startIDP is accounts.createAuthUri: the address at which somebody signs in at a provider of the
// tenant.
func (s *Service) startIDP(r *http.Request) (any, error) {
	req, err := decode[struct {
		ProviderID  string            `json:"providerId"`
		ContinueURI string            `json:"continueUri"`
		Scope       string            `json:"oauthScope"`
		Custom      map[string]string `json:"customParameter"`
		TenantID    string            `json:"tenantId"`
	}](r)
	switch {
	case err != nil:
		return nil, err
	case req.ProviderID == "":
		return nil, bad("MISSING_PROVIDER_ID")
	case req.ContinueURI == "":
		return nil, bad("MISSING_CONTINUE_URI")
	}
	var config oidcConfig
	err = s.db.View(func(tx *bbolt.Tx) error {
		if err := s.checkContinueURL(tx, req.ContinueURI); err != nil {
			return err
		}
		config, err = s.enabledProvider(tx, req.TenantID, req.ProviderID)
		return err
	})
	if err != nil {
		return nil, err
	}
	client, _, err := s.relyingParty(r.Context(), config, req.ContinueURI)
	if err != nil {
		return nil, err
	}
	client.Scopes = append(client.Scopes, strings.Fields(req.Scope)...)
	i := idpSession{
		Tenant: req.TenantID, Provider: req.ProviderID, Return: req.ContinueURI, State: newSecret(), Nonce: newSecret(),
		Verifier: oauth2.GenerateVerifier(), Expires: s.now().Add(idpLife),
	}
	var options []oauth2.AuthCodeOption
	for name, value := range req.Custom { // hints such as login_hint and prompt; what makes the request safe comes after
		options = append(options, oauth2.SetAuthURLParam(name, value))
	}
	options = append(options, oidc.Nonce(i.Nonce),
		oauth2.SetAuthURLParam("client_id", config.ClientID), oauth2.SetAuthURLParam("redirect_uri", i.Return),
		oauth2.SetAuthURLParam("scope", strings.Join(client.Scopes, " ")), oauth2.SetAuthURLParam("state", i.State))
	if config.ResponseType.Code {
		options = append(options, oauth2.SetAuthURLParam("response_type", "code"), oauth2.S256ChallengeOption(i.Verifier))
	} else {
		options = append(options, oauth2.SetAuthURLParam("response_type", "id_token"))
	}
	id := newSecret()
	err = s.db.Update(func(tx *bbolt.Tx) error { return keep(tx, bucketIDP, digest(id), i, s.now()) })
	return struct {
		Kind       string `json:"kind"`
		AuthURI    string `json:"authUri"`
		ProviderID string `json:"providerId"`
		SessionID  string `json:"sessionId"`
	}{"identitytoolkit#CreateAuthUriResponse", client.AuthCodeURL(i.State, options...), req.ProviderID, id}, err
}

// enabledProvider is an OpenID provider of the tenant. OPERATION_NOT_ALLOWED if there is no such or
// it is disabled.
func (s *Service) enabledProvider(tx *bbolt.Tx, tenant, id string) (oidcConfig, error) {
	if strings.HasPrefix(id, "saml.") {
		return oidcConfig{}, unimplemented("sign-in by SAML")
	}
	config, err := s.oidcProviders().find(tx, tenant, id)
	if err == errNoConfig || err == nil && !config.Enabled {
		err = bad("OPERATION_NOT_ALLOWED : The identity provider configuration is not found or not enabled.")
	}
	return config, err
}

// relyingParty is this service as a client of the provider, and what verifies its ID tokens.
// INVALID_IDP_RESPONSE if the provider cannot be found out about.
func (s *Service) relyingParty(ctx context.Context, config oidcConfig, back string) (*oauth2.Config, *oidc.IDTokenVerifier, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), idpClient), config.Issuer)
	if err != nil {
		s.log.Warn("identity provider", "issuer", config.Issuer, "error", err)
		return nil, nil, bad("INVALID_IDP_RESPONSE : The identity provider's configuration could not be fetched.")
	}
	client := &oauth2.Config{
		ClientID: config.ClientID, ClientSecret: config.ClientSecret, Endpoint: provider.Endpoint(), RedirectURL: back,
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
	return client, provider.Verifier(&oidc.Config{ClientID: config.ClientID, SupportedSigningAlgs: []string{oidc.RS256}, Now: s.now}), nil
}
