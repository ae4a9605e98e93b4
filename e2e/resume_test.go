package e2e_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
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

var (
	large  = flag.Int("large", 64, "size of the large upload in `MiB`")
	slowly = flag.Duration("slowly", 2*time.Second, "how `long` the large upload's connection is slow, each time")
)

// wire is what the browser's connections to the bucket go through. It is fast until so many bytes
// have gone out, and slow from then on.
type wire struct {
	rule string // for Chromium's host-resolver-rules

	sent, fast atomic.Int64 // bytes to the bucket, and how many of them the wire is fast for

	slow sync.Mutex // held while a slow piece takes its time

	mu   sync.Mutex
	down bool                  // each connection is reset at once
	open map[*net.TCPConn]bool // from the browser
}

// newWire lays a wire to an origin.
func newWire(t *testing.T, origin string) *wire {
	t.Helper()
	_, to, _ := strings.Cut(origin, "://")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	w := &wire{rule: "MAP " + to + " " + ln.Addr().String(), open: map[*net.TCPConn]bool{}}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go w.carry(c.(*net.TCPConn), to)
		}
	}()
	return w
}

func (w *wire) carry(browser *net.TCPConn, to string) {
	defer browser.Close()
	bucket, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer bucket.Close()
	w.mu.Lock()
	w.open[browser] = true
	if w.down {
		reset(browser)
	}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.open, browser)
	}()
	go func() {
		defer browser.Close()
		_, _ = io.Copy(browser, bucket)
	}()
	_, _ = io.Copy(bucket, paced{browser, w})
}

// slowPace is what a slow wire carries, in bytes a second, for all connections together.
const slowPace = 5000

// paced reads from the browser at the wire's pace.
type paced struct {
	*net.TCPConn
	wire *wire
}

func (p paced) Read(b []byte) (int, error) {
	w := p.wire
	if w.sent.Load() >= w.fast.Load() {
		w.slow.Lock()
		b = b[:min(len(b), slowPace/10)]
		time.Sleep(time.Second / 10)
		w.slow.Unlock()
	}
	n, err := p.TCPConn.Read(b)
	w.sent.Add(int64(n))
	return n, err
}

// WriteTo hides that of the connection, which goes past the pace.
func (p paced) WriteTo(to io.Writer) (int64, error) {
	return io.Copy(to, struct{ io.Reader }{p})
}

// cut resets every connection, as a router does that has forgotten them. If down, it does so to
// each that comes, until the next call.
func (w *wire) cut(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = down
	for c := range w.open {
		reset(c)
	}
}

func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}

// lifecycle freezes the page, as a laptop that is closed does, or has it go on.
func (p *page) lifecycle(state cdppage.SetWebLifecycleStateState) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, cdppage.SetWebLifecycleState, cdppage.SetWebLifecycleStateParams{State: state}); err != nil {
		p.t.Fatal(err)
	}
}

// partSize is how much of a large file goes out in one request, in bytes, and partsAtOnce how many
// such requests a browser has under way.
const (
	partSize    = 8 << 20
	partsAtOnce = 4
)

