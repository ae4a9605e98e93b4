package federation

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/logins"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
)

// CallbackPath is where providers send people back to: one address for all tenants.
const CallbackPath = "/callback"

// RedirectURI is the address that an admin registers at their provider.
func (s *Service) RedirectURI() string { return s.origin + CallbackPath }

// Departure is a sign-in at a provider that is about to begin.
type Departure struct {
	Provider authpolicy.OIDC
	URL      string // where the person is to be led
	Flow     string // what their browser is to keep, for FlowLife
}

// Depart begins a sign-in at a provider of t. by is who asks: the zero Principal to sign in, and
// otherwise a person with a session in t. next is where to go afterwards.
//
// ErrNoProvider if nobody may sign in there, authpolicy.ErrWay, ErrOther if by may not ask for it,
// identityplatform.ErrUnavailable.
func (s *Service) Depart(ctx context.Context, t tenant.Tenant, id authpolicy.ProviderID, why Reason, by tenancy.Principal, next string) (Departure, error) {
	if s.keys == nil || s.outbound == nil {
		return Departure{}, fmt.Errorf("%w: this process signs nobody in at providers", identityplatform.ErrUnavailable)
	}
	policy, err := s.policies.Get(ctx, t.ID)
	if err != nil {
		return Departure{}, people.Unavailable("authentication policy", err)
	}
	o, err := mayDepart(policy, id, why, by)
	if err != nil {
		return Departure{}, err
	}
	f := flow{
		ID: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Provider: id.String(), Reason: why,
		User: by.User().String(), Next: next, Created: s.now().Unix(),
	}
	kept, err := s.keys.SealJSON(flowPurpose(t.ID), f)
	if err != nil {
		return Departure{}, err
	}
	st, err := s.keys.SealJSON(statePurpose, state{t.ID.String(), id.String(), f.ID})
	if err != nil {
		return Departure{}, err
	}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(f.Verifier), oauth2.SetAuthURLParam("nonce", f.Nonce)}
	if why == ToProve {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	address := s.client(o, "").AuthCodeURL(st, options...)
	return Departure{o, address, kept}, nil
}

// mayDepart returns the provider, if by may ask to be led to it.
func mayDepart(policy *authpolicy.Policy, id authpolicy.ProviderID, why Reason, by tenancy.Principal) (authpolicy.OIDC, error) {
	switch why {
	case ToSignIn:
	case ToConnect:
		if by.Role() == 0 {
			return authpolicy.OIDC{}, ErrOther
		}
	case ToProve: // where their session began: nobody proves it elsewhere
		if by.Role() == 0 || by.Way().Provider() != id {
			return authpolicy.OIDC{}, ErrOther
		}
	case ToTest:
		if by.Role() != tenant.Admin {
			return authpolicy.OIDC{}, ErrOther
		}
	default:
		return authpolicy.OIDC{}, ErrNoProvider
	}
	o, ok := policy.Provider(id)
	switch {
	case !ok, o.State != authpolicy.Enabled && why != ToTest:
		return authpolicy.OIDC{}, ErrNoProvider
	case why != ToTest && !policy.Accepts().Has(authpolicy.Provider):
		return authpolicy.OIDC{}, authpolicy.ErrWay
	}
	return o, nil
}

// client is this program as the provider knows it.
func (s *Service) client(o authpolicy.OIDC, secret string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: o.ClientID, ClientSecret: secret, RedirectURL: s.RedirectURI(), Scopes: []string{"openid", "email", "profile"},
		Endpoint: oauth2.Endpoint{AuthURL: o.AuthorizationEndpoint, TokenURL: o.TokenEndpoint},
	}
}

// Answer is what a provider sent the browser back with.
type Answer struct {
	State  string
	Code   string
	Error  string // of RFC 6749, section 4.1.2.1; empty: none
	Issuer string // of RFC 9207; empty: not said
}

// Returning returns the tenant in which the sign-in began that the state is of. It proves nothing
// of the browser that brings it: Arrive does. ErrFlow if the state is none of ours,
// tenant.ErrTenantDenied, identityplatform.ErrUnavailable.
func (s *Service) Returning(ctx context.Context, state string) (tenant.Tenant, error) {
	if s.keys == nil {
		return tenant.Tenant{}, fmt.Errorf("%w: this process signs nobody in at providers", identityplatform.ErrUnavailable)
	}
	id, err := s.stateTenant(state)
	if err != nil {
		return tenant.Tenant{}, err
	}
	return s.authenticator.Tenant(ctx, tenant.SelectID(id))
}

