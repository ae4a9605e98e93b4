package account_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/account"
	"github.com/bulkhead-saas/bulkhead/web/view"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		w := viewtest.Workspace(text)
		shell := view.Shell{Workspace: w, Account: view.Account{Name: text, Email: text, Role: "viewer"}}
		return []viewtest.Sample{
			{Name: "forgotten", Component: account.ForgottenPage(account.Forgotten{Workspace: w, Email: text, Error: text}), Golden: true},
			{Name: "forgotten, asked", Component: account.ForgottenPage(account.Forgotten{Workspace: w, Email: text, Asked: true})},
			{Name: "new password", Component: account.NewPasswordPage(account.Code{Workspace: w, Typed: text, Error: text}), Golden: true},
			{Name: "confirm", Component: account.ConfirmPage(account.Code{Workspace: w, Typed: text, Error: text})},
			{Name: "account", Component: account.Page(shell, account.Own{Password: true, Email: text, Failed: "address", Error: text}), Golden: true},
			{Name: "account, password refused", Component: account.Page(shell, account.Own{Password: true, Failed: "password", Error: text})},
			{Name: "account of a provider", Component: account.Page(shell, account.Own{})},
			{Name: "erase", Component: account.ErasePage(shell, account.Erase{Password: true, Error: text})},
			{Name: "erase, of a provider", Component: account.ErasePage(shell, account.Erase{})},
		}
	})
}