// A large file survives a connection that is slow and then reset, a laptop that is closed, a pause
// and a reload of the page in the middle of its parts: it goes on with the parts that are missing,
// and comes back byte for byte. What goes out besides is what was under way at a cut.
func TestBrowserLargeUploadGoesOn(t *testing.T) {
	content := make([]byte, *large<<20)
	rand.Read(content)
	through := newWire(t, world.Endpoints.Storage)
	b := openBrowser(t, chromedp.Flag("host-resolver-rules", through.rule))
	b.acceptDialogs()
	b.signIn(world.tenant("acme"), "editor")
	dir, tag := t.TempDir(), strings.ToLower(rand.Text()[:6])
	path := writeFile(t, dir, "large "+tag+".bin", content)

	const parts = `window.puts = 0; (() => { const send = XMLHttpRequest.prototype.send;
		XMLHttpRequest.prototype.send = function (body) { this.addEventListener("load", () => body instanceof Blob && this.status === 200 && window.puts++); return send.call(this, body); };
		return true; })()`
	read[bool](b, parts)
	size, arrived := int64(len(content)), 0 // in bytes; in parts
	// slow lets so many hundredths of the file arrive or be under way, and then little for a while.
	slow := func(share int64) {
		t.Helper()
		at := through.sent.Load() + size*share/100 - int64(arrived)*partSize
		through.fast.Store(at)
		waitFor(t, fmt.Sprintf("%d%% of it to have gone out", share), func() bool { return through.sent.Load() >= at })
		time.Sleep(*slowly)
		arrived = read[int](b, `window.puts`)
		t.Logf("at %d%%: %d parts have arrived, and %d bytes have gone out", share, arrived, through.sent.Load())
	}

	b.choose(path)
	slow(20)
	through.cut(false)

	slow(50)
	b.line(-1, true)
	through.cut(true)
	b.run("cut", chromedp.WaitVisible(uploadRow(path, "sending")+`[contains(., 'Offline')]`))
	b.lifecycle(cdppage.SetWebLifecycleStateStateFrozen)
	time.Sleep(*slowly)
	b.lifecycle(cdppage.SetWebLifecycleStateStateActive)
	through.cut(false)
	b.line(-1, false)

	slow(70)
	const pause = `//button[@data-upload-pause]`
	b.run("pause", chromedp.Click(uploadRow(path, "sending")+pause), chromedp.WaitVisible(uploadRow(path, "paused")),
		chromedp.Click(uploadRow(path, "paused")+pause), chromedp.WaitVisible(uploadRow(path, "sending")))

	slow(90)
	through.cut(true)
	b.run("reload", chromedp.Reload(), chromedp.WaitVisible(uploadRow(path, "paused")+`[contains(., 'Choose this file again')]`))
	through.cut(false)
	through.fast.Store(math.MaxInt64)
	read[bool](b, parts)
	b.choose(path)
	waitFor(t, "all of it to arrive", func() bool { // a page that was frozen draws no frames, by which until goes
		time.Sleep(100 * time.Millisecond)
		return read[bool](b, fmt.Sprintf(`document.querySelector("[data-testid=files]")?.innerText.includes(%q) ?? false`, filepath.Base(path)))
	})
	b.run("its row is there", chromedp.WaitVisible(rowOf(path)))
	after, count := read[int](b, `window.puts`), (len(content)+partSize-1)/partSize
	if arrived < 2 || after < 1 || arrived+after > count { // a part whose answer was lost is not sent again
		t.Errorf("%d parts before the reload and %d after, of %d", arrived, after, count)
	}
	sent := through.sent.Load()
	t.Logf("%d parts after the reload, and %d bytes have gone out for %d", after, sent, size)
	const cuts = 4
	if most := size + cuts*partsAtOnce*partSize + 1<<20; sent < size || sent > most {
		t.Errorf("%d bytes have gone out for %d, want at most %d", sent, size, most)
	}
	if got := b.download(path); !bytes.Equal(got, content) {
		t.Errorf("%d bytes came back, of %d, or others", len(got), len(content))
	}
	if left := read[string](b, `JSON.stringify(Object.keys(localStorage).filter((k) => k.startsWith("uploads ")))`); left != "[]" {
		t.Errorf("the browser still remembers %s", left)
	}
}

// acceptDialogs has the page accept each dialog, as a person does who wants to leave it.
func (p *page) acceptDialogs() {
	p.t.Helper()
	err := chromedp.Listen(p.ctx, func(event any) {
		if _, ok := event.(*cdppage.EventJavascriptDialogOpening); ok {
			go func() {
				_, _ = chromedp.Call(p.ctx, cdppage.HandleJavaScriptDialog, cdppage.HandleJavaScriptDialogParams{Accept: true})
			}()
		}
	})
	if err != nil {
		p.t.Fatal(err)
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