// Outcome is what has become of a sign-in at a provider.
type Outcome struct {
	Reason   Reason
	Next     string
	Provider authpolicy.OIDC
	Report   Report // to test
	user     users.User
}

// Arrive takes the answer of a provider to a sign-in that Depart began in t. flow is what the
// browser kept; "": nothing. by is who has a session in t in this browser; zero: nobody.
//
// To sign in, the outcome is for Enter. To test, it holds a report. To connect, it is done. To
// prove who somebody is, it is by who has proven it.
//
// What fails is noted for the tenant's admins, and its error is a *ProviderError: see failure.go
// for what that wraps. Beside it: tenant.ErrTenantDenied, people.ErrNoAccess,
// identityplatform.ErrDisabled, identityplatform.ErrUnavailable. provider is where to begin again;
// zero: unknown.
func (s *Service) Arrive(ctx context.Context, t tenant.Tenant, a Answer, kept string, by tenancy.Principal) (
	_ Outcome, provider authpolicy.ProviderID, err error,
) {
	if s.keys == nil || s.outbound == nil {
		return Outcome{}, provider, fmt.Errorf("%w: this process signs nobody in at providers", identityplatform.ErrUnavailable)
	}
	var who claimed
	defer func() {
		if refused, ok := errors.AsType[*ProviderError](err); ok && !provider.IsZero() {
			s.note(ctx, t, provider, refused, who)
		}
	}()
	var st state
	if err := s.keys.OpenJSON(statePurpose, a.State, &st); err != nil {
		return Outcome{}, provider, failure(StepState, ErrFlow, "The state is none that was issued here.", nil)
	}
	if st.Tenant == t.ID.String() {
		provider, _ = authpolicy.ParseProviderID(st.Provider)
	}
	var f flow
	if err := s.keys.OpenJSON(flowPurpose(t.ID), kept, &f); err != nil {
		return Outcome{}, provider, failure(StepState, ErrFlow, "The browser has begun no sign-in, or has had its answer already.", nil)
	}
	if err := f.judge(st, t.ID, s.now()); err != nil {
		return Outcome{}, provider, err
	}
	policy, err := s.policies.Get(ctx, t.ID)
	if err != nil {
		return Outcome{}, provider, people.Unavailable("authentication policy", err)
	}
	o, ok := policy.Provider(f.provider())
	if !ok {
		return Outcome{}, provider, failure(StepPolicy, ErrNoProvider, "The provider has been removed since.", nil)
	}
	asker, err := f.asker(by)
	if err != nil {
		return Outcome{}, provider, err
	}
	arrival, err := s.trade(ctx, t, o, f, a)
	if err != nil {
		return Outcome{}, provider, err
	}
	p, claims, o, err := s.authenticator.AtProvider(ctx, tenant.SelectID(t.ID), f.errand(), asker, arrival)
	if err != nil {
		return Outcome{}, provider, failedToken(err)
	}
	who = claimed{claims.Subject, claims.Email}
	out := Outcome{Reason: f.Reason, Next: f.Next, Provider: o}
	v := visitor{tenant: t, principal: p, claims: claims, provider: o}
	switch f.Reason {
	case ToSignIn:
		out.user, err = s.receive(ctx, v)
	case ToTest:
		out.Report, err = s.report(ctx, v, by)
	case ToConnect:
		err = s.connect(ctx, v)
	case ToProve:
		err = s.proveVisitor(ctx, v)
	}
	return out, provider, err
}

// asker is by, if the flow is theirs: the zero Principal to sign in.
func (f flow) asker(by tenancy.Principal) (tenancy.Principal, error) {
	switch f.Reason {
	case ToSignIn:
		return tenancy.Principal{}, nil
	case ToTest, ToConnect, ToProve:
		if by.User().IsZero() || by.User().String() != f.User {
			return by, failure(StepState, ErrOther, "Somebody else is signed in now than the person who began this.", nil)
		}
		return by, nil
	}
	return by, failure(StepState, ErrFlow, "The sign-in is for nothing that is known.", nil)
}

