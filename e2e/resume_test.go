package e2e_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// line sets what the page's connection is worth: bytes a second that it sends, -1 for as many as
// there are, or none at all.
func (p *page) line(bytesPerSecond float64, offline bool) {
	p.t.Helper()
	const as = network.ConnectionTypeWifi
	_, err := chromedp.Call(p.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: offline, DownloadThroughput: -1, UploadThroughput: bytesPerSecond, ConnectionType: as}},
	})
	if err == nil {
		_, err = chromedp.Call(p.ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{
			Offline: offline, DownloadThroughput: -1, UploadThroughput: bytesPerSecond, ConnectionType: as,
		})
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// until waits until an expression holds on the page.
func (p *page) until(what, expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 90*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression)); err != nil {
		p.fail(what, err)
	}
}

// slowFor is how long the line is slow, each time.
const slowFor = 10 * time.Second

// A large file survives a slow line, a cut connection, a pause and a reload of the page: it goes on
// with the parts that are missing, and comes back byte for byte.
//
// BULKHEAD_LARGE_UPLOAD is its size in MiB; 80 without it.
func TestBrowserLargeUploadGoesOn(t *testing.T) {
	size := 80
	if s := os.Getenv("BULKHEAD_LARGE_UPLOAD"); s != "" {
		size, _ = strconv.Atoi(s)
	}
	content := make([]byte, size<<20)
	rand.Read(content)
	b := openBrowser(t)
	b.signIn(world.tenant("acme"), "editor")
	dir, tag := t.TempDir(), strings.ToLower(rand.Text()[:6])
	path := writeFile(t, dir, "large "+tag+".bin", content)

	const parts = `window.puts = 0; (() => { const send = XMLHttpRequest.prototype.send;
		XMLHttpRequest.prototype.send = function (body) { this.addEventListener("load", () => body instanceof Blob && this.status === 200 && window.puts++); return send.call(this, body); };
		return true; })()`
	read[bool](b, parts)
	b.line(12<<20, false)
	b.choose(path)
	b.until("a first part arrives", `window.puts >= 1`)
	b.line(5000, false)
	b.run("5 KB a second for a while", chromedp.Sleep(slowFor))
	first := read[int](b, `window.puts`)
	b.line(-1, true)
	b.run("cut", chromedp.WaitVisible(uploadRow(path, "sending")+`[contains(., 'Offline')]`))
	b.line(12<<20, false)
	b.until("it goes on by itself", fmt.Sprintf(`window.puts > %d`, first))
	b.line(5000, false)
	b.run("slow again", chromedp.Sleep(slowFor))
	before := read[int](b, `window.puts`)
	b.run("pause", chromedp.Click(uploadRow(path, "sending")+`//button[@data-upload-pause]`), chromedp.WaitVisible(uploadRow(path, "paused")))
	b.line(-1, false)

	b.run("reload", chromedp.Reload(), chromedp.WaitVisible(uploadRow(path, "paused")+`[contains(., 'Choose this file again')]`))
	read[bool](b, parts)
	b.choose(path)
	b.until("all of it arrives", fmt.Sprintf(`document.querySelector("[data-testid=files]").innerText.includes(%q)`, filepath.Base(path)))
	b.run("its row is there", chromedp.WaitVisible(rowOf(path)))
	after, count := read[int](b, `window.puts`), (len(content)+8<<20-1)/(8<<20)
	if before < 2 || after < 1 || before+after > count { // a part whose answer was lost is not sent again
		t.Errorf("%d parts before the reload and %d after, of %d", before, after, count)
	}
	if got := b.download(path); !bytes.Equal(got, content) {
		t.Errorf("%d bytes came back, of %d, or others", len(got), len(content))
	}
	if left := read[string](b, `JSON.stringify(Object.keys(localStorage).filter((k) => k.startsWith("uploads ")))`); left != "[]" {
		t.Errorf("the browser still remembers %s", left)
	}
}

// Two tabs with one file: one sends it, the other says so.
func TestBrowserLargeUploadInTwoTabs(t *testing.T) {
	b := openBrowser(t)
	b.signIn(world.tenant("acme"), "editor")
	path := writeFile(t, t.TempDir(), "twice "+strings.ToLower(rand.Text()[:6])+".bin", make([]byte, 9<<20))
	b.line(5000, false)
	b.choose(path)
	b.run("it is on its way", chromedp.WaitVisible(uploadRow(path, "sending")+`//button[@data-upload-pause][not(@hidden)]`))
	other := b.tab()
	other.run("another tab knows of it", chromedp.Navigate(world.App+"/t/acme/files"), chromedp.WaitVisible(uploadRow(path, "paused")))
	other.choose(path)
	other.run("and leaves it to the first", chromedp.WaitVisible(uploadRow(path, "failed")+`[contains(., 'another tab')]`))
	b.run("cancel", chromedp.Click(uploadRow(path, "sending")+dismiss), chromedp.WaitVisible(uploadRow(path, "cancelled")))
	if n := read[int](b, fmt.Sprintf(`document.evaluate("count(%s)", document).numberValue`, strings.ReplaceAll(rowOf(path), `"`, `\"`))); n != 0 {
		t.Errorf("%d files in the list", n)
	}
}

// A folder's files say where they were, and one bar shows how far all are.
func TestBrowserUploadsAFolder(t *testing.T) {
	b := openBrowser(t)
	b.signIn(world.tenant("acme"), "editor")
	tag := strings.ToLower(rand.Text()[:6])
	dir := t.TempDir() + "/trip " + tag
	for _, folder := range []string{dir, dir + "/day 1"} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, folder, "notes "+tag+".txt", []byte("hello"))
	}
	b.watchUploads()
	b.run("choose the folder", chromedp.SetUploadFiles(`[data-testid=upload-folder]`, []string{dir}))
	for _, where := range []string{"trip " + tag + "/", "trip " + tag + "/day 1/"} {
		b.run(where, chromedp.WaitVisible(fmt.Sprintf(`//*[@data-testid='file-row'][.//*[@class='folder'][normalize-space(.)='%s']]`, where)))
	}
}
