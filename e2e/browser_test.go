package e2e_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A person signs in to acme, sends two real files and gets them back byte for byte; the same
// browser, signed in to globex, sees none of it.
func TestBrowserUploadsAndDownloads(t *testing.T) {
	acme, globex := world.tenant("acme"), world.tenant("globex")
	b := openBrowser(t)
	dir := t.TempDir()
	tag := strings.ToLower(rand.Text()[:6]) // other stories, and other runs of this one, leave files too
	picture := writeFile(t, dir, "Lighthouse "+tag+".png", makePNG(t))
	report := writeFile(t, dir, "Quarterly report "+tag+".pdf", makePDF(t))

	b.signIn(acme, "editor")
	b.watchUploads()
	b.run("choose both files", chromedp.SetUploadFiles(`[data-testid=upload-input]`, []string{picture, report}))
	for _, path := range []string{picture, report} {
		b.run("wait until "+filepath.Base(path)+" is stored", chromedp.WaitVisible(rowOf(path)))
	}
	b.sawProgress(picture)
	for _, path := range []string{picture, report} {
		if got := b.download(path); !bytes.Equal(got, readFile(t, path)) {
			t.Errorf("%s came back as %d other bytes", filepath.Base(path), len(got))
		}
	}

	b.run("sign out",
		chromedp.Click(`(//button[@popovertarget='account-menu'])[2]`), // the first is for narrow windows
		chromedp.WaitVisible(`[data-testid=sign-out] button`),
		chromedp.Click(`[data-testid=sign-out] button`),
		chromedp.WaitVisible(`[data-testid=sign-in-form]`))
	b.run("the old page is closed", chromedp.Navigate(world.App+"/t/acme/files"), chromedp.WaitVisible(`[data-testid=sign-in-form]`))

	b.signIn(globex, "admin")
	if body := b.text(`body`); strings.Contains(body, tag) {
		t.Errorf("globex sees acme's files: %s", body)
	}

	b.signIn(acme, "editor")
	b.run("delete the picture",
		chromedp.Click(rowOf(picture)+`//*[@data-testid='file-delete']`),
		chromedp.WaitVisible(`[data-testid=delete-dialog][open] [data-testid=delete-confirm]`),
		chromedp.Click(`[data-testid=delete-dialog][open] [data-testid=delete-confirm]`),
		chromedp.WaitNotPresent(rowOf(picture)),
		chromedp.WaitVisible(rowOf(report)))
}

// One browser, two tabs, two tenants: each tab keeps its own session and its own data.
func TestBrowserTwoTabsTwoTenants(t *testing.T) {
	acme, globex := world.tenant("acme"), world.tenant("globex")
	first := openBrowser(t)
	first.signIn(acme, "viewer")
	second := first.tab()
	second.signIn(globex, "viewer")
	for _, at := range []struct {
		tab *page
		t   *tenant
	}{{first, acme}, {second, globex}, {first, acme}} {
		at.tab.run("reload", chromedp.Reload(), chromedp.WaitVisible(`[data-testid=workspace]`))
		if got := at.tab.text(`[data-testid=workspace]`); !strings.Contains(got, at.t.Name) {
			t.Errorf("a tab of %s shows %q after a reload", at.t.Name, got)
		}
	}
}

// An admin makes the viewer an editor and back; the viewer's own open session follows, without
// signing in again.
func TestBrowserRoleChange(t *testing.T) {
	acme := world.tenant("acme")
	viewer, admin := openBrowser(t), openBrowser(t)
	viewer.signIn(acme, "viewer")
	viewer.run("a viewer is told why there is nothing to upload with", chromedp.WaitVisible(`[data-testid=read-only]`))
	viewer.absent(`[data-testid=upload-input]`)

	admin.signIn(acme, "admin")
	person := fmt.Sprintf(`//*[@data-testid='person-row'][contains(., '%s')]`, acme.user("viewer").Email)
	become := func(role string) {
		admin.run("make the viewer "+role,
			chromedp.Navigate(world.App+"/t/acme/people"),
			chromedp.SetValue(person+`//select[@data-testid='role-select']`, role),
			chromedp.Click(person+`//*[@data-testid='role-save']`),
			chromedp.WaitVisible(fmt.Sprintf(`//*[@data-testid='person-row'][@data-role='%s'][contains(., '%s')]`, role, acme.user("viewer").Email)))
	}
	become("editor")
	viewer.run("the new role is there", chromedp.Navigate(world.App+"/t/acme/files"), chromedp.WaitReady(`[data-testid=upload-input]`))
	become("viewer")
	viewer.run("and gone again", chromedp.Navigate(world.App+"/t/acme/files"), chromedp.WaitVisible(`[data-testid=read-only]`))
	viewer.absent(`[data-testid=upload-input]`)
}
