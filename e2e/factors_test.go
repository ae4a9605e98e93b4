package e2e_test

import (
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// authenticator gives the browser a passkey holder of its own, which always says yes.
func (p *page) authenticator() {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		p.t.Fatal(err)
	}
	_, err := chromedp.Call(p.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		},
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// A person sets a passkey up and signs in with it. Each page on the way keeps the
// rules that TestBrowserEveryPage checks.
func TestBrowserSecondFactor(t *testing.T) {
	globex := world.tenant("globex")
	viewer := globex.user("viewer")
	b := openBrowser(t)
	b.authenticator()
	b.signIn(globex, "viewer")
	const own = "/t/globex/second-factor"
	typed := func() {
		b.run("the password", chromedp.WaitVisible(`[data-testid=sign-in-form]`),
			chromedp.SendKeys(`#email`, viewer.Email), chromedp.SendKeys(`#password`, viewer.Password+"\r"),
			chromedp.WaitVisible(`[data-testid=passkey-form]`))
	}
	b.visit([]stop{
		at("no second factor", own, `[data-testid=app-new]`),
		at("an app to set up", own+"/app", `[data-testid=qr]`),
		at("a passkey to set up", own+"/passkeys", `#passkey-name`),
		{"recovery codes of a person", func(p *page) { p.run("name it", chromedp.SendKeys(`#passkey-name`, "Laptop\r")) }, `[data-testid=codes]`},
		click("a passkey", `[data-testid=codes-kept]`, `[data-testid=passkey-row]`),
	})
	b.signOut()
	typed()
	b.accessible("asked for a second factor")
	b.run("use the passkey", chromedp.Click(`[data-testid=passkey-form] button`), chromedp.WaitReady(`[data-testid=files], [data-testid=files-empty]`))
	b.run("remove it", chromedp.Navigate(world.App+own), chromedp.Click(`[data-testid=passkey-row] button`),
		chromedp.WaitNotPresent(`[data-testid=passkey-row]`), chromedp.WaitVisible(`[data-testid=notice]`))
}
