package e2e_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

// eicar is the test string of scanners, in two parts so that this file is harmless.
const eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// unpicked has this page keep a ZIP until it is whole: nobody is there to choose a place for it.
// window.cuts is how often an answer with a large file breaks off after its first bytes.
const unpicked = `(() => { delete window.showSaveFilePicker; window.cuts = 0; window.ranges = [];
	const ask = window.fetch;
	window.fetch = async (url, options) => {
		if (options?.headers?.Range) window.ranges.push(options.headers.Range);
		const answer = await ask(url, options);
		if (!String(url).endsWith("/download") || answer.headers.get("Content-Length") < 1e6 || window.cuts-- <= 0) return answer;
		const reader = answer.body.getReader();
		let sent = false;
		const body = new ReadableStream({ async pull(c) {
			if (sent) return c.error(new TypeError("cut"));
			sent = true;
			const { value } = await reader.read();
			c.enqueue(value.slice(0, 1000));
			await reader.cancel();
		} });
		return new Proxy(answer, { get: (a, name) => name === "body" ? body : typeof a[name] === "function" ? a[name].bind(a) : a[name] });
	};
	return true; })()`

// manyFolders has this page see a folder whose folders come in two parts, the first of which is
// empty.
const manyFolders = `(() => {
	const ask = window.fetch, whole = location.pathname + location.search, rest = whole + "&folders=rest";
	window.fetch = async (url, options) => {
		if (url === rest) window.asked = true;
		if (url !== whole) return ask(url === rest ? whole : url, options);
		const page = new DOMParser().parseFromString(await (await ask(url, options)).text(), "text/html");
		const folders = page.querySelectorAll("a[data-folder]");
		folders[0].outerHTML = '<a data-testid="more-folders" href="' + rest.replaceAll("&", "&amp;") + '">More</a>';
		return new Response(page.documentElement.outerHTML);
	};
	return true; })()`

// zipped downloads what a click begins, and returns the files of the ZIP by their names.
func (p *page) zipped(name string, click chromedp.Action[chromedp.Void]) map[string]string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 45*time.Second)
	defer cancel()
	progress := chromedp.BrowserEvents(ctx, browser.DownloadProgress)
	begun := chromedp.BrowserEvents(ctx, browser.DownloadWillBegin)
	p.run("click", click)
	var guid string
	for e, err := range begun {
		if err != nil {
			p.fail("download "+name, err)
		}
		if guid = e.GUID; e.SuggestedFilename != name {
			p.t.Errorf("it is called %q, want %q", e.SuggestedFilename, name)
		}
		break
	}
	for e, err := range progress {
		if err != nil {
			p.fail("download "+name, err)
		}
		if e.GUID == guid && e.State == browser.DownloadProgressStateCompleted {
			break
		}
	}
	content := readFile(p.t, filepath.Join(p.folder, guid))
	all, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		p.t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range all.File {
		r, err := f.Open()
		if err != nil {
			p.t.Fatal(err)
		}
		text, err := io.ReadAll(r) // which compares the checksum
		if err != nil {
			p.t.Errorf("%s: %v", f.Name, err)
		}
		if _, twice := files[f.Name]; twice {
			p.t.Errorf("two files are called %q", f.Name)
		}
		files[f.Name] = string(text)
	}
	return files
}

// testid clicks what a test calls by a name.
func testid(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(fmt.Sprintf(`[data-testid=%s]`, name))
}

