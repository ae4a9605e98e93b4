package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// page is one tab. It fails its test on a script's exception, a violation of the
// Content-Security-Policy, or a request to a host that is not this system's.
type page struct {
	t      *testing.T
	ctx    context.Context
	folder string // where downloads go
	also   string // an origin that pages may ask besides the shared system's; empty: none
}

// openBrowser starts a browser of its own, with one tab. A story has as much time as it takes: run
// and read bound each of its steps.
func openBrowser(t *testing.T, more ...chromedp.ExecAllocatorOption) *page {
	t.Helper()
	opts := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(chromium(t)),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	alloc, cancel := chromedp.NewExecAllocator(t.Context(), append(opts, more...)...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	p := &page{t: t, ctx: ctx, folder: t.TempDir()}
	p.watch()
	events := true
	_, err := chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: p.folder, EventsEnabled: &events,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// tab opens another tab of the same browser, with the same cookies.
func (p *page) tab() *page {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx)
	p.t.Cleanup(cancel)
	other := &page{t: p.t, ctx: ctx, folder: p.folder}
	other.watch()
	return other
}

func (p *page) watch() {
	p.t.Helper()
	err := chromedp.Listen(p.ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			p.t.Errorf("script error: %s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
		case *cdplog.EventEntryAdded:
			if e.Entry.Source == cdplog.EntrySourceSecurity || strings.Contains(e.Entry.Text, "Content Security Policy") {
				p.t.Errorf("security message: %s", e.Entry.Text)
			}
		case *network.EventRequestWillBeSent:
			url := e.Request.URL
			if strings.HasPrefix(url, "http") && !strings.HasPrefix(url, world.App+"/") && !strings.HasPrefix(url, world.Endpoints.Storage+"/") &&
				(p.also == "" || !strings.HasPrefix(url, p.also+"/")) {
				p.t.Errorf("a page asked another host: %s", url)
			}
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, enable := range []func() error{
		func() error { _, err := chromedp.Call(p.ctx, network.Enable, network.EnableParams{}); return err },
		func() error { _, err := chromedp.Call(p.ctx, cdplog.Enable, cdp.Empty{}); return err },
		func() error { _, err := chromedp.Call(p.ctx, runtime.Enable, cdp.Empty{}); return err },
	} {
		if err := enable(); err != nil {
			p.t.Fatal(err)
		}
	}
}

// run does the steps; a step that is not done after a while fails the test with what the page
// shows.
func (p *page) run(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 45*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.fail(what, err)
	}
}

func (p *page) fail(what string, err error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	where, _ := chromedp.Run(ctx, chromedp.Location())
	body, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	p.t.Fatalf("%s: %v\nat %s\n%s", what, err, where, body)
}

// read evaluates an expression on the page.
func read[T any](p *page, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 45*time.Second)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.fail(expression, err)
	}
	return value
}

func (p *page) text(selector string) string {
	p.t.Helper()
	return read[string](p, fmt.Sprintf(`document.querySelector(%q).innerText`, selector))
}

func (p *page) absent(selector string) {
	p.t.Helper()
	if n := read[int](p, fmt.Sprintf(`document.querySelectorAll(%q).length`, selector)); n > 0 {
		p.t.Errorf("%s is on the page", selector)
	}
}

// signIn goes the way of a person: choose the workspace, then e-mail and password.
func (p *page) signIn(t *tenant, role string) {
	p.t.Helper()
	u := t.user(role)
	p.run("sign in to "+t.Slug+" as "+role,
		chromedp.Navigate(world.App+"/"),
		chromedp.SendKeys(`[data-testid=workspace-form] input[name=workspace]`, t.Slug+"\r"),
		chromedp.WaitVisible(`[data-testid=sign-in-form]`),
		chromedp.SendKeys(`input[name=email]`, u.Email),
		chromedp.SendKeys(`input[name=password]`, u.Password+"\r"),
		chromedp.WaitVisible(`[data-testid=files], [data-testid=files-empty]`))
	if got := p.text(`[data-testid=workspace]`); !strings.Contains(got, t.Name) {
		p.t.Fatalf("signed in to %s, the page says %q", t.Name, got)
	}
}

// watchUploads notes what the upload rows show from now on, for they go once their files are in the
// list.
func (p *page) watchUploads() {
	p.t.Helper()
	read[bool](p, `(() => {
		window.seen = {};
		new MutationObserver(() => {
			for (const row of document.querySelectorAll("[data-upload-row]")) {
				const seen = window.seen[row.dataset.name] ??= {statuses: [], progress: 0};
				const bar = row.querySelector("progress");
				if (bar?.hasAttribute("value")) seen.progress = Math.max(seen.progress, bar.value / bar.max);
				if (!seen.statuses.includes(row.dataset.status)) seen.statuses.push(row.dataset.status);
			}
		}).observe(document.body, {subtree: true, childList: true, attributes: true});
		return true;
	})()`)
}

// sawProgress checks that the upload's own row showed the file on its way, and all of it sent.
func (p *page) sawProgress(path string) {
	p.t.Helper()
	type row struct {
		Statuses []string `json:"statuses"`
		Progress float64  `json:"progress"`
	}
	seen := read[row](p, fmt.Sprintf(`window.seen[%q] ?? {statuses: [], progress: 0}`, filepath.Base(path)))
	if !slices.Contains(seen.Statuses, "sending") || seen.Progress != 1 {
		p.t.Errorf("the upload row of %s showed %v and came to %v", filepath.Base(path), seen.Statuses, seen.Progress)
	}
}

// download clicks the row's link and returns what the browser saved.
func (p *page) download(path string) []byte {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 45*time.Second)
	defer cancel()
	name := filepath.Base(path)
	begun := chromedp.BrowserEvents(ctx, browser.DownloadWillBegin)
	progress := chromedp.BrowserEvents(ctx, browser.DownloadProgress)
	p.run("download "+name, chromedp.Click(rowOf(path)+`//*[@data-testid='file-download']`))
	var guid string
	for e, err := range begun {
		if err != nil {
			p.fail("download "+name, err)
		}
		if e.SuggestedFilename == name {
			guid = e.GUID
			break
		}
	}
	for e, err := range progress {
		if err != nil {
			p.fail("download "+name, err)
		}
		if e.GUID == guid && e.State == browser.DownloadProgressStateCompleted {
			break
		}
	}
	return readFile(p.t, filepath.Join(p.folder, guid))
}

// rowOf is the row of a stored file, as an XPath.
func rowOf(path string) string {
	return fmt.Sprintf(`//*[@data-testid='file-row'][@data-status='stored'][contains(., '%s')]`, filepath.Base(path))
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Fatal("The browser tests need Chromium: run make test, which installs it, or set CHROMIUM to its path.")
	return ""
}
