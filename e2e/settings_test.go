package e2e_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// settings is the address of a tenant's page about signing in.
func (t *tenant) settings() string { return world.App + "/t/" + t.Slug + "/settings/sign-in" }

// origin is what a browser asks when it goes to the provider.
func (p provider) origin(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(p.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	return u.Scheme + "://" + u.Host
}

const providerState = `[data-testid=provider-state]`

// discover pastes the provider's issuer, and has its discovery shown.
func (p *page) discover(of *tenant, at provider) {
	p.t.Helper()
	p.also = at.origin(p.t)
	p.run("paste the issuer of "+at.Name,
		chromedp.Navigate(of.settings()), chromedp.Click(`[data-testid=provider-new]`), chromedp.WaitVisible(`#issuer`),
		chromedp.SendKeys(`#issuer`, at.Issuer+"\r"), chromedp.WaitVisible(`[data-testid=discovery]`))
}

// addProvider fills in the client that the provider knows. The page of the draft is open then.
func (p *page) addProvider(at provider) {
	p.t.Helper()
	p.run("add "+at.Name,
		chromedp.SendKeys(`#name`, at.Name), chromedp.SendKeys(`#client-id`, at.ClientID),
		chromedp.SendKeys(`#secret`, at.ClientSecret+"\r"),
		chromedp.WaitVisible(providerState), chromedp.WaitVisible(`[data-testid=test]`))
}

// testProvider signs in at the provider, from its page here. The page about the test is open then.
func (p *page) testProvider(who login) {
	p.t.Helper()
	p.run("test the provider", chromedp.Click(`[data-testid=test]`))
	p.atProvider(who)
	p.run("see what the test has shown", chromedp.WaitVisible(`[data-testid=claims]`))
}

// atProvider signs in at the provider's own page, once it is open.
func (p *page) atProvider(who login) {
	p.t.Helper()
	p.run("sign in at the provider as "+who.Email,
		chromedp.WaitVisible(`button[name=cancel]`),
		chromedp.SendKeys(`#email`, who.Email), chromedp.SendKeys(`#password`, who.Password+"\r"))
}

// clearSettings removes all that stands in the settings of the tenant, for the next story.
func (p *page) clearSettings(of *tenant) {
	p.t.Helper()
	p.run("open the settings", chromedp.Navigate(of.settings()), chromedp.WaitVisible(`[data-testid=providers]`))
	all := read[[]string](p, `[
		...[...document.querySelectorAll("[data-testid=lift]")].map(() => "/enforcement/lift"),
		...[...document.querySelectorAll("[data-issuer-id]")].map((row) => "/issuers/" + row.dataset.issuerId + "/remove"),
		...[...document.querySelectorAll("[data-domain]")].map((row) => "/domains/" + row.dataset.domain + "/remove"),
		...[...document.querySelectorAll("[data-provider-id]")].map((row) => "/providers/" + row.dataset.providerId + "/remove"),
	]`)
	for _, path := range all {
		p.run("undo "+path, chromedp.Navigate(of.settings()+path), chromedp.Click(`[data-testid=confirm]`),
			chromedp.WaitVisible(`[data-testid=notice]`), chromedp.WaitVisible(`[data-testid=providers]`))
	}
	if left := read[int](p, `document.querySelectorAll("[data-testid=lift], .settings li[data-testid]").length`); left > 0 {
		p.t.Errorf("%d of %d settings of %s are still there", left, len(all), of.Slug)
	}
}

// signOut signs out by the account menu.
func (p *page) signOut() {
	p.t.Helper()
	p.run("sign out",
		chromedp.Click(`(//button[@popovertarget='account-menu'])[2]`), // the first is for narrow windows
		chromedp.WaitVisible(`[data-testid=sign-out] button`), chromedp.Click(`[data-testid=sign-out] button`),
		chromedp.WaitVisible(`[data-testid=sign-in-form]`))
}

// An admin sets up the tenant's own provider and tries it in the same browser. A colleague connects
// it, and from then on signs in by its button. Somebody whom the tenant does not know is refused.
func TestBrowserSignInAtProvider(t *testing.T) {
	acme, at := world.tenant("acme"), world.provider("acme-id")
	ada, eli, nia := at.People[0], at.People[1], at.People[2]
	admin, other := openBrowser(t), openBrowser(t)
	admin.signIn(acme, "admin")
	defer admin.clearSettings(acme)
	admin.discover(acme, at)
	admin.addProvider(at)
	if got := admin.text(providerState); got != "Draft" {
		t.Errorf("a new provider is %q", got)
	}
	admin.testProvider(ada)
	if claims := admin.text(`[data-testid=claims]`); !strings.Contains(claims, ada.Email) || !strings.Contains(claims, at.Issuer) {
		t.Errorf("the test has shown %q", claims)
	}
	admin.run("enable it", chromedp.WaitVisible(`[data-testid=enable] button`), chromedp.Click(`[data-testid=enable] button`), chromedp.WaitVisible(providerState))
	if got := admin.text(providerState); got != "Enabled" {
		t.Errorf("an enabled provider is %q", got)
	}

	other.also = at.origin(t)
	other.signIn(acme, "editor")
	methods := world.App + "/t/acme/sign-in-methods"
	other.run("connect it", chromedp.Navigate(methods), chromedp.Click(`[data-testid=connect] button`))
	other.atProvider(eli)
	other.run("it is connected", chromedp.WaitVisible(`[data-testid=method-row]`))
	other.signOut()

	button := `[data-testid=provider-form] button`
	other.run("sign in by the button", chromedp.Click(button))
	other.atProvider(eli)
	other.run("in", chromedp.WaitReady(`[data-testid=upload-input]`))
	if got := read[string](other, `document.querySelector("[data-testid=user]").textContent`); !strings.Contains(got, acme.user("editor").Email) {
		t.Errorf("signed in as %q", got)
	}
	other.run("disconnect it", chromedp.Navigate(methods), chromedp.Click(`[data-testid=method-row] button`),
		chromedp.WaitNotPresent(`[data-testid=method-row]`), chromedp.WaitVisible(`[data-testid=notice]`))
	other.signOut()

	other.run("a stranger comes", chromedp.Click(button))
	other.atProvider(nia)
	other.run("and is refused", chromedp.WaitVisible(`[data-testid=error]`))
	if got, want := other.text(`[data-testid=error]`), "this workspace does not know you"; !strings.Contains(got, want) {
		t.Errorf("the page says %q, want %q", got, want)
	}
	admin.run("the admin sees that they came", chromedp.Navigate(acme.settings()),
		chromedp.WaitVisible(fmt.Sprintf(`//*[@data-testid='failed-sign-ins'][contains(., '%s')]`, nia.Email)))
}