func (f flow) errand() tenancy.Errand {
	return map[Reason]tenancy.Errand{
		ToSignIn: tenancy.SignInAtProvider, ToTest: tenancy.TestProvider, ToConnect: tenancy.ConnectProvider,
		ToProve: tenancy.ProveAtProvider,
	}[f.Reason]
}

// trade turns the code of an answer into the tokens.
func (s *Service) trade(ctx context.Context, t tenant.Tenant, o authpolicy.OIDC, f flow, a Answer) (tenancy.Arrival, error) {
	none := tenancy.Arrival{}
	switch {
	case a.Issuer != "" && a.Issuer != o.Issuer: // mix-up: RFC 9207, section 2.4
		return none, failure(StepState, ErrFlow, "The answer is of another issuer ("+outbound.Quote(a.Issuer)+") than the provider's.", nil)
	case a.Error != "":
		return none, failure(StepAuthorize, ErrProviderRefused, "The provider answered "+outbound.Quote(a.Error)+".", nil)
	case a.Code == "":
		return none, failure(StepAuthorize, ErrProviderFault, "The provider sent neither a code nor an error.", nil)
	}
	secret, err := NewClientSecrets(s.keys).OpenClientSecret(t.ID, o.ID, o.Secret)
	if err != nil {
		return none, failure(StepPolicy, identityplatform.ErrUnavailable, "The client secret cannot be read any more; enter it again.", err)
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, s.outbound.HTTPClient())
	token, err := s.client(o, secret).Exchange(ctx, a.Code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return none, failedTrade(err)
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return none, failure(StepToken, ErrProviderFault, "The provider's answer holds no ID token; the client must be allowed the scope openid.", nil)
	}
	return tenancy.Arrival{Provider: o.ID, IDToken: raw, AccessToken: token.AccessToken, Nonce: f.Nonce, Since: time.Unix(f.Created, 0)}, nil
}

// failedTrade says why the code was not traded. The library's own words may quote the answer, so
// none of them is kept.
func failedTrade(err error) error {
	if refused, ok := errors.AsType[*outbound.Error](err); ok {
		why := ErrProviderFault
		switch refused.Kind {
		case outbound.KindTimeout, outbound.KindUnreachable, outbound.KindUnknownHost, outbound.KindCanceled:
			why = ErrProviderDown
		case outbound.KindStatus:
			if refused.Status >= http.StatusInternalServerError {
				why = ErrProviderDown
			}
		}
		return failure(StepToken, why, refused.Sentence, nil)
	}
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		switch {
		case refused.ErrorCode == "invalid_grant":
			return failure(StepCode, ErrFlow, "The provider does not take the code: it was used already, or came too late.", nil)
		case refused.ErrorCode == "invalid_client", refused.ErrorCode == "unauthorized_client":
			return failure(StepCode, ErrProviderFault, "The provider does not know the client; check client id and client secret.", nil)
		case refused.ErrorCode != "":
			return failure(StepCode, ErrProviderFault, "The provider's token endpoint answered "+outbound.Quote(refused.ErrorCode)+".", nil)
		case refused.Response != nil && refused.Response.StatusCode >= http.StatusInternalServerError:
			return failure(StepToken, ErrProviderDown, fmt.Sprintf("The provider's token endpoint answered %d.", refused.Response.StatusCode), nil)
		}
	}
	return failure(StepToken, ErrProviderFault, "The answer of the provider's token endpoint cannot be read.", nil)
}

// Enter begins the session of whoever has signed in at a provider. The outcome is one of Arrive, to
// sign in. Errors are those of signin.Service.Begin.
func (s *Service) Enter(ctx context.Context, t tenant.Tenant, o Outcome) (sessioncookie.Tokens, error) {
	if o.Reason != ToSignIn || o.user.ID.IsZero() {
		return sessioncookie.Tokens{}, tenant.Unauthenticated("no outcome of a sign-in")
	}
	return s.signIn.Begin(ctx, t, o.user, authpolicy.AtProvider(o.Provider.ID))
}

// visitor is somebody who has come from a provider.
type visitor struct {
	tenant    tenant.Tenant
	principal tenancy.Principal
	claims    issuer.IDClaims
	provider  authpolicy.OIDC
}

func (v visitor) login(u tenant.UserID, now time.Time) logins.Login {
	return logins.Login{
		Key: v.principal.Login(), Issuer: v.claims.Issuer, Subject: v.claims.Subject, User: u, Provider: v.provider.ID, Created: now,
	}
}
