package signin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/logins"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	internalsignin "github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/signin"
	"github.com/bulkhead-saas/bulkhead/web/view"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	id, err := authpolicy.ParseProviderID("aaaaaaaaaa")
	if err != nil {
		t.Fatal(err)
	}
	viewtest.Check(t, func(text string) []viewtest.Sample {
		offered := []internalsignin.Choice{{ID: id, Name: text}}
		w := viewtest.Workspace(text)
		asked := signin.Form{Workspace: w, Next: text, Notice: text, Choices: internalsignin.Choices{Password: true}}
		refused := signin.Form{Workspace: viewtest.Pooled(text), Email: text, Error: text, Choices: internalsignin.Choices{Password: true}}
		staged := signin.Form{Workspace: w, Next: text, Choices: internalsignin.Choices{Providers: offered, Password: true, Staged: true, Recovery: true}}
		enforced := signin.Form{Workspace: w, Error: text, Choices: internalsignin.Choices{Providers: offered, Recovery: true}}

		login := logins.Login{Key: strings.Repeat("a", 52), Issuer: text, Subject: text, Provider: id}
		methods := signin.Methods{Error: text, Methods: federation.Methods{
			Password:  true,
			Logins:    []federation.Method{{Login: login, Name: text, Open: true}, {Login: login, Open: true, Last: true}, {Login: login, Name: text}},
			Available: offered,
		}}
		claims := []federation.Claim{{Name: "sub", Value: text}, {Name: text, Value: text}}
		tested := func(r federation.Report, enabled bool) signin.Tested {
			r.Claims = claims
			return signin.Tested{Workspace: w, Provider: id.String(), Name: text, Enabled: enabled, Report: r}
		}
		shell := view.Shell{Workspace: w}
		forms := view.FactorForms{
			Action: "/t/acme/x", Next: text, Error: text, App: &view.AppForm{Secret: "ABCDEFGH", Size: 41, Path: "M4 4h7v1h-7z", State: text},
			Passkey: &view.PasskeyForm{Options: text, State: text, New: true},
		}
		asks := view.FactorForms{
			Action: "/t/acme/x", Next: text, Error: text, Code: true, Recovery: true, Passkey: &view.PasskeyForm{Options: text, State: text},
		}
		at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
		mine := signin.OwnFactors{Error: text, MyFactors: mfa.MyFactors{
			App: &secondfactor.App{Added: at}, Passkeys: []secondfactor.Passkey{{ID: "k", Name: text, Added: at}}, Recovery: 3, Unproven: true, Available: true,
		}}
		return []viewtest.Sample{
			{Name: "sign-in", Component: signin.Page(asked), Golden: true},
			{Name: "sign-in refused", Component: signin.Page(refused)},
			{Name: "sign-in staged", Component: signin.Page(staged)},
			{Name: "sign-in enforced", Component: signin.Page(enforced), Golden: true},
			{Name: "lead", Component: signin.LeadPage(signin.Lead{Workspace: w, Provider: text, To: "https://id.acme.example/authorize"})},
			{Name: "failed", Component: signin.FailedPage(signin.Failed{Workspace: w, Sentence: text, Detail: text, Provider: id.String()})},
			{Name: "failed somewhere", Component: signin.FailedPage(signin.Failed{Workspace: w, Sentence: text})},
			{Name: "tested, known", Component: signin.TestedPage(tested(federation.Report{Person: text, Role: tenant.Editor}, true))},
			{Name: "tested, by groups", Component: signin.TestedPage(tested(federation.Report{Person: text, Role: tenant.Editor, Mapped: true}, false))},
			{Name: "tested, new", Component: signin.TestedPage(tested(federation.Report{Made: true, Role: tenant.Viewer}, false))},
			{Name: "tested, refused", Component: signin.TestedPage(tested(federation.Report{Why: text}, false))},
			{Name: "recovery", Component: signin.RecoveryPage(signin.Recovery{Workspace: w, Email: text, Error: text})},
			{Name: "second factor", Component: signin.FactorPage(signin.Factor{Workspace: w, Email: text, IsSet: true, Forms: asks})},
			{Name: "second factor, none", Component: signin.FactorPage(signin.Factor{Workspace: w, Email: text, Forms: forms})},
			{Name: "codes of a second factor", Component: signin.FactorCodesPage(signin.FactorCodes{Workspace: w, Text: text, To: "/t/acme/files"})},
			{Name: "own factors", Component: signin.OwnFactorsPage(shell, mine)},
			{Name: "own factors, none", Component: signin.OwnFactorsPage(view.Shell{Workspace: w, Grace: at}, signin.OwnFactors{})},
			{Name: "set a factor up", Component: signin.SetUpPage(shell, signin.SetUp{Forms: forms})},
			{Name: "own codes", Component: signin.OwnCodesPage(shell, text)},
			{Name: "prove, password", Component: signin.ProvePage(shell, signin.Prove{Email: text, Next: text, Error: text})},
			{Name: "prove, provider", Component: signin.ProvePage(shell, signin.Prove{Provider: offered[0], Next: text})},
			{Name: "resume", Component: signin.ResumePage(shell, signin.Resume{Path: "/t/acme/keys", Fields: []signin.Field{{Name: "key-name", Value: text}, {Name: "version", Value: "1"}}})},
			{Name: "resume, nothing typed", Component: signin.ResumePage(shell, signin.Resume{Path: "/t/acme/keys"})},
			{Name: "methods", Component: signin.MethodsPage(shell, methods)},
			{Name: "methods, none", Component: signin.MethodsPage(shell, signin.Methods{})},
		}
	})
}
