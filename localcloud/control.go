package localcloud

import (
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/rest"
)

// ownersPermission is one that no role but roles/owner contains.
const ownersPermission = "resourcemanager.projects.delete"

// consolePort is what one port serves of all that is no Google service: the console, and under
// /faults, /clock and /projects what tests in other processes turn.
func (c *Cloud) consolePort(console http.Handler) http.Handler {
	mux := http.NewServeMux()
	faults := c.ownersOnly(c.faults.Handler())
	mux.Handle("/faults", faults)
	mux.Handle("/faults/{id}", faults)
	mux.Handle("/projects", c.ownersOnly(http.HandlerFunc(c.serveProjects)))
	mux.Handle("/clock", c.ownersOnly(http.HandlerFunc(c.serveClock)))
	mux.Handle("/", console)
	return mux
}

// ownersOnly lets in who presents the credential of an account with roles/owner on the first
// project: an access token, or a JWT that the account signed for a scope or for the console's
// address. A page of another origin is refused whatever it presents, and so is a name for this
// address that is not this address.
func (c *Cloud) ownersOnly(next http.Handler) http.Handler {
	project := "projects/" + c.cfg.Project
	resource := iam.Resource{
		Service: "cloudresourcemanager.googleapis.com",
		Type:    "cloudresourcemanager.googleapis.com/Project",
		Name:    project,
		Holders: []string{project},
	}
	origins := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var authorization string
		if all := r.Header.Values("Authorization"); len(all) == 1 {
			authorization = all[0]
		}
		err := origins.Check(r)
		if err != nil || "http://"+r.Host != c.endpoints.Console {
			rest.WriteError(w, status.Error(codes.PermissionDenied, "The request comes from another origin."))
			return
		}
		caller, err := c.iam.Authenticate(r.Context(), authorization, c.endpoints.Console+"/")
		if err == nil {
			err = c.iam.Check(r.Context(), caller, ownersPermission, resource)
		}
		if err != nil {
			rest.WriteError(w, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// serveClock answers the cloud's time, after POST has put it forward: by {"advance": "90s"} or to
// {"set": "2030-01-02T15:04:05Z"}.
func (c *Cloud) serveClock(w http.ResponseWriter, r *http.Request) {
	var err error
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost:
		err = c.moveClock(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "GET or POST", http.StatusMethodNotAllowed)
		return
	}
	if err != nil {
		rest.WriteError(w, err)
		return
	}
	rest.WriteJSON(w, http.StatusOK, map[string]time.Time{"now": c.clock.Now()})
}

// moveClock puts the clock forward. The error is InvalidArgument, or FailedPrecondition for a step
// back.
func (c *Cloud) moveClock(w http.ResponseWriter, r *http.Request) error {
	var to struct {
		Advance string    `json:"advance"`
		Set     time.Time `json:"set"`
	}
	if err := rest.ReadJSON(w, r, &to); err != nil {
		return err
	}
	if (to.Advance == "") == to.Set.IsZero() {
		return status.Error(codes.InvalidArgument, "Either advance or set says where the clock goes.")
	}
	move := func() error { return c.clock.Set(to.Set) }
	if to.Advance != "" {
		d, err := time.ParseDuration(to.Advance)
		if err != nil {
			return status.Errorf(codes.InvalidArgument, "advance %q is not a duration such as 90s", to.Advance)
		}
		move = func() error { return c.clock.Advance(d) }
	}
	if err := move(); err != nil {
		return status.Error(codes.FailedPrecondition, strings.TrimPrefix(err.Error(), "localcloud: "))
	}
	return nil
}
