package identity

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

const (
	audience = "https://identitytoolkit.googleapis.com/"

	// mintPermission is what an account needs for its custom tokens to be accepted. See the package
	// comment.
	mintPermission = "firebaseauth.users.createSession"
)

// withAPIKey admits calls that name this project by its key.
func (s *Service) withAPIKey(h handler) handler {
	return func(r *http.Request) (any, error) {
		key := apiKeyOf(r)
		if key == "" {
			return nil, errNoAPIKey
		}
		if subtle.ConstantTimeCompare([]byte(key), []byte(s.apiKey)) != 1 {
			return nil, errBadAPIKey
		}
		return h(r)
	}
}

// apiKeyOf is the API key that a call bears.
func apiKeyOf(r *http.Request) string {
	if key := r.URL.Query().Get("key"); key != "" {
		return key
	}
	return r.Header.Get("X-Goog-Api-Key")
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
		project := projectOf(r)
		if err := s.iam.Check(ctx, caller, permission, projectResource(project)); err != nil {
			return nil, err
		}
		if project != s.project { // which the call may be about, but not this platform
			return nil, bad("PROJECT_NOT_FOUND")
		}
		return h(r.WithContext(context.WithValue(ctx, callerKey{}, caller)))
	}
}

// projectOf is the project that an administrator's call is about. A call on the project itself has
// no segment of its own.
func projectOf(r *http.Request) string {
	if project := r.PathValue("project"); project != "" {
		return project
	}
	project, _, _ := strings.Cut(r.PathValue("call"), ":")
	return project
}

type callerKey struct{}

// may reports whether the administrator who makes the call also holds another permission: what is
// shown can depend on it.
func (s *Service) may(r *http.Request, permission string) bool {
	caller, ok := r.Context().Value(callerKey{}).(iam.Caller)
	return ok && len(s.iam.Granted(caller, []string{permission}, projectResource(projectOf(r)))) == 1
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
