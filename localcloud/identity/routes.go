package identity

import (
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/go-json-experiment/json"
)

const (
	maxBody  = 1 << 20
	audience = "https://identitytoolkit.googleapis.com/"

	// mintPermission is what an account needs for its custom tokens to be accepted. See the package comment.
	mintPermission = "firebaseauth.users.createSession"
)

// A handler answers with a value to be encoded as JSON, or with an error.
type handler func(r *http.Request) (any, error)

// routes is the whole of what is implemented. What is not in it answers 501.
func (s *Service) routes() *http.ServeMux {
	mux := http.NewServeMux()
	open := func(pattern string, h handler) { mux.Handle(pattern, s.serve(h)) }
	public := func(pattern string, h handler) { open(pattern, s.withAPIKey(h)) }
	admin := func(pattern, permission string, h handler) { open(pattern, s.withPermission(permission, h)) }

	admin("POST /v2/projects/{project}/tenants", "identitytoolkit.tenants.create", s.createTenant)
	admin("GET /v2/projects/{project}/tenants", "identitytoolkit.tenants.list", s.listTenants)
	admin("GET /v2/projects/{project}/tenants/{tenant}", "identitytoolkit.tenants.get", s.getTenant)
	admin("PATCH /v2/projects/{project}/tenants/{tenant}", "identitytoolkit.tenants.update", s.updateTenant)
	admin("DELETE /v2/projects/{project}/tenants/{tenant}", "identitytoolkit.tenants.delete", s.deleteTenant)

	for _, scope := range []string{"/v1/projects/{project}", "/v1/projects/{project}/tenants/{tenant}"} {
		admin("POST "+scope+"/accounts", "firebaseauth.users.create", s.createAccount)
		admin("POST "+scope+"/accounts:update", "firebaseauth.users.update", s.updateAccount)
		admin("POST "+scope+"/accounts:lookup", "firebaseauth.users.get", s.lookupAccounts)
		admin("POST "+scope+"/accounts:query", "firebaseauth.users.get", s.queryAccounts)
		admin("GET "+scope+"/accounts:batchGet", "firebaseauth.users.get", s.listAccounts)
		admin("POST "+scope+"/accounts:delete", "firebaseauth.users.delete", s.deleteAccount)
		admin("POST "+scope+"/accounts:batchDelete", "firebaseauth.users.delete", s.deleteAccounts)
		admin("POST "+scope+"/accounts:sendOobCode", "firebaseauth.users.sendEmail", s.adminSendOobCode)
	}

	public("POST /v1/accounts:signInWithPassword", s.signInWithPassword)
	public("POST /v1/accounts:signInWithCustomToken", s.signInWithCustomToken)
	public("POST /v1/accounts:signUp", s.signUp)
	public("POST /v1/accounts:lookup", s.lookupOwn)
	public("POST /v1/accounts:update", s.updateOwn)
	public("POST /v1/accounts:delete", s.deleteOwn)
	public("POST /v1/accounts:sendOobCode", s.publicSendOobCode)
	public("POST /v1/accounts:resetPassword", s.resetPassword)
	public("POST /v1/token", s.refresh)

	mux.HandleFunc("GET /robot/v1/metadata/x509/securetoken@system.gserviceaccount.com", s.certificates)
	mux.HandleFunc("GET /service_accounts/v1/jwk/securetoken@system.gserviceaccount.com", s.jwks)

	open("/", func(r *http.Request) (any, error) { return nil, unimplemented("%s %s", r.Method, r.URL.Path) })
	return mux
}

func (s *Service) serve(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := h(r)
		if err != nil {
			writeError(w, s.log, r.URL.Path, err)
			return
		}
		writeJSON(w, http.StatusOK, v)
	})
}

// withAPIKey admits calls that name this project by its key.
func (s *Service) withAPIKey(h handler) handler {
	return func(r *http.Request) (any, error) {
		key := r.URL.Query().Get("key")
		if key == "" {
			key = r.Header.Get("X-Goog-Api-Key")
		}
		if key == "" {
			return nil, errNoAPIKey
		}
		if subtle.ConstantTimeCompare([]byte(key), []byte(s.apiKey)) != 1 {
			return nil, errBadAPIKey
		}
		return h(r)
	}
}

// withPermission admits callers who hold permission on the project in the path.
func (s *Service) withPermission(permission string, h handler) handler {
	return func(r *http.Request) (any, error) {
		credentials := r.Header.Values("Authorization")
		if len(credentials) != 1 {
			return nil, errNoCredential
		}
		ctx := iam.WithMethod(r.Context(), r.Pattern)
		caller, err := s.iam.Authenticate(ctx, credentials[0], audience)
		if err != nil {
			return nil, err
		}
		// There is one project: nobody holds anything on another.
		if err := s.iam.Check(ctx, caller, permission, projectResource(r.PathValue("project"))); err != nil {
			return nil, err
		}
		return h(r)
	}
}

func projectResource(project string) iam.Resource {
	name := "projects/" + project
	return iam.Resource{
		Service: "identitytoolkit.googleapis.com",
		Type:    "cloudresourcemanager.googleapis.com/Project",
		Name:    name,
		Holders: []string{name},
	}
}

// decode reads a JSON body. A field that T lacks is not implemented, for to ignore it would be a lie.
func decode[T any](r *http.Request) (T, error) {
	var v T
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return v, &apiError{http.StatusRequestEntityTooLarge, "INVALID_ARGUMENT", "Request payload size exceeds the limit"}
	}
	if len(body) == 0 {
		return v, nil
	}
	err = json.Unmarshal(body, &v, json.RejectUnknownMembers(true))
	var semantic *json.SemanticError
	switch {
	case err == nil:
		return v, nil
	case errors.As(err, &semantic) && errors.Is(semantic.Err, json.ErrUnknownName):
		return v, unimplemented("the field %q of %s", strings.TrimPrefix(string(semantic.JSONPointer), "/"), r.URL.Path)
	default: // the parser's message could quote the body, and with it a password
		return v, &apiError{http.StatusBadRequest, "INVALID_ARGUMENT", "Invalid JSON payload received."}
	}
}

// number is an int64 in protobuf's JSON: a string or a number on the way in, a string on the way out.
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	var v int64
	err := json.Unmarshal(b, &v, json.StringifyNumbers(len(b) > 0 && b[0] == '"'))
	*n = number(v)
	return err
}
