package settings_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/web/settings"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		shell, noon := viewtest.Shell(text, settings.Section()), viewtest.Noon()
		healthy := settings.Health{Known: true, Keys: 2, Last: noon, Outcome: text}
		stale := settings.Health{Known: true, Stale: true, Last: noon, Outcome: text}
		provider := settings.Provider{
			ID: text, Name: text, Issuer: text, ClientID: text, State: "enabled", First: "viewer", Authorization: text,
			Token: text, Keys: text, Algorithms: text, GroupsClaim: text, Groups: text, Health: healthy,
		}
		draft, tested := provider, provider
		draft.State, draft.First, draft.Health = "draft", "refuse", settings.Health{}
		tested.State, tested.Health = "tested", stale
		domain := settings.Domain{Name: text, Record: text, Value: text, State: "proven", Checked: noon, Provider: text, Version: text}
		waiting, failing := domain, domain
		waiting.State, waiting.Problem = "waiting", text
		failing.State, failing.Failing, failing.Ends = "failing", noon, noon
		off := settings.Overview{Version: text, API: []settings.Choice{{Value: "token", Label: "Tokens", On: true}, {Value: "key", Label: "Keys"}}}
		off.Idle = []settings.Choice{{Value: "15", Label: "15 minutes"}, {Value: "480", Label: "8 hours", On: true}}
		off.Absolute = []settings.Choice{{Value: "1440", Label: "24 hours", On: true}}
		full := off
		full.Problem, full.NewDomain, full.Open, full.Kept = text, text, 1, true
		full.Providers = []settings.Provider{provider, draft, tested}
		full.Domains = []settings.Domain{domain, waiting, failing}
		full.Issuers = []settings.Issuer{{ID: text, Name: text, Issuer: text, Audience: text, Clients: text, Scopes: text, Health: healthy}, {ID: "y", Name: "x", People: true}}
		full.Failed = []settings.FailedSignIn{{At: noon, Name: text, Step: text, Sentence: text, Who: text}, {At: noon}}
		with := func(v settings.Overview, e settings.Enforcement) settings.Overview {
			v.Enforcement = e
			return v
		}
		required := off
		required.SecondFactor = settings.SecondFactor{Required: true, From: noon, Days: 7}
		staged := settings.Enforcement{State: "staged", Since: noon, Until: noon, Minutes: 42, Codes: 10}
		first := staged
		first.First = true
		found := settings.NewProvider{
			Version: text, Problem: text, Issuer: text, Name: text, ClientID: text, Redirect: text,
			Found: settings.Discovery{Authorization: text, Token: text, Keys: text, Algorithms: text, PKCE: true},
		}
		plain := found
		plain.Found.PKCE = false
		return []viewtest.Sample{
			{Name: "settings empty", Component: settings.Page(shell, off)},
			{Name: "settings", Component: settings.Page(shell, with(full, settings.Enforcement{State: "off", Reverted: noon}))},
			{Name: "settings, second factor", Component: settings.Page(shell, required)},
			{Name: "settings staged", Component: settings.Page(shell, with(full, staged))},
			{Name: "settings staged, one came", Component: settings.Page(shell, with(full, first))},
			{Name: "settings enforced", Component: settings.Page(shell, with(full, settings.Enforcement{State: "enforced", Since: noon, Codes: 9}))},
			{Name: "files", Component: settings.FilesPage(shell, settings.Files{Version: text, Problem: text, Sizes: off.Idle, Types: text, OnlyInspected: true, Inspects: true, Usage: uploads.Usage{Bytes: 1e9, Quota: 100e9}, Counted: true})},
			{Name: "files, wrong size", Component: settings.FilesPage(shell, settings.Files{Version: text, Field: "max-bytes", Error: text, Sizes: off.Idle, Types: text})},
			{Name: "files, wrong types", Component: settings.FilesPage(shell, settings.Files{Version: text, Field: "types", Error: text, Sizes: off.Idle, Types: text, Known: []string{text}})},
			{Name: "new provider", Component: settings.NewProviderPage(shell, settings.NewProvider{Version: text})},
			{Name: "new provider, found", Component: settings.NewProviderPage(shell, found)},
			{Name: "new provider, without PKCE", Component: settings.NewProviderPage(shell, plain)},
			{Name: "provider, draft", Component: settings.ProviderPage(shell, settings.OneProvider{Version: text, Problem: text, Redirect: text, Provider: draft})},
			{Name: "provider, tested", Component: settings.ProviderPage(shell, settings.OneProvider{Version: text, Redirect: text, Provider: tested})},
			{Name: "provider, enabled", Component: settings.ProviderPage(shell, settings.OneProvider{Version: text, Redirect: text, Provider: provider})},
			{Name: "confirm", Component: settings.ConfirmPage(shell, settings.Confirm{
				Version: text, Problem: text, Title: text, What: []string{text, text},
				Action: "/t/acme/settings/sign-in/x", Back: "/t/acme/settings/sign-in", Do: text, Keep: text,
			})},
			{Name: "confirm danger", Component: settings.ConfirmPage(shell, settings.Confirm{
				Title: "x", Action: "/t/acme/settings/sign-in/x", Back: "/t/acme/settings/sign-in", Do: text, Keep: text, Danger: true,
			})},
			{Name: "codes", Component: settings.CodesPage(shell, settings.RecoveryCodes{Codes: []string{text, text}, Until: noon})},
			{Name: "new issuer", Component: settings.NewIssuerPage(shell, settings.NewIssuer{
				Version: text, Problem: text, Name: text, Issuer: text, JWKS: text, Audience: text, Clients: text, Scopes: text,
			})},
			{Name: "new issuer of people", Component: settings.NewIssuerPage(shell, settings.NewIssuer{Version: text, People: true})},
			{Name: "domain", Component: settings.DomainPage(shell, domain)},
			{Name: "domain waiting", Component: settings.DomainPage(shell, waiting)},
			{Name: "domain failing", Component: settings.DomainPage(shell, failing)},
		}
	})
}
