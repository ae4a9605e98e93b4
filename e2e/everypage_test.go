package e2e_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
)

// stop is a page, how one comes to it from the one before, and what tells that it is open.
type stop struct {
	name  string
	come  func(*page)
	shows string
}

// at is a stop with an address.
func at(name, path, shows string) stop {
	return stop{name, func(p *page) { p.run("open "+name, chromedp.Navigate(world.App+path)) }, shows}
}

// click is a stop that a link or a button of the stop before leads to.
func click(name, selector, shows string) stop {
	return stop{name, func(p *page) { p.run("come to "+name, chromedp.Click(selector)) }, shows}
}

// visit checks each stop.
func (p *page) visit(stops []stop) {
	p.t.Helper()
	for _, s := range stops {
		s.come(p)
		p.run("see "+s.name, chromedp.WaitVisible(s.shows))
		p.accessible(s.name)
	}
}

// asked is the query of a question about who gets in.
var asked = url.Values{
	"route": {"GET /t/:tenant/files"}, "credential": {"session"}, "flaw": {"right"}, "role": {"viewer"}, "workspace": {"acme"},
}.Encode()

const signInForm = `[data-testid=sign-in-form]`

// furnish has each list of acme's and the operators' hold something.
func furnish(t *testing.T) {
	t.Helper()
	acme := world.tenant("acme")
	editor, admin := world.as(t, acme, "editor"), world.as(t, acme, "admin")
	editor.upload("Manifest of the second quarter.txt", "text/plain", []byte("hello"))
	key := map[string]any{"name": "Nightly backup", "role": "viewer", "expiresInDays": 7}
	if a := admin.do("POST", "/api/v1/keys", key); a.status != http.StatusCreated {
		t.Fatalf("making a key: %d %s", a.status, a.body)
	}
	across := editor
	across.tenant = "globex"
	if a := across.do("GET", "/api/v1/uploads", nil); a.status != http.StatusForbidden {
		t.Fatalf("acme's editor in globex: %d %s", a.status, a.body)
	}
}

// Every page keeps axe's rules and fits its window, on a phone and on a laptop, in both themes: for
// those who are not signed in, for an admin and for an operator.
func TestBrowserEveryPage(t *testing.T) {
	furnish(t)
	t.Run("at the door", func(t *testing.T) {
		b := openBrowser(t)
		b.visit([]stop{
			at("home", "/", `[data-testid=workspace-form]`),
			at("sign-in", "/t/acme/sign-in", signInForm),
			{"sign-in refused", func(p *page) {
				p.run("sign in wrongly", chromedp.SendKeys(`#email`, "nobody@acme.example"), chromedp.SendKeys(`#password`, "wrong\r"))
			}, `[data-testid=error]`},
			at("a sign-in that nobody began", "/t/acme/sign-in/callback?state=unknown&code=unknown", `[data-testid=error]`),
			at("recovery", "/t/acme/sign-in/recovery", `[data-testid=recovery-form]`),
			at("operators' sign-in", "/operator/sign-in", signInForm),
			at("the API", "/api/docs", `[data-testid=operation]`),
			at("no such page", "/t/acme/nothing", `[data-testid=request-id]`),
		})
	})
	t.Run("in the workspace", func(t *testing.T) {
		b := openBrowser(t)
		b.signIn(world.tenant("acme"), "admin")
		b.visit([]stop{
			at("home, signed in", "/", `[data-testid=continue]`),
			at("files", "/t/acme/files", `[data-testid=file-row]`),
			at("people", "/t/acme/people", `[data-testid=person-row]`),
			at("access", "/t/acme/access", `[data-testid=ledger-row]`),
			at("keys", "/t/acme/keys", `[data-testid=key-row] [data-testid=key-soon]`),
			{"a key to roll", func(p *page) { p.run("ask", chromedp.Click(`[data-testid=key-roll]`)) }, `[data-testid=roll-confirm]`},
			at("who gets in, not asked", "/t/acme/access/explain", `[data-testid=explain-empty]`),
			at("who gets in, a question that cannot be asked", "/t/acme/access/explain?route=unknown", `[data-testid=error]`),
			at("who gets in, asked", "/t/acme/access/explain?"+asked, `[data-testid=explain-answer]`),
			at("sign-in methods", "/t/acme/sign-in-methods", `[data-testid=methods]`),
		})
	})
	t.Run("at the operators' desk", func(t *testing.T) {
		b := openBrowser(t)
		b.signInOperator()
		b.visit([]stop{
			at("alerts", "/operator", `[data-testid=alert]`),
			at("closed alerts", "/operator/alerts/closed", `[data-testid=alerts-empty], [data-testid=closed-alert]`),
			at("ledger", "/operator/ledger", `[data-testid=ledger-row]`),
			at("jobs", "/operator/jobs", `[data-testid=jobs-empty], [data-testid=job]`),
			at("operators' who gets in, not asked", "/operator/explain", `[data-testid=explain-empty]`),
			at("operators' who gets in, asked", "/operator/explain?"+asked, `[data-testid=explain-answer]`),
		})
	})
}
