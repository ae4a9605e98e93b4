package iam

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/rest"
)

const credentialsAudience = "https://iamcredentials.googleapis.com/"

// credentialsRequest is the union of what the methods of IAM Credentials are sent.
type credentialsRequest struct {
	Delegates []string `json:"delegates"`

	Scope    []string `json:"scope"`    // generateAccessToken
	Lifetime string   `json:"lifetime"` // generateAccessToken, "3600s"

	Audience     string `json:"audience"`     // generateIdToken
	IncludeEmail bool   `json:"includeEmail"` // generateIdToken

	Payload string `json:"payload"` // signBlob: base64; signJwt: JSON claims
}

// credentialsMethods is IAM Credentials: for each method the permission that the caller needs on
// the account, and what it answers.
var credentialsMethods = map[string]struct {
	permission string
	serve      func(*Service, *account, credentialsRequest) (any, error)
}{
	"generateAccessToken": {"iam.serviceAccounts.getAccessToken", (*Service).generateAccessToken},
	"generateIdToken":     {"iam.serviceAccounts.getOpenIdToken", (*Service).generateIDToken},
	"signBlob":            {"iam.serviceAccounts.signBlob", (*Service).signBlob},
	"signJwt":             {"iam.serviceAccounts.signJwt", (*Service).signJWT},
}

// serveCredentials answers POST /v1/projects/{project}/serviceAccounts/{e-mail}:{method}.
func (s *Service) serveCredentials(w http.ResponseWriter, r *http.Request) {
	answer, err := s.callCredentials(w, r)
	if err != nil {
		rest.WriteError(w, err)
		return
	}
	rest.WriteJSON(w, http.StatusOK, answer)
}

func (s *Service) callCredentials(w http.ResponseWriter, r *http.Request) (any, error) {
	id, name, _ := strings.Cut(r.PathValue("call"), ":")
	method, ok := credentialsMethods[name]
	if !ok {
		return nil, status.Errorf(codes.Unimplemented, "IAM Credentials has no method %q here.", name)
	}
	caller, err := s.Authenticate(r.Context(), r.Header.Get("Authorization"), credentialsAudience)
	if err != nil {
		return nil, err
	}
	resource, err := s.accountResource("projects/" + r.PathValue("project") + "/serviceAccounts/" + id)
	if err != nil {
		return nil, err
	}
	if err := s.Check(r.Context(), caller, method.permission, resource); err != nil {
		return nil, err
	}
	a, err := s.find(resource.Name)
	if err != nil {
		return nil, err
	}
	if a.Disabled {
		return nil, status.Errorf(codes.FailedPrecondition, "Service account %s is disabled.", a.Email)
	}
	var req credentialsRequest
	if err := rest.ReadJSON(w, r, &req); err != nil {
		return nil, err
	}
	if len(req.Delegates) > 0 {
		return nil, status.Error(codes.Unimplemented, "Delegation chains are not supported.")
	}
	return method.serve(s, a, req)
}

func (s *Service) generateAccessToken(a *account, req credentialsRequest) (any, error) {
	scopes := strings.Join(strings.Fields(strings.Join(req.Scope, " ")), " ")
	if scopes == "" {
		return nil, status.Error(codes.InvalidArgument, "Request must have at least one scope.")
	}
	lifetime := maxLifetime
	if req.Lifetime != "" {
		var err error
		if lifetime, err = time.ParseDuration(req.Lifetime); err != nil || !strings.HasSuffix(req.Lifetime, "s") {
			return nil, status.Errorf(codes.InvalidArgument, "Lifetime %q is not a number of seconds such as \"3600s\".", req.Lifetime)
		}
	}
	if lifetime <= 0 || lifetime > maxLifetime {
		return nil, status.Errorf(codes.InvalidArgument, "The lifetime must be more than 0s and at most %.fs.", maxLifetime.Seconds())
	}
	value, t, err := s.issueToken(a, scopes, lifetime)
	if err != nil {
		return nil, err
	}
	return map[string]string{"accessToken": value, "expireTime": t.Expires.Format(time.RFC3339)}, nil
}

func (s *Service) generateIDToken(a *account, req credentialsRequest) (any, error) {
	if req.Audience == "" {
		return nil, status.Error(codes.InvalidArgument, "Request must have an audience.")
	}
	value, err := s.idToken(a, req.Audience, req.IncludeEmail)
	return map[string]string{"token": value}, err
}

func (s *Service) signBlob(a *account, req credentialsRequest) (any, error) {
	blob, err := base64.StdEncoding.DecodeString(req.Payload)
	if err != nil {
		if blob, err = base64.URLEncoding.DecodeString(req.Payload); err != nil {
			return nil, status.Error(codes.InvalidArgument, "The payload is not base64.")
		}
	}
	k, err := s.systemKey(a.Email)
	if err != nil {
		return nil, err
	}
	signature, err := k.sign(blob)
	if err != nil {
		return nil, err
	}
	return map[string]string{"keyId": k.ID, "signedBlob": base64.StdEncoding.EncodeToString(signature)}, nil
}

func (s *Service) signJWT(a *account, req credentialsRequest) (any, error) {
	if !isJSONObject(req.Payload) {
		return nil, status.Error(codes.InvalidArgument, "The payload is not a JSON object of claims.")
	}
	k, err := s.systemKey(a.Email)
	if err != nil {
		return nil, err
	}
	encode := base64.RawURLEncoding.EncodeToString
	unsigned := encode([]byte(`{"alg":"RS256","kid":"`+k.ID+`","typ":"JWT"}`)) + "." + encode([]byte(req.Payload))
	signature, err := k.sign([]byte(unsigned))
	if err != nil {
		return nil, err
	}
	return map[string]string{"keyId": k.ID, "signedJwt": unsigned + "." + encode(signature)}, nil
}

// sign signs the SHA-256 of a message with a system-managed key, by PKCS #1 v1.5.
func (k *key) sign(message []byte) ([]byte, error) {
	sum := sha256.Sum256(message)
	return rsa.SignPKCS1v15(rand.Reader, k.signer, crypto.SHA256, sum[:])
}
