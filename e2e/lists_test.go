package e2e_test

import (
	_ "embed"
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// cut and contrast are expressions that return what is wrong with a page.
var (
	//go:embed testdata/cut.js
	cut string
	//go:embed testdata/contrast.js
	contrast string
)

// lists are the pages with a list on them, and what tells that it is there.
var lists = []struct{ name, path, row string }{
	{"files", "/t/acme/files", `[data-testid=file-row]`},
	{"people", "/t/acme/people", `[data-testid=person-row]`},
	{"keys", "/t/acme/keys", `[data-testid=key-row]`},
	{"access", "/t/acme/access", `[data-testid=ledger-row]`},
	{"alerts", "/operator", `[data-testid=alert]`},
	{"ledger", "/operator/ledger", `[data-testid=ledger-row]`},
}

// widths are of a phone, of windows half as wide as a screen, of tablets, of small and of usual
// laptops, in CSS pixels.
var widths = []int64{320, 360, 680, 720, 768, 1024, 1060, 1112, 1200, 1280, 1440}

// longest puts the longest words for a decision into a row: they are there once a viewer has been
// let in for a while.
const longest = `(() => {
  const badge = document.querySelector("[data-testid=ledger-row] .badge");
  if (badge) badge.textContent = "Read-only, own profile, 1234567 more";
  return true;
})()`

// filesOfLists is more than one page of files.
const filesOfLists = 51

// fill has every list hold something: more than a page of files, two keys, an alert.
func fill(t *testing.T) {
	t.Helper()
	acme := world.tenant("acme")
	editor, admin := world.as(t, acme, "editor"), world.as(t, acme, "admin")
	for i := range filesOfLists {
		name := fmt.Sprintf("Quarterly report %02d.txt", i)
		if i%10 == 0 {
			editor.upload(name, "text/plain", []byte("hello"))
		} else {
			editor.begin(name, "text/plain", 5) // on its way
		}
	}
	for _, name := range []string{"Nightly backup of the whole warehouse, made by the second of two machines", "Report"} {
		if a := admin.do("POST", "/api/v1/keys", map[string]any{"name": name, "role": "viewer", "expiresInDays": 30}); a.status != http.StatusCreated {
			t.Fatalf("making a key: %d %s", a.status, a.body)
		}
	}
	across := editor
	across.tenant = "globex"
	if a := across.do("GET", "/api/v1/uploads", nil); a.status != http.StatusForbidden {
		t.Fatalf("acme's editor in globex: %d %s", a.status, a.body)
	}
}

// still has nothing on the page move, so that what is measured is what stays.
func (p *page) still() {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// signInOperator opens the operators' pages in the same browser.
func (p *page) signInOperator() {
	p.t.Helper()
	p.run("sign in as an operator",
		chromedp.Navigate(world.App+"/operator/sign-in"),
		chromedp.SendKeys(`input[name=email]`, world.Operator.Email),
		chromedp.SendKeys(`input[name=password]`, world.Operator.Password+"\r"),
		chromedp.WaitVisible(`#code`))
	p.run("prove the second factor", chromedp.SendKeys(`#code`, world.Operator.code(p.t)+"\r"), // a code of this moment
		chromedp.WaitVisible(`[data-testid=alert], [data-testid=alerts-empty]`))
}

// Whatever the window, every list can be read: nothing is cut off, nothing runs into another thing,
// no word is broken. And in both themes all text has the contrast that it needs.
func TestBrowserListsCanBeRead(t *testing.T) {
	fill(t)
	b := openBrowser(t)
	b.still()
	b.signIn(world.tenant("acme"), "admin")
	b.signInOperator()
	for _, list := range lists {
		b.run("open "+list.name, chromedp.Navigate(world.App+list.path), chromedp.WaitVisible(list.row))
		read[bool](b, longest)
		for _, width := range widths {
			b.window(width, 900)
			for _, fault := range read[[]string](b, cut) {
				t.Errorf("%s at %d px: %s", list.name, width, fault)
			}
		}
		b.window(1280, 900)
		b.legible(list.name)
	}
	b.run("ask before deleting", chromedp.Navigate(world.App+"/t/acme/files"),
		chromedp.Click(`[data-testid=file-delete]`), chromedp.WaitVisible(`[data-testid=delete-confirm]`))
	b.legible("the dialog")
	b.run("open the account menu", chromedp.Navigate(world.App+"/t/acme/files"),
		chromedp.Click(`(//button[@popovertarget='account-menu'])[2]`), chromedp.WaitVisible(`[data-testid=sign-out]`))
	b.legible("the account menu")
	b.run("choose a workspace", chromedp.Navigate(world.App+"/"), chromedp.WaitVisible(`[data-testid=continue]`))
	b.legible("home")
}

// legible checks the contrast of the page in both themes.
func (p *page) legible(what string) {
	p.t.Helper()
	for _, theme := range []string{"light", "dark"} {
		for _, fault := range read[[]string](p, fmt.Sprintf(`document.documentElement.dataset.theme = %q, %s`, theme, contrast)) {
			p.t.Errorf("%s, %s: %s", what, theme, fault)
		}
	}
}
