package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web/assets"
)

// routes is the whole route table. To add a route is to add a line here and to choose who may call it.
func (s *site) routes(r *table) {
	const (
		get    = http.MethodGet
		post   = http.MethodPost
		patch  = http.MethodPatch
		remove = http.MethodDelete
	)

	r.public(get, "/", s.home)
	r.public(get, "/status", s.status)
	r.public(get, assets.Prefix+"*", echo.WrapHandler(assets.Handler()))
	r.public(get, "/t/:tenant", s.workspace)
	r.public(get, "/t/:tenant/sign-in", s.signInPage)
	r.public(post, "/t/:tenant/sign-in", s.signIn)
	r.public(post, "/t/:tenant/sign-out", s.signOut)

	r.session(tenancy.Viewer, get, "/t/:tenant/files", s.files)
	r.session(tenancy.Editor, post, "/t/:tenant/files", s.createFile)
	r.session(tenancy.Editor, post, "/t/:tenant/files/:id/complete", s.completeFile)
	r.session(tenancy.Viewer, get, "/t/:tenant/files/:id/download", s.downloadFile)
	r.session(tenancy.Editor, get, "/t/:tenant/files/:id/delete", s.confirmDelete)
	r.session(tenancy.Editor, post, "/t/:tenant/files/:id/delete", s.deleteFile)
	r.session(tenancy.Viewer, get, "/t/:tenant/people", s.people)
	r.session(tenancy.Admin, post, "/t/:tenant/people/:id/role", s.changeRole)

	r.session(tenancy.Admin, get, "/t/:tenant/access", s.access)
	r.session(tenancy.Admin, get, keysRoute, s.keys)
	r.session(tenancy.Admin, post, keysRoute, s.makeKey)
	r.session(tenancy.Admin, get, "/t/:tenant/keys/:id/revoke", s.confirmRevoke)
	r.session(tenancy.Admin, post, "/t/:tenant/keys/:id/revoke", s.revokeKey)

	r.public(get, operatorSignIn, s.operatorSignInPage)
	r.public(post, operatorSignIn, s.operatorSignIn)
	r.public(post, "/operator/sign-out", s.operatorSignOut)
	r.operator(get, operatorHome, s.alerts)
	r.operator(post, "/operator/alerts/:id/close", s.closeAlert)
	r.operator(get, "/operator/ledger", s.operatorLedger)

	r.public(get, "/api/openapi.json", s.apiDescription)
	publicAPI(r, operation(post, "/token", "Exchange a credential for tokens"), s.apiToken)
	api(r, tenancy.Viewer, operation(get, "/users", "List the people of the tenant"), s.apiUsers)
	api(r, tenancy.Viewer, operation(get, "/users/{id}", "Read a person"), s.apiUser)
	api(r, tenancy.Admin, operation(patch, "/users/{id}", "Change a person's role"), s.apiChangeUser)
	api(r, tenancy.Viewer, operation(get, "/uploads", "List the files of the tenant, newest first"), s.apiUploads)
	api(r, tenancy.Editor, created(operation(post, "/uploads", "Announce a file")), s.apiCreateUpload)
	api(r, tenancy.Viewer, operation(get, "/uploads/{id}", "Read about a file"), s.apiUpload)
	api(r, tenancy.Editor, operation(post, "/uploads/{id}/complete", "Say that the file has been sent"), s.apiCompleteUpload)
	api(r, tenancy.Viewer, operation(get, "/uploads/{id}/download", "Ask for a signed request for the file"), s.apiDownloadUpload)
	api(r, tenancy.Editor, operation(remove, "/uploads/{id}", "Delete a file"), s.apiDeleteUpload)
	api(r, tenancy.Admin, operation(get, "/access", "Read who was let in, newest first"), s.apiAccess)
	api(r, tenancy.Admin, operation(get, "/keys", "List the API keys of the tenant, newest first"), s.apiKeys)
	api(r, tenancy.Admin, created(operation(post, "/keys", "Make an API key")), s.apiCreateKey)
	api(r, tenancy.Admin, operation(remove, "/keys/{id}", "Revoke an API key"), s.apiRevokeKey)
	api(r, tenancy.Viewer, operation(remove, "/token", "End the session"), s.apiEndSession)
}
