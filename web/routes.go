package web

import (
	"net/http"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/access"
	"github.com/bulkhead-saas/bulkhead/web/adapter"
	"github.com/bulkhead-saas/bulkhead/web/assets"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/explain"
	"github.com/bulkhead-saas/bulkhead/web/files"
	"github.com/bulkhead-saas/bulkhead/web/keys"
	"github.com/bulkhead-saas/bulkhead/web/operators"
	"github.com/bulkhead-saas/bulkhead/web/people"
	"github.com/bulkhead-saas/bulkhead/web/settings"
	"github.com/bulkhead-saas/bulkhead/web/worker"
)

// about is the API's description in a sentence.
const about = "People and files of one tenant, which X-TenantId selects and the bearer token or API key must belong to."

// routes is the whole route table of the processes that serve people. To add a route is to add a
// line here and to choose the permission that it needs: see the verbs of door.Table, and the flags
// after the handler.
func routes(r *door.Table, f features) {
	const (
		get    = http.MethodGet
		post   = http.MethodPost
		put    = http.MethodPut
		patch  = http.MethodPatch
		remove = http.MethodDelete

		filesRead    = tenant.FilesRead
		filesWrite   = tenant.FilesWrite
		intakeWrite  = tenant.IntakeWrite
		keyEnd       = tenant.KeyEnd
		peopleRead   = tenant.PeopleRead
		peopleManage = tenant.PeopleManage
		keysManage   = tenant.KeysManage
		accessRead   = tenant.AccessRead
		sessionEnd   = tenant.SessionEnd
		manage       = tenant.SettingsManage
		accountOwn   = tenant.AccountOwn
	)

	r.Public(get, "/", f.home.Choose)
	r.Public(post, "/", f.home.Find)
	r.Public(get, "/status", f.home.Status, door.AnyHost)
	r.Public(get, assets.Prefix+"*", f.home.Assets(), door.Packed)
	r.Public(get, "/t/:tenant", f.home.Workspace)
	r.Public(get, "/t/:tenant/sign-in", f.signin.Page)
	r.Public(post, "/t/:tenant/sign-in", f.signin.SignIn)
	r.Public(post, "/t/:tenant/sign-out", f.signin.SignOut)
	r.Public(get, "/t/:tenant/sign-in/recovery", f.signin.Recovery)
	r.Public(post, "/t/:tenant/sign-in/recovery", f.signin.Recover)
	r.Public(get, "/t/:tenant/sign-in/second-factor", f.signin.AskFactor)
	r.Public(post, "/t/:tenant/sign-in/second-factor", f.signin.ProveFactor)
	r.Public(post, "/t/:tenant/sign-in/provider/:id", f.signin.Depart)
	r.Public(get, "/t/:tenant/password/forgotten", f.account.Forgotten)
	r.Public(post, "/t/:tenant/password/forgotten", f.account.AskReset)
	r.Public(get, "/t/:tenant/password/new", f.account.NewPassword)
	r.Public(post, "/t/:tenant/password/new", f.account.SetPassword)
	r.Public(get, "/t/:tenant/address/confirm", f.account.Confirm)
	r.Public(post, "/t/:tenant/address/confirm", f.account.ConfirmAddress)
	r.Public(get, "/callback", f.signin.Callback)
	r.Public(get, "/t/:tenant/sign-in/callback", f.signin.Arrive)

	r.Session(filesRead, get, "/t/:tenant/files", f.files.List, door.Nav(files.Section()))
	r.Session(filesWrite, post, "/t/:tenant/files", f.files.Create, door.Secret)
	r.Session(filesRead, get, "/t/:tenant/files/bin", f.files.ShowBin)
	r.Session(filesWrite, get, "/t/:tenant/files/bin/delete", f.files.AskEmpty)
	r.Session(filesWrite, post, "/t/:tenant/files/bin/delete", f.files.Empty)
	r.Session(filesWrite, post, "/t/:tenant/files/bin/:id/restore", f.files.Restore)
	r.Session(filesWrite, get, "/t/:tenant/files/bin/:id/delete", f.files.AskPurge)
	r.Session(filesWrite, post, "/t/:tenant/files/bin/:id/delete", f.files.Purge)
	r.Session(filesRead, get, "/t/:tenant/files/versions/:id/download", f.files.DownloadVersion, door.Secret)
	r.Session(filesWrite, post, "/t/:tenant/files/versions/:id/restore", f.files.RestoreVersion)
	r.Session(filesWrite, get, "/t/:tenant/files/versions/:id/delete", f.files.AskDeleteVersion)
	r.Session(filesWrite, post, "/t/:tenant/files/versions/:id/delete", f.files.DeleteVersion)
	r.Session(filesRead, get, "/t/:tenant/files/:id", f.files.Show)
	r.Session(filesWrite, post, "/t/:tenant/files/:id/inspect", f.files.Inspect)
	r.Session(filesWrite, get, "/t/:tenant/files/:id/move", f.files.AskMove)
	r.Session(filesWrite, post, "/t/:tenant/files/:id/move", f.files.Move)
	r.Session(filesWrite, post, "/t/:tenant/files/:id/parts", f.files.SignParts, door.Secret)
	r.Session(filesWrite, get, "/t/:tenant/files/:id/parts", f.files.ArrivedParts)
	r.Session(filesWrite, post, "/t/:tenant/files/:id/complete", f.files.Complete)
	r.Session(filesRead, get, "/t/:tenant/files/:id/download", f.files.Download, door.Secret)
	r.Session(filesRead, get, "/t/:tenant/files/:id/preview", f.files.Preview, door.Secret)
	r.Session(filesWrite, get, "/t/:tenant/files/:id/delete", f.files.ConfirmDelete)
	r.Session(filesWrite, post, "/t/:tenant/files/:id/delete", f.files.Delete)
	r.Session(peopleRead, get, "/t/:tenant/people", f.people.List, door.Nav(people.Section()))
	r.Session(peopleManage, get, "/t/:tenant/people/:id/role", f.people.ConfirmStepDown)
	r.Session(peopleManage, post, "/t/:tenant/people/:id/role", f.people.ChangeRole, door.Fresh)
	r.Session(peopleManage, get, "/t/:tenant/people/:id/disable", f.people.ConfirmDisable)
	r.Session(peopleManage, post, "/t/:tenant/people/:id/disable", f.people.Disable, door.Fresh)
	r.Session(peopleManage, post, "/t/:tenant/people/:id/enable", f.people.Enable, door.Fresh)
	r.Session(peopleManage, get, "/t/:tenant/people/:id/second-factor", f.people.ConfirmReset)
	r.Session(peopleManage, post, "/t/:tenant/people/:id/second-factor", f.people.Reset, door.Fresh)

	r.Session(accessRead, get, "/t/:tenant/access", f.access.List, door.Nav(access.Section()))
	r.Session(accessRead, get, "/t/:tenant/access/explain", f.explain.Show)
	r.Session(keysManage, get, "/t/:tenant/keys", f.keys.List, door.Nav(keys.Section()))
	r.Session(keysManage, post, "/t/:tenant/keys", f.keys.Make, door.Secret, door.Fresh)
	r.Session(keysManage, get, "/t/:tenant/keys/:id/roll", f.keys.ConfirmRoll)
	r.Session(keysManage, post, "/t/:tenant/keys/:id/roll", f.keys.Roll, door.Secret, door.Fresh)
	r.Session(keysManage, get, "/t/:tenant/keys/:id/revoke", f.keys.ConfirmRevoke)
	r.Session(keysManage, post, "/t/:tenant/keys/:id/revoke", f.keys.Revoke)

	const signIn = "/t/:tenant/settings/sign-in"
	r.Session(manage, get, signIn, f.settings.Show, door.Nav(settings.Section()))
	r.Session(manage, post, signIn+"/api", f.settings.ApplyAPI, door.Fresh)
	r.Session(manage, post, signIn+"/sessions", f.settings.ApplySessions, door.Fresh)
	r.Session(manage, get, signIn+"/providers/new", f.settings.AskIssuer)
	r.Session(manage, post, signIn+"/providers/new", f.settings.ShowDiscovery)
	r.Session(manage, post, signIn+"/providers", f.settings.AddProvider, door.Fresh)
	r.Session(manage, get, signIn+"/providers/:id", f.settings.ShowProvider)
	r.Session(manage, post, signIn+"/providers/:id", f.settings.UpdateProvider, door.Fresh)
	r.Session(manage, post, signIn+"/providers/:id/reread", f.settings.RereadProvider, door.Fresh)
	r.Session(manage, post, signIn+"/providers/:id/enable", f.settings.EnableProvider, door.Fresh)
	r.Session(manage, get, signIn+"/providers/:id/disable", f.settings.AskDisable)
	r.Session(manage, post, signIn+"/providers/:id/disable", f.settings.DisableProvider, door.Fresh)
	r.Session(manage, get, signIn+"/providers/:id/remove", f.settings.AskRemove)
	r.Session(manage, post, signIn+"/providers/:id/remove", f.settings.RemoveProvider, door.Fresh)
	r.Session(manage, get, signIn+"/enforcement", f.settings.AskEnforce)
	r.Session(manage, post, signIn+"/enforcement", f.settings.Enforce, door.Secret, door.Fresh)
	r.Session(manage, get, signIn+"/enforcement/lift", f.settings.AskLift)
	r.Session(manage, post, signIn+"/enforcement/lift", f.settings.Lift, door.Fresh)
	r.Session(manage, post, signIn+"/second-factor", f.settings.SetSecondFactor, door.Fresh)
	r.Session(manage, get, signIn+"/issuers/new", f.settings.AskNewIssuer)
	r.Session(manage, post, signIn+"/issuers", f.settings.AddIssuer, door.Fresh)
	r.Session(manage, get, signIn+"/issuers/:id/remove", f.settings.AskRemoveIssuer)
	r.Session(manage, post, signIn+"/issuers/:id/remove", f.settings.RemoveIssuer, door.Fresh)
	r.Session(manage, post, signIn+"/domains", f.settings.AddDomain, door.Fresh)
	r.Session(manage, get, signIn+"/domains/:id", f.settings.ShowDomain)
	r.Session(manage, post, signIn+"/domains/:id/check", f.settings.CheckDomain)
	r.Session(manage, get, signIn+"/domains/:id/remove", f.settings.AskRemoveDomain)
	r.Session(manage, post, signIn+"/domains/:id/remove", f.settings.RemoveDomain, door.Fresh)
	r.Session(manage, get, "/t/:tenant/settings/files", f.settings.ShowFiles)
	r.Session(manage, post, "/t/:tenant/settings/files", f.settings.SetFiles, door.Fresh)
	r.Session(accountOwn, get, "/t/:tenant/sign-in-methods", f.signin.Methods)
	r.Session(accountOwn, post, "/t/:tenant/sign-in-methods/:id/disconnect", f.signin.Disconnect, door.Fresh)
	r.Session(accountOwn, get, "/t/:tenant/prove", f.signin.ProvePage)
	r.Session(accountOwn, post, "/t/:tenant/prove", f.signin.Prove)
	r.Session(accountOwn, get, "/t/:tenant/resume", f.signin.Resume)
	r.Session(accountOwn, get, "/t/:tenant/sessions", f.sessions.Show)
	r.Session(accountOwn, post, "/t/:tenant/sessions", f.sessions.EndMany)
	r.Session(accountOwn, post, "/t/:tenant/sessions/:id/end", f.sessions.End)
	r.Session(peopleManage, get, "/t/:tenant/people/:id/sessions", f.sessions.ShowOf)
	r.Session(peopleManage, post, "/t/:tenant/people/:id/sessions", f.sessions.EndOf)
	r.Session(accountOwn, get, "/t/:tenant/account", f.account.Show)
	r.Session(accountOwn, post, "/t/:tenant/account/password", f.account.ChangePassword)
	r.Session(accountOwn, post, "/t/:tenant/account/address", f.account.AskAddress)
	r.Session(accountOwn, get, "/t/:tenant/account/erase", f.account.ConfirmErase)
	r.Session(accountOwn, post, "/t/:tenant/account/erase", f.account.Erase, door.Fresh)

	const factor = "/t/:tenant/second-factor"
	r.Session(accountOwn, get, factor, f.signin.Factors)
	r.Session(accountOwn, get, factor+"/app", f.signin.BeginApp, door.Secret)
	r.Session(accountOwn, post, factor+"/app", f.signin.AddApp, door.Secret)
	r.Session(accountOwn, post, factor+"/app/remove", f.signin.RemoveApp)
	r.Session(accountOwn, get, factor+"/passkeys", f.signin.BeginPasskey, door.Secret)
	r.Session(accountOwn, post, factor+"/passkeys", f.signin.AddPasskey, door.Secret)
	r.Session(accountOwn, post, factor+"/passkeys/:id/remove", f.signin.RemovePasskey)
	r.Session(accountOwn, post, factor+"/codes", f.signin.NewCodes, door.Secret)

	r.Public(get, door.OperatorSignIn, f.operators.SignInPage)
	r.Public(post, door.OperatorSignIn, f.operators.SignIn)
	r.Public(get, door.OperatorSignIn+"/second-factor", f.operators.AskFactor)
	r.Public(post, door.OperatorSignIn+"/second-factor", f.operators.ProveFactor)
	r.Public(post, "/operator/sign-out", f.operators.SignOut)
	r.Operator(get, "/operator", f.operators.Alerts, door.Nav(operators.Alerts()))
	r.Operator(get, "/operator/alerts/closed", f.operators.ClosedAlerts)
	r.Operator(post, "/operator/alerts/close", f.operators.CloseAlerts)
	r.Operator(get, "/operator/ledger", f.operators.Ledger, door.Nav(operators.Records()))
	r.Operator(get, "/operator/explain", f.explain.ShowOperator, door.Nav(explain.Section()))
	r.Operator(get, "/operator/jobs", f.operators.Jobs, door.Nav(operators.Queue()))
	r.Operator(post, "/operator/jobs/:id/retry", f.operators.RetryJob)
	r.Operator(get, "/operator/jobs/:id/cancel", f.operators.ConfirmCancelJob)
	r.Operator(post, "/operator/jobs/:id/cancel", f.operators.CancelJob)

	r.Public(get, "/api/openapi.json", r.Description)
	r.Public(get, "/api/docs", f.reference.Page)
	r.PublicAPI(post, "/token", f.signin.TokenAPI())
	r.PublicAPI(post, "/password-letters", f.account.AskResetAPI())
	r.PublicAPI(post, "/passwords", f.account.ResetAPI())
	r.PublicAPI(post, "/addresses", f.account.ConfirmAPI())
	r.API(peopleRead, get, "/users", f.people.ListAPI())
	r.API(peopleRead, get, "/users/{id}", f.people.ReadAPI())
	r.API(peopleManage, patch, "/users/{id}", f.people.ChangeAPI(), door.Fresh)
	r.API(peopleManage, remove, "/second-factors/{id}", f.people.ResetAPI(), door.Fresh)
	r.API(filesRead, get, "/uploads", f.files.ListAPI())
	r.API(filesWrite, post, "/uploads", f.files.CreateAPI(), door.Created)
	r.APIKey(intakeWrite, post, "/intake", f.files.IntakeAPI(), door.Created)
	r.API(filesRead, get, "/uploads/{id}", f.files.ReadAPI())
	r.API(filesWrite, patch, "/uploads/{id}", f.files.MoveAPI())
	r.API(filesWrite, post, "/uploads/{id}/parts", f.files.SignPartsAPI())
	r.API(filesWrite, get, "/uploads/{id}/parts", f.files.ArrivedPartsAPI())
	r.API(filesWrite, post, "/uploads/{id}/complete", f.files.CompleteAPI())
	r.API(filesWrite, post, "/uploads/{id}/inspection", f.files.InspectAPI())
	r.API(filesRead, get, "/uploads/{id}/download", f.files.DownloadAPI())
	r.API(filesWrite, remove, "/uploads/{id}", f.files.DeleteAPI())
	r.API(filesRead, get, "/uploads/{id}/versions", f.files.VersionsAPI())
	r.API(filesRead, get, "/versions/{id}/download", f.files.DownloadVersionAPI())
	r.API(filesWrite, post, "/versions/{id}/restore", f.files.RestoreVersionAPI())
	r.API(filesWrite, remove, "/versions/{id}", f.files.DeleteVersionAPI())
	r.API(filesRead, get, "/folders", f.files.FoldersAPI())
	r.API(filesRead, get, "/binned-uploads", f.files.BinAPI())
	r.API(filesWrite, remove, "/binned-uploads", f.files.EmptyAPI())
	r.API(filesWrite, post, "/binned-uploads/{id}/restore", f.files.RestoreAPI())
	r.API(filesWrite, remove, "/binned-uploads/{id}", f.files.PurgeAPI())
	r.API(accessRead, get, "/access", f.access.ListAPI())
	r.API(accessRead, get, "/explanations", f.explain.API())
	r.API(keysManage, get, "/keys", f.keys.ListAPI())
	r.API(keysManage, post, "/keys", f.keys.CreateAPI(), door.Created, door.Fresh)
	r.API(keysManage, get, "/keys/{id}", f.keys.ReadAPI())
	r.API(keysManage, post, "/keys/{id}/roll", f.keys.RollAPI(), door.Created, door.Fresh)
	r.API(keysManage, remove, "/keys/{id}", f.keys.RevokeAPI())
	r.APIKey(keyEnd, remove, "/own-key", f.keys.EndAPI())
	r.API(manage, get, "/settings/authentication", f.settings.ReadAPI())
	r.API(manage, put, "/settings/authentication", f.settings.ReplaceAPI(), door.Fresh)
	r.API(manage, put, "/settings/authentication/second-factor", f.settings.SecondFactorAPI(), door.Fresh)
	r.API(manage, get, "/settings/files", f.settings.FilesAPI())
	r.API(manage, put, "/settings/files", f.settings.SetFilesAPI(), door.Fresh)
	r.API(manage, post, "/providers", f.settings.AddProviderAPI(), door.Created, door.Fresh)
	r.API(manage, get, "/providers/{id}", f.settings.ProviderAPI())
	r.API(manage, put, "/providers/{id}", f.settings.UpdateProviderAPI(), door.Fresh)
	r.API(manage, post, "/providers/{id}/reread", f.settings.RereadProviderAPI(), door.Fresh)
	r.API(manage, post, "/providers/{id}/enable", f.settings.EnableProviderAPI(), door.Fresh)
	r.API(manage, post, "/providers/{id}/disable", f.settings.DisableProviderAPI(), door.Fresh)
	r.API(manage, remove, "/providers/{id}", f.settings.RemoveProviderAPI(), door.Fresh)
	r.API(manage, post, "/issuers", f.settings.AddIssuerAPI(), door.Created, door.Fresh)
	r.API(manage, get, "/issuers/{id}", f.settings.IssuerAPI())
	r.API(manage, remove, "/issuers/{id}", f.settings.RemoveIssuerAPI(), door.Fresh)
	r.API(manage, post, "/domains", f.settings.AddDomainAPI(), door.Created, door.Fresh)
	r.API(manage, get, "/domains/{id}", f.settings.DomainAPI())
	r.API(manage, post, "/domains/{id}/check", f.settings.CheckDomainAPI())
	r.API(manage, remove, "/domains/{id}", f.settings.RemoveDomainAPI(), door.Fresh)
	r.API(manage, post, "/enforcement", f.settings.EnforceAPI(), door.Fresh)
	r.API(manage, remove, "/enforcement", f.settings.LiftAPI(), door.Fresh)
	r.API(accountOwn, get, "/sessions", f.sessions.ListAPI())
	r.API(accountOwn, remove, "/sessions", f.sessions.EndManyAPI())
	r.API(accountOwn, remove, "/sessions/{id}", f.sessions.EndAPI())
	r.API(peopleManage, get, "/users/{id}/sessions", f.sessions.ListOfAPI())
	r.API(peopleManage, remove, "/users/{id}/sessions", f.sessions.EndOfAPI())

	r.API(accountOwn, get, "/account", f.account.ReadAPI(), door.Own)
	r.API(accountOwn, put, "/account/password", f.account.ChangePasswordAPI(), door.Own)
	r.API(accountOwn, post, "/account/address-letters", f.account.AskAddressAPI(), door.Own)
	r.API(accountOwn, post, "/account/erasure", f.account.EraseAPI(), door.Own, door.Fresh)
	r.API(accountOwn, get, "/account/second-factors", f.signin.FactorsAPI(), door.Own)
	r.API(accountOwn, post, "/account/app-secrets", f.signin.BeginAppAPI(), door.Own, door.Fresh)
	r.API(accountOwn, post, "/account/app", f.signin.AddAppAPI(), door.Created, door.Own, door.Fresh)
	r.API(accountOwn, remove, "/account/app", f.signin.RemoveAppAPI(), door.Own, door.Fresh)
	r.API(accountOwn, post, "/account/passkey-challenges", f.signin.BeginPasskeyAPI(), door.Own, door.Fresh)
	r.API(accountOwn, post, "/account/passkeys", f.signin.AddPasskeyAPI(), door.Created, door.Own, door.Fresh)
	r.API(accountOwn, get, "/account/passkeys/{id}", f.signin.PasskeyAPI(), door.Own)
	r.API(accountOwn, remove, "/account/passkeys/{id}", f.signin.RemovePasskeyAPI(), door.Own, door.Fresh)
	r.API(accountOwn, post, "/account/recovery-codes", f.signin.NewCodesAPI(), door.Created, door.Own, door.Fresh)
	r.API(accountOwn, get, "/account/sign-in-methods", f.signin.MethodsAPI(), door.Own)
	r.API(accountOwn, remove, "/account/sign-in-methods/{id}", f.signin.DisconnectAPI(), door.Own, door.Fresh)
	r.API(sessionEnd, remove, "/token", f.signin.EndAPI())
}

// workerRoutes is the whole route table of a worker.
func workerRoutes(r *door.Table, f worker.Feature) {
	r.Public(http.MethodGet, "/status", f.Status, door.AnyHost)
	r.Platform(http.MethodPost, "/jobs/tick", f.Tick)
	r.Platform(http.MethodPost, "/events/objects", f.Object)
	r.Platform(http.MethodPost, "/events/inspections", f.Inspection)
	r.Platform(http.MethodPost, "/files/open", f.OpenFile)
}

// adapterRoutes is the whole route table of the Adapter.
func adapterRoutes(r *door.Table, f adapter.Feature) {
	r.Public(http.MethodGet, "/status", f.Status, door.AnyHost)
	r.Platform(http.MethodPost, "/events/uploads", f.Upload)
	r.Platform(http.MethodPost, "/jobs/tick", f.Tick)
}
