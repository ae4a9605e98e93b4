package vault

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"cloud.google.com/go/auth"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"golang.org/x/sync/singleflight"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iamcredentials/v1"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Impersonation is the source that has no key: it asks IAM Credentials for short-lived tokens of
// the tenant's account, and to sign what that account signs. The account of creds needs
// roles/iam.serviceAccountTokenCreator on each tenant's account, and never on a project: onboarding
// binds it, one tenant at a time.
func Impersonation(e gcloud.Endpoints, creds *auth.Credentials) (Source, error) {
	if creds == nil {
		return nil, errors.New("vault: impersonation needs credentials to impersonate with")
	}
	transport := gcloud.Repeat(gcloud.Authorize(creds, e.Transport(gcloud.NewTransport())))
	client := &http.Client{Transport: transport, Timeout: gcloud.IdentityTimeout}
	service, err := iamcredentials.NewService(context.Background(), option.WithHTTPClient(client))
	if err != nil {
		return nil, fmt.Errorf("vault: IAM Credentials: %w", err)
	}
	return impersonation{service.Projects.ServiceAccounts}, nil
}

type impersonation struct {
	accounts *iamcredentials.ProjectsServiceAccountsService
}

func (impersonation) String() string { return impersonationSource }
func (impersonation) Keyless() bool  { return true }

// Identity does not look at a key that the object may still hold: a tenant can be moved from one
// source to the other while processes of both kinds run.
func (s impersonation) Identity(f *File, project string) (Identity, error) {
	if !accountOf(f.AccountEmail(), project) {
		return nil, fmt.Errorf("vault: account is not of project %s", project)
	}
	return &impersonated{accounts: s.accounts, account: f.AccountEmail()}, nil
}

// impersonated is an account that is acted as without a key. Its token is asked for at the first
// use, and again before it expires; however many callers want it, it is asked for once.
type impersonated struct {
	accounts *iamcredentials.ProjectsServiceAccountsService
	account  string // e-mail
	token    atomic.Pointer[auth.Token]
	asking   singleflight.Group
}

const (
	// renewAhead is how long before a token expires it is renewed, behind the backs of those who go
	// on using it.
	renewAhead = 5 * time.Minute
	// askTimeout bounds one question to IAM Credentials.
	askTimeout = 10 * time.Second
)

func (i *impersonated) Email() string { return i.account }
func (*impersonated) KeyID() string   { return "" }
func (*impersonated) Renewable() bool { return true }

func (i *impersonated) Credentials() *auth.Credentials {
	return auth.NewCredentials(&auth.CredentialsOptions{TokenProvider: i})
}

// Token implements auth.TokenProvider. Its error has a gRPC code: Unauthenticated if the cloud does
// not let us act as the account, because it is disabled or our right was withdrawn, and Unavailable
// if it does not say.
func (i *impersonated) Token(ctx context.Context) (*auth.Token, error) {
	now := time.Now()
	known := i.token.Load()
	if known != nil && now.Before(known.Expiry.Add(-renewAhead)) {
		return known, nil
	}
	answer := i.asking.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
		defer cancel()
		fresh, err := i.ask(ctx)
		if err == nil {
			i.Remember(fresh)
		}
		return fresh, err
	})
	if known != nil && now.Before(known.Expiry) {
		return known, nil
	}
	select {
	case r := <-answer:
		return r.Val.(*auth.Token), r.Err
	case <-ctx.Done():
		return nil, status.FromContextError(ctx.Err()).Err()
	}
}

// Remember makes t the token that is used until shortly before it expires.
func (i *impersonated) Remember(t *auth.Token) { i.token.Store(t) }

func (i *impersonated) ask(ctx context.Context) (*auth.Token, error) {
	answer, err := i.accounts.GenerateAccessToken(i.name(), &iamcredentials.GenerateAccessTokenRequest{
		Scope:    []string{gcloud.CloudPlatform},
		Lifetime: fmt.Sprintf("%.fs", tokenLife.Seconds()),
	}).Context(ctx).Do()
	if err != nil {
		return nil, i.fault("token", err)
	}
	expires, err := time.Parse(time.RFC3339, answer.ExpireTime)
	if err != nil || answer.AccessToken == "" {
		return nil, status.Errorf(codes.Unavailable, "vault: token of %s: the answer is none", i.account)
	}
	return &auth.Token{Value: answer.AccessToken, Type: "Bearer", Expiry: expires}, nil
}

// Sign has Google sign, with a key that nobody else holds. One question each time: some tens of
// milliseconds.
func (i *impersonated) Sign(ctx context.Context, b []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	answer, err := i.accounts.SignBlob(i.name(), &iamcredentials.SignBlobRequest{
		Payload: base64.StdEncoding.EncodeToString(b),
	}).Context(ctx).Do()
	if err != nil {
		return nil, i.fault("signature", err)
	}
	return base64.StdEncoding.DecodeString(answer.SignedBlob)
}

// name is how IAM Credentials names the account: the project is left to the e-mail.
func (i *impersonated) name() string { return "projects/-/serviceAccounts/" + i.account }

// fault tells a refusal from a service that does not answer. Google answers 400 for a disabled
// account, 403 without the right, and 404 for an account that is gone.
func (i *impersonated) fault(what string, err error) error {
	code := codes.Unavailable
	var answer *googleapi.Error
	if errors.As(err, &answer) {
		switch answer.Code {
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
			code = codes.Unauthenticated
		}
	}
	return status.Errorf(code, "vault: %s of %s: %v", what, i.account, err)
}
