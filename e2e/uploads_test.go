package e2e_test

import (
	"crypto/rand"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

//go:embed testdata/lossy.js
var lossy string

// choose gives the files page one file of that name to send.
func (p *page) choose(path string) {
	p.t.Helper()
	p.run("choose "+filepath.Base(path), chromedp.SetUploadFiles(`[data-testid=upload-input]`, []string{path}))
}

// uploadRow is the row of a file on its way, as an XPath.
func uploadRow(path, status string) string {
	return fmt.Sprintf(`//*[@data-upload-row][@data-name='%s'][@data-status='%s']`, filepath.Base(path), status)
}

const (
	retry   = `//button[@data-upload-retry][not(@hidden)]`
	dismiss = `//button[@data-upload-cancel]`
)

// Whichever answer is lost, trying again asks first, sends the file once in all, and leaves one
// file in the list.
func TestBrowserUploadAfterALostAnswer(t *testing.T) {
	b := openBrowser(t)
	b.signIn(world.tenant("acme"), "editor")
	read[bool](b, lossy)
	dir, tag := t.TempDir(), strings.ToLower(rand.Text()[:6])
	for _, lost := range []string{"complete", "file"} {
		path := writeFile(t, dir, "lost "+lost+" "+tag+".txt", []byte("hello"))
		read[int](b, fmt.Sprintf(`window.sent = 0, window.lose.%s = 1`, lost))
		b.choose(path)
		b.run("the answer to "+lost+" is lost", chromedp.WaitVisible(uploadRow(path, "failed")))
		b.run("try again", chromedp.Click(uploadRow(path, "failed")+retry), chromedp.WaitVisible(rowOf(path)))
		if n := read[int](b, `window.sent`); n != 1 {
			t.Errorf("the answer to %s was lost: the file went out %d times", lost, n)
		}
		b.run("reload", chromedp.Reload(), chromedp.WaitVisible(rowOf(path)))
		if n := strings.Count(b.text(`[data-testid=files]`), filepath.Base(path)); n != 1 {
			t.Errorf("the answer to %s was lost: %d files in the list", lost, n)
		}
		read[bool](b, lossy)
	}

	path := writeFile(t, dir, "dismissed "+tag+".txt", []byte("hello"))
	read[int](b, `window.lose.complete = 1`)
	b.choose(path)
	b.run("dismiss what has arrived", chromedp.WaitVisible(uploadRow(path, "failed")),
		chromedp.Click(uploadRow(path, "failed")+dismiss), chromedp.WaitVisible(rowOf(path)))
}

// A file that no try can send is told as such, and offers none.
func TestBrowserUploadThatCannotWork(t *testing.T) {
	b := openBrowser(t)
	b.signIn(world.tenant("acme"), "editor")
	read[bool](b, lossy)
	dir := t.TempDir()

	changed := writeFile(t, dir, "changed.txt", []byte("hello"))
	read[bool](b, `(window.realFetch = window.fetch, window.fetch = async () => { throw new TypeError("offline") }, true)`)
	b.choose(changed)
	b.run("offline, it may be tried again", chromedp.WaitVisible(uploadRow(changed, "failed")+retry))
	if err := os.WriteFile(changed, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	read[bool](b, `(window.fetch = window.realFetch, true)`)
	b.run("try again", chromedp.Click(uploadRow(changed, "failed")+retry))
	override := writeFile(t, dir, "a\u202egpj.exe", []byte("hello"))
	empty := writeFile(t, dir, "empty.txt", nil)
	b.choose(override)
	b.choose(empty)
	for path, want := range map[string]string{changed: "cannot be read", override: "U+202E", empty: "is empty"} {
		b.run(filepath.Base(path)+" fails for good", chromedp.WaitVisible(uploadRow(path, "failed")+`[.//button[@data-upload-retry][@hidden]]`))
		if got := b.textOf(uploadRow(path, "failed")); !strings.Contains(got, want) {
			t.Errorf("%+q: %q, want %q", filepath.Base(path), got, want)
		}
	}

	heard := b.textContent(`#upload-status`)
	for _, name := range []string{"changed.txt", "empty.txt"} {
		if !strings.Contains(heard, name) {
			t.Errorf("screen readers are not told of %s: %q", name, heard)
		}
	}
	for left := 2; left >= 0; left-- {
		b.run("dismiss one", chromedp.Click(`//*[@data-upload-row]`+dismiss))
		if read[bool](b, `document.activeElement === document.body`) {
			t.Errorf("with %d rows left the focus is nowhere", left)
		}
	}
}

// textOf is the text of the element at an XPath.
func (p *page) textOf(xpath string) string {
	p.t.Helper()
	return read[string](p, fmt.Sprintf(`document.evaluate(%q, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE).singleNodeValue.innerText`, xpath))
}

func (p *page) textContent(selector string) string {
	p.t.Helper()
	return read[string](p, fmt.Sprintf(`document.querySelector(%q).textContent`, selector))
}