// Several files come home as one ZIP: a folder with what is in it, and those that are ticked. A cut
// in the middle of a file does no harm, names that would meet are told apart, and a file that is
// gone meanwhile is named.
func TestBrowserDownloadsSeveralAsZIP(t *testing.T) {
	b := openBrowser(t)
	b.signIn(world.tenant("acme"), "editor")
	tag := strings.ToLower(rand.Text()[:6])
	trip := "trip " + tag
	dir := filepath.Join(t.TempDir(), trip)
	large := make([]byte, 3<<20)
	rand.Read(large)
	for name, text := range map[string]string{"Notes.txt": "one", "notes.txt": "two", "day 1/ノート 🙂 " + tag + ".txt": "three", "day 1/night/large.bin": string(large)} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Dir(path), filepath.Base(path), []byte(text))
	}
	b.watchUploads()
	b.run("choose the folder", chromedp.SetUploadFiles(`[data-testid=upload-folder]`, []string{dir}))
	b.until("all are stored", fmt.Sprintf(`[...document.querySelectorAll("[data-testid=file-row][data-status=stored] .folder")].filter((f) => f.textContent.includes(%q)).length === 4`, tag))

	folder := world.App + "/t/acme/files?folder=" + strings.ReplaceAll(trip, " ", "+")
	open := func() {
		t.Helper()
		b.run("open the folder", chromedp.Navigate(folder), chromedp.WaitVisible(`[data-testid=download-folder]`))
		read[bool](b, unpicked)
	}
	open()
	read[bool](b, manyFolders)
	read[int](b, `window.cuts = 2`)
	got := b.zipped(trip+".zip", testid("download-folder"))
	b.run("it is said", chromedp.WaitVisible(`//*[@id='notices']//*[contains(., '4 files are in the ZIP.')]`))
	if !read[bool](b, `window.asked === true`) {
		t.Error("the rest of the folders was not asked for")
	}
	want := map[string]string{
		trip + "/day 1/ノート 🙂 " + tag + ".txt": "three",
		trip + "/day 1/night/large.bin":       string(large),
	}
	if got[trip+"/Notes.txt"] != "" { // whichever comes first keeps its name
		want[trip+"/Notes.txt"], want[trip+"/notes (2).txt"] = "one", "two"
	} else {
		want[trip+"/notes.txt"], want[trip+"/Notes (2).txt"] = "two", "one"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the folder (-want +got):\n%.2000s", diff)
	}
	var first, second int
	ranges := read[string](b, `window.ranges.join(" ")`)
	if _, err := fmt.Sscanf(ranges, "bytes=%d- bytes=%d-", &first, &second); err != nil || first < 1 || second <= first {
		t.Errorf("after two cuts it asked for %q", ranges)
	}

	open()
	b.run("select", testid("select"), chromedp.WaitVisible(`[data-testid=selection]`))
	b.accessible("files while some are selected")
	b.run("all", testid("select-all"), chromedp.WaitVisible(`//*[@data-testid='selection']//*[contains(., '2 files selected')]`))
	b.run("but one", chromedp.Click(`//tr[.//a[contains(., 'notes.txt')]]//label[@class='pick']`))
	if got, want := b.zipped(trip+".zip", testid("download-zip")), map[string]string{trip + "/Notes.txt": "one"}; !cmp.Equal(got, want) {
		t.Errorf("one file: %s", cmp.Diff(want, got))
	}

	other := b.tab()
	b.run("select it again", testid("select-all"))
	other.run("open the folder elsewhere", chromedp.Navigate(folder), chromedp.WaitVisible(`[data-testid=file-row]`))
	other.run("delete a file there", chromedp.Click(`//tr[.//a[contains(., 'Notes.txt')]]//a[@data-testid='file-delete']`),
		chromedp.Click(`[data-testid=delete-confirm]`), chromedp.WaitNotPresent(`//tr[.//a[contains(., 'Notes.txt')]]`))
	b.run("there is no ZIP without it", testid("download-zip"),
		chromedp.WaitVisible(`//*[@id='notices']//*[contains(., 'There is no ZIP. Notes.txt has been deleted meanwhile.')]`))
	if got, want := b.zipped(trip+".zip", testid("download-zip")), map[string]string{trip + "/notes.txt": "two"}; !cmp.Equal(got, want) {
		t.Errorf("what is left: %s", cmp.Diff(want, got))
	}

	path := writeFile(t, t.TempDir(), "test "+tag+".com", []byte(eicar))
	b.run("back to all files", chromedp.Navigate(world.App+"/t/acme/files"), chromedp.WaitVisible(`[data-testid=select]`))
	b.choose(path)
	b.run("it is stored", chromedp.WaitVisible(rowOf(path)))
	harmful := rowOf(path) + `[.//*[@data-badge='Harmful']]`
	for end := time.Now().Add(time.Minute); ; {
		b.run("look again", chromedp.Reload(), chromedp.WaitVisible(rowOf(path)))
		if read[bool](b, fmt.Sprintf(`document.evaluate(%q, document, null, XPathResult.BOOLEAN_TYPE).booleanValue`, harmful)) || time.Now().After(end) {
			break
		}
	}
	read[bool](b, unpicked)
	b.run("what is harmful is not packed", testid("select"), chromedp.Click(harmful+`//label[@class='pick']`), testid("download-zip"),
		chromedp.WaitVisible(`//*[@id='notices']//*[contains(., 'There is no ZIP. test `+tag+`.com is not given out like this.')]`))
}
