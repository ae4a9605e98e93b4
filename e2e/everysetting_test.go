package e2e_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// Every page about a tenant's settings, in each of its states, keeps the rules that
// TestBrowserEveryPage checks. So does the door of a tenant that has a provider.
func TestBrowserEverySetting(t *testing.T) {
	acme, acmeID := world.tenant("acme"), world.provider("acme-id")
	admin, visitor := openBrowser(t), openBrowser(t)
	admin.signIn(acme, "admin")
	defer admin.clearSettings(acme)
	const path = "/t/acme/settings/sign-in"
	overview := func(name string) stop { return at(name, path, `[data-testid=providers]`) }
	fillIn := func(name, shows string, steps ...chromedp.Action[chromedp.Void]) stop {
		return stop{name, func(p *page) { p.run("come to "+name, steps...) }, shows}
	}

	admin.visit([]stop{
		overview("settings, empty"),
		at("settings of files", "/t/acme/settings/files", `[data-testid=file-settings]`),
		at("new provider", path+"/providers/new", `#issuer`),
		{"discovery", func(p *page) { p.discover(acme, acmeID) }, `[data-testid=discovery]`},
		{"provider, draft", func(p *page) { p.addProvider(acmeID) }, providerState},
		{"test sign-in", func(p *page) { p.testProvider(acmeID.People[0]) }, `[data-testid=enable]`},
		click("provider, enabled", `[data-testid=enable] button`, `[data-testid=notice]`),
		fillIn("disable a provider", `[data-testid=confirm]`, chromedp.Click(`//a[.='Disable']`)),
		click("provider, tested", `[data-testid=confirm]`, `button[data-testid=enable]`),
		fillIn("remove a provider", `[data-testid=confirm]`, chromedp.Click(`[data-testid=provider-remove]`)),
		fillIn("provider, enabled again", `[data-testid=notice]`, chromedp.Click(`//a[.='Keep it']`),
			chromedp.Click(`button[data-testid=enable]`)),
		at("new issuer", path+"/issuers/new", `#jwks`),
		fillIn("settings with an issuer", `[data-testid=issuer-row]`,
			chromedp.SendKeys(`#name`, "Build servers"), chromedp.SendKeys(`#issuer`, acmeID.Issuer), chromedp.SendKeys(`#audience`, world.App),
			chromedp.SendKeys(`#clients`, "acme-erp"), chromedp.SendKeys(`#scopes`, "files.write = editor"),
			chromedp.Click(`form.setting button[type=submit]`)),
		click("remove an issuer", `[data-testid=issuer-row] a.btn`, `[data-testid=confirm]`),
		overview("settings again"),
		fillIn("domain", `[data-testid=record]`, chromedp.SendKeys(`#domain`, "acme.bulkhead.test\r")),
		click("domain without its record", `[data-testid=domain-check]`, `[data-testid=error]`),
		at("remove a domain", path+"/domains/acme.bulkhead.test/remove", `[data-testid=confirm]`),
		overview("settings, full"),
		click("require the provider", `[data-testid=enforce]`, `[data-testid=confirm]`),
		click("recovery codes", `[data-testid=confirm]`, `[data-testid=codes]`),
		click("settings, on trial", `[data-testid=codes-kept]`, `[data-testid=lift]`),
		click("lift the requirement", `[data-testid=lift]`, `[data-testid=confirm]`),
		at("sign-in methods, none connected", "/t/acme/sign-in-methods", `[data-testid=connect]`),
		{"sign-in methods, connected", func(p *page) {
			p.run("connect", chromedp.Click(`[data-testid=connect] button`))
			p.atProvider(acmeID.People[0])
		}, `[data-testid=method-row]`},
		click("sign-in methods, disconnected", `[data-testid=method-row] button`, `[data-testid=connect]`),
	})
	visitor.also = acmeID.origin(t)
	visitor.visit([]stop{
		at("sign-in with a provider", "/t/acme/sign-in", `[data-testid=provider-form]`),
		at("recovery", "/t/acme/sign-in/recovery", `[data-testid=recovery-form]`),
		{"a stranger refused", func(p *page) {
			p.run("go to the provider", chromedp.Navigate(world.App+"/t/acme/sign-in"), chromedp.Click(`[data-testid=provider-form] button`))
			p.atProvider(acmeID.People[2])
		}, `[data-testid=again]`},
	})
	admin.visit([]stop{overview("settings with a failed sign-in")})
}
