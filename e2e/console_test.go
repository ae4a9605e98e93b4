package e2e_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
)

// Somebody tries acme's key on globex's database with the console's button, and sees Google's
// answer, why, and that the key works at home. The denial is still there when the process was
// killed and has started again.
func TestBrowserConsole(t *testing.T) {
	s := startOwn(t, filepath.Join(t.TempDir(), "data"))
	b := openBrowser(t)
	b.also = s.Console // the folder keeps the ports
	b.run("the overview leads to the button",
		chromedp.Navigate(s.Console),
		chromedp.Click(`main a[href="/try"]`),
		chromedp.WaitVisible(`main form`),
		chromedp.SetValue(`select[name=who]`, s.tenant("acme").ServiceAccount),
		chromedp.SetValue(`select[name=whom]`, s.tenant("globex").ServiceAccount),
		chromedp.Click(`main form button`),
		chromedp.WaitVisible(`table.tried`))
	const sentence = "acme's account asked to list documents in globex's database"
	tried := b.text(`main`)
	for _, want := range []string{sentence, "PERMISSION_DENIED", "403 Forbidden", "acme's database", "acme's bucket", "OK"} {
		if !strings.Contains(tried, want) {
			t.Errorf("the page lacks %q:\n%s", want, tried)
		}
	}
	if strings.Count(tried, "PERMISSION_DENIED") != 1 || strings.Count(tried, "OK") != 2 {
		t.Errorf("what the key opens:\n%s", tried)
	}

	if err := s.stop(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	again := startOwn(t, s.data)
	b.run("after a restart", chromedp.Navigate(again.Console+"/decisions?only=denied"), chromedp.WaitVisible(`.decisions li`))
	if denials := b.text(`.decisions`); !strings.Contains(denials, sentence) {
		t.Errorf("the denial is gone:\n%s", denials)
	}
	b.run("what the application asks by itself is hidden",
		chromedp.Navigate(again.Console+"/decisions"), chromedp.WaitVisible(`a[href*="housekeeping=show"]`))
	const callers = `Array.from(document.querySelectorAll(".decisions .who"), e => e.innerText).join(" ")`
	if list := read[string](b, callers); strings.Contains(list, "bulkhead-") || strings.Contains(list, "owner") {
		t.Errorf("the list shows housekeeping: %s", list)
	}
	b.run("until it is asked for",
		chromedp.Click(`[data-below] a[href*="housekeeping=show"]`),
		chromedp.WaitVisible(`//*[contains(@class, 'decisions')]//*[@class='who'][contains(., 'bulkhead-web')]`))
}
