package e2e_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// An admin sees where they are signed in and ends what is open elsewhere. There a form was being
// filled in: what was typed is there again after the next sign-in.
func TestBrowserSessions(t *testing.T) {
	acme := world.tenant("acme")
	here, there := openBrowser(t), openBrowser(t)
	there.signIn(acme, "admin")
	there.run("begin to make a key", chromedp.Navigate(world.App+"/t/acme/keys"), chromedp.WaitVisible(`#key-name`),
		chromedp.SendKeys(`#key-name`, "Typed before the end"),
		chromedp.SetValue(`#key-files`, "read"), chromedp.SetValue(`#key-days`, "30"))
	here.signIn(acme, "admin")
	here.visit([]stop{
		click("the account menu's sessions", `(//button[@popovertarget='account-menu'])[2]`, `[data-testid=sessions-link]`),
		click("sessions", `[data-testid=sessions-link]`, `[data-testid=end-others]`),
	})
	if rows := read[int](here, `document.querySelectorAll("[data-testid=session-row]").length`); rows < 2 {
		t.Errorf("%d sessions are listed", rows)
	}
	if text := here.text(`[data-testid=sessions]`); !strings.Contains(text, "Chrome on Linux") || !strings.Contains(text, "This one") {
		t.Errorf("the list says %q", text)
	}
	here.visit([]stop{click("all others ended", `[data-testid=end-others] button`, `[data-testid=notice]`)})

	there.run("send the form", chromedp.Click(`[data-testid=key-make]`), chromedp.WaitVisible(signInForm))
	if text := there.text(`body`); !strings.Contains(text, "What you typed is kept") {
		t.Errorf("the sign-in page says %q", text)
	}
	admin := acme.user("admin")
	there.run("sign in again", chromedp.SendKeys(`input[name=email]`, admin.Email), chromedp.SendKeys(`input[name=password]`, admin.Password+"\r"),
		chromedp.WaitVisible(`[data-testid=resume]`))
	there.accessible("what was typed")
	there.run("send it", chromedp.Click(`[data-testid=resume] button`), chromedp.WaitVisible(`[data-testid=key-made]`))
	if text := there.text(`[data-testid=key-made]`); !strings.Contains(text, "Typed before the end") {
		t.Errorf("the page says %q", text)
	}

	here.visit([]stop{
		at("is it you", "/t/acme/prove", `[data-testid=prove-form]`),
		at("people", "/t/acme/people", `[data-testid=person-sessions]`),
		click("a person's sessions", `[data-testid=person-sessions]`, `[data-testid=sessions]`),
	})
}
