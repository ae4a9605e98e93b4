package identity

import (
	"net/http"
	"slices"
)

// A handler answers with a value to be encoded as JSON, or with an error.
type handler func(r *http.Request) (any, error)

// Route is one row of the inventory: a call, and what it takes to be let through to it.
type Route struct {
	Method     string
	Pattern    string // as http.ServeMux has it
	Permission string // that an administrator needs on the project; empty: the call is not an administrator's
	APIKey     bool   // the project's web API key is needed
}

type route struct {
	Route
	serve http.Handler
}

// Routes is the inventory: every call that is implemented. Any other answers 501.
func (s *Service) Routes() []Route {
	var all []Route
	for _, r := range s.routes() {
		all = append(all, r.Route)
	}
	return all
}

// routes is the whole of what is implemented.
func (s *Service) routes() []route {
	rows := slices.Concat(s.tenantRoutes(), s.configRoutes(), s.accountRoutes(), s.userRoutes(), s.legacyRoutes())
	for path, serve := range map[string]http.HandlerFunc{
		"/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com":  s.keys.serveCertificates,
		"/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com": s.keys.serveJWKs,
		"/identitytoolkit/v3/relyingparty/publicKeys":                     s.cookieKeys.serveCertificates,
		"/v1/sessionCookiePublicKeys":                                     s.cookieKeys.serveJWKs,
	} {
		rows = append(rows, route{Route{Method: "GET", Pattern: path}, serve})
	}
	return rows
}

func (s *Service) tenantRoutes() []route {
	const all = "/v2/projects/{project}/tenants"
	return []route{
		s.admin("POST", all, "identitytoolkit.tenants.create", s.createTenant),
		s.admin("GET", all, "identitytoolkit.tenants.list", s.listTenants),
		s.admin("GET", all+"/{tenant}", "identitytoolkit.tenants.get", s.getTenant),
		s.admin("PATCH", all+"/{tenant}", "identitytoolkit.tenants.update", s.updateTenant),
		s.admin("DELETE", all+"/{tenant}", "identitytoolkit.tenants.delete", s.deleteTenant),
	}
}

// configRoutes are the settings of the project, and the identity providers of it and of its
// tenants.
func (s *Service) configRoutes() []route {
	const read, create, update = "firebaseauth.configs.get", "firebaseauth.configs.create", "firebaseauth.configs.update"
	rows := []route{
		s.admin("GET", "/v2/projects/{project}/config", read, s.getProjectConfig),
		s.admin("PATCH", "/v2/projects/{project}/config", update, s.updateProjectConfig),
	}
	for _, scope := range []string{"/v2/projects/{project}", "/v2/projects/{project}/tenants/{tenant}"} {
		for _, p := range []providers{s.oidcProviders(), s.samlProviders()} {
			all := scope + "/" + p.collection()
			rows = append(rows,
				s.admin("POST", all, create, p.create),
				s.admin("GET", all, read, p.list),
				s.admin("GET", all+"/{id}", read, p.get),
				s.admin("PATCH", all+"/{id}", update, p.update),
				s.admin("DELETE", all+"/{id}", update, p.delete),
			)
		}
	}
	return rows
}

// accountRoutes are what administrators do with accounts.
func (s *Service) accountRoutes() []route {
	rows := []route{
		s.admin("POST", "/v1/projects/{call}", "firebaseauth.users.createSession", s.createSessionCookie),
		s.admin("POST", "/v1/projects/{project}/tenants/{call}", "firebaseauth.users.createSession", s.noTenantCookie),
	}
	for _, scope := range []string{"/v1/projects/{project}", "/v1/projects/{project}/tenants/{tenant}"} {
		all := scope + "/accounts"
		rows = append(rows,
			s.admin("POST", all, "firebaseauth.users.create", s.createAccount),
			s.admin("POST", all+":batchCreate", "firebaseauth.users.create", s.importAccounts),
			s.admin("POST", all+":update", "firebaseauth.users.update", s.updateAccount),
			s.admin("POST", all+":lookup", "firebaseauth.users.get", s.lookupAccounts),
			s.admin("POST", all+":query", "firebaseauth.users.get", s.queryAccounts),
			s.admin("GET", all+":batchGet", "firebaseauth.users.get", s.listAccounts),
			s.admin("POST", all+":delete", "firebaseauth.users.delete", s.deleteAccount),
			s.admin("POST", all+":batchDelete", "firebaseauth.users.delete", s.deleteAccounts),
			s.admin("POST", all+":sendOobCode", "firebaseauth.users.sendEmail", s.adminSendOobCode),
		)
	}
	return rows
}

// userRoutes are what an application does for its users.
func (s *Service) userRoutes() []route {
	return []route{
		s.public("/v1/accounts:signInWithPassword", s.signInWithPassword),
		s.public("/v1/accounts:signInWithCustomToken", s.signInWithCustomToken),
		s.public("/v1/accounts:signInWithEmailLink", s.signInWithEmailLink),
		s.public("/v1/accounts:createAuthUri", s.startIDP),
		s.public("/v1/accounts:signInWithIdp", s.signInWithIDP),
		s.public("/v1/accounts:signUp", s.signUp),
		s.public("/v1/accounts:lookup", s.lookupOwn),
		s.public("/v1/accounts:update", s.updateOwn),
		s.public("/v1/accounts:delete", s.deleteOwn),
		s.public("/v1/accounts:sendOobCode", s.publicSendOobCode),
		s.public("/v1/accounts:resetPassword", s.resetPassword),
		s.public("/v1/token", s.refresh),
		s.public("/v2/accounts/mfaEnrollment:start", s.startEnrollment),
		s.public("/v2/accounts/mfaEnrollment:finalize", s.finalizeEnrollment),
		s.public("/v2/accounts/mfaEnrollment:withdraw", s.withdrawEnrollment),
		s.public("/v2/accounts/mfaSignIn:finalize", s.finalizeSignIn),
	}
}

// legacyRoutes are the names that the same calls had in version 3, which Google still serves.
func (s *Service) legacyRoutes() []route {
	const v3 = "/identitytoolkit/v3/relyingparty/"
	return []route{
		s.public(v3+"verifyPassword", s.signInWithPassword),
		s.public(v3+"verifyCustomToken", s.signInWithCustomToken),
		s.public(v3+"emailLinkSignin", s.signInWithEmailLink),
		s.public(v3+"createAuthUri", s.startIDP),
		s.public(v3+"verifyAssertion", s.signInWithIDP),
		s.public(v3+"signupNewUser", s.signUp),
		s.public(v3+"getAccountInfo", s.lookupOwn),
		s.public(v3+"setAccountInfo", s.updateOwn),
		s.public(v3+"deleteAccount", s.deleteOwn),
		s.public(v3+"getOobConfirmationCode", s.publicSendOobCode),
		s.public(v3+"resetPassword", s.resetPassword),
	}
}

func (s *Service) admin(method, pattern, permission string, h handler) route {
	return route{Route{Method: method, Pattern: pattern, Permission: permission}, s.serve(s.withPermission(permission, h))}
}

func (s *Service) public(pattern string, h handler) route {
	return route{Route{Method: "POST", Pattern: pattern, APIKey: true}, s.serve(s.withAPIKey(h))}
}

// handler serves the routes, and answers 501 to the rest.
func (s *Service) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.Method+" "+r.Pattern, r.serve)
	}
	mux.Handle("/", s.serve(func(r *http.Request) (any, error) { return nil, unimplemented("%s %s", r.Method, r.URL.Path) }))
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
