package e2e_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const fileRows = `document.querySelectorAll("[data-testid=file-row]").length`

// The later parts of a list stay where they are when more is loaded, and when the list asks for
// itself again after an upload and after a deletion. The focus goes on at the first of the new
// rows.
func TestBrowserLoadMore(t *testing.T) {
	acme := world.tenant("acme")
	fill(t)
	b := openBrowser(t)
	b.signIn(acme, "editor")
	first := read[int](b, fileRows)
	for read[bool](b, `document.querySelector("[data-testid=files-more]") !== null`) {
		before := read[int](b, fileRows)
		b.run("load more", chromedp.Focus(`[data-testid=files-more]`), chromedp.Click(`[data-testid=files-more]`),
			chromedp.WaitVisible(fmt.Sprintf(`//tr[@data-testid='file-row'][%d]`, before+1)))
		if at := read[int](b, `[...document.querySelectorAll("[data-testid=file-row]")].indexOf(document.activeElement.closest("tr"))`); at != before {
			t.Errorf("after %d rows the focus is at row %d", before, at)
		}
	}
	all := read[int](b, fileRows)
	if first != 50 || all <= first {
		t.Fatalf("%d rows, then %d", first, all)
	}
	if ids := read[int](b, `new Set([...document.querySelectorAll("[data-file-id]")].map((row) => row.dataset.fileId)).size`); ids != all {
		t.Errorf("%d files in %d rows", ids, all)
	}

	path := writeFile(t, t.TempDir(), "another "+strings.ToLower(rand.Text()[:6])+".txt", []byte("hello"))
	b.choose(path)
	b.run("the list has asked for itself again", chromedp.WaitVisible(rowOf(path)))
	if n := read[int](b, fileRows); n != all+1 {
		t.Errorf("%d rows after an upload, want %d", n, all+1)
	}
	b.run("delete it",
		chromedp.Click(rowOf(path)+`//*[@data-testid='file-delete']`),
		chromedp.WaitVisible(`[data-testid=delete-dialog][open] [data-testid=delete-confirm]`),
		chromedp.Click(`[data-testid=delete-dialog][open] [data-testid=delete-confirm]`),
		chromedp.WaitNotPresent(rowOf(path)))
	if n := read[int](b, fileRows); n != all {
		t.Errorf("%d rows after a deletion, want %d", n, all)
	}
}

// A change of role shows in every row that it concerns and names who is what now; admins are asked
// before they give up their own; whoever is signed in is led on from the entrance.
func TestBrowserRolesAndEntrance(t *testing.T) {
	acme := world.tenant("acme")
	b := openBrowser(t)
	b.signIn(acme, "admin")
	row := func(role string) string {
		return fmt.Sprintf(`//*[@data-testid='person-row'][contains(., '%s')]`, acme.user(role).Email)
	}
	become := func(of, role string) {
		b.run(of+" becomes "+role, chromedp.SetValue(row(of)+`//select`, role), chromedp.Click(row(of)+`//*[@data-testid='role-save']`))
	}
	b.run("open the people", chromedp.Navigate(world.App+"/t/acme/people"), chromedp.WaitVisible(row("viewer")))
	b.run("the last admin has no choice", chromedp.WaitNotPresent(row("admin")+`//select`))
	become("viewer", "admin")
	b.run("now there are two", chromedp.WaitVisible(`//*[@data-testid='notice'][contains(., 'is an admin now')]`),
		chromedp.WaitVisible(row("admin")+`//select`))
	become("admin", "editor")
	b.run("asked first", chromedp.WaitVisible(`[data-testid=step-down]`))
	b.run("and nothing has changed", chromedp.Navigate(world.App+"/t/acme/people"), chromedp.WaitVisible(row("admin")+`[@data-role='admin']`))
	become("viewer", "viewer")
	b.run("one again", chromedp.WaitVisible(row("viewer")+`[@data-role='viewer']`), chromedp.WaitNotPresent(row("admin")+`//select`))
	become("viewer", "viewer")
	b.run("the same again", chromedp.WaitVisible(`//*[@data-testid='notice'][contains(., 'Nothing has changed')]`))

	b.run("the wordmark leads home, and home leads on", chromedp.Click(`[data-testid=home]`), chromedp.WaitVisible(`[data-testid=continue]`),
		chromedp.Click(`[data-testid=continue]`), chromedp.WaitVisible(`[data-testid=workspace]`))
	b.run("so does the box, however it is spelt", chromedp.Navigate(world.App+"/"),
		chromedp.SendKeys(`[data-testid=workspace-form] input[name=workspace]`, " ACME \r"), chromedp.WaitVisible(`[data-testid=workspace]`))
}
