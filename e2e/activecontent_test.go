package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// The types of what runs in other ways than a page does: a script runs within a page, and what a
// PDF does is up to the browser's viewer.
const (
	script = "text/javascript"
	pdf    = "application/pdf"
)

// active is a file that a browser may take for a program.
type active struct {
	name, announced string // as it is uploaded
	content         string
	runs            string // the type as which a browser runs it; empty: Chromium runs it as none
	shown           bool   // the product shows it within its page
}

// actives returns the files. Each calls out to the origin with its name and, if it is run as a
// page, changes the title, opens a window and a dialog.
func actives(origin string) []active {
	calls := func(name string) string {
		return fmt.Sprintf(`document.title="ran";new Image().src="%[1]s/%[2]s/image";fetch("%[1]s/%[2]s/fetch",{mode:"no-cors"});`+
			`open("%[1]s/%[2]s/window");alert("%[2]s");`, origin, name)
	}
	html := func(name string) string { return "<script>" + calls(name) + "</script>" }
	return []active{
		{"page.html", "text/html", "<!doctype html>" + html("page.html"), "text/html", false},
		{"drawing.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" onload='` + calls("drawing.svg") + `'><script><![CDATA[` + calls("drawing.svg") + `]]></script></svg>`, "image/svg+xml", false},
		{"page.xhtml", "application/xhtml+xml", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><script><![CDATA[` + calls("page.xhtml") + `]]></script></head></html>`, "application/xhtml+xml", false},
		{"sheet.xml", "text/xml", `<?xml version="1.0"?><?xml-stylesheet type="text/css" href="` + origin + `/sheet.xml/style"?><?xml-stylesheet type="text/xsl" href="sheet.xsl"?>` +
			`<x><script xmlns="http://www.w3.org/1999/xhtml"><![CDATA[` + calls("sheet.xml") + `]]></script></x>`, "text/xml", false},
		{"sheet.xsl", "text/xsl", `<?xml version="1.0"?><xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/"><html><body>` + html("sheet.xml") + `</body></html></xsl:template></xsl:stylesheet>`, "", false},
		{"mail.mhtml", "multipart/related", "MIME-Version: 1.0\r\nContent-Type: multipart/related; type=\"text/html\"; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/html\r\nContent-Location: http://a.example/\r\n\r\n" +
			"<!doctype html>" + html("mail.mhtml") + "\r\n--b--\r\n", "", true},
		{"form.pdf", "application/pdf", scriptedPDF(origin, "form.pdf", ""), pdf, false},
		{"form-and-page.pdf", "text/html", scriptedPDF(origin, "form-and-page.pdf", html("form-and-page.pdf")), "text/html", false},
		{"picture-and-page.png", "image/png", "\x89PNG\r\n\x1a\n<!doctype html>" + html("picture-and-page.png"), "text/html", true},
		{"page-and-picture.html", "text/html", "\x89PNG\r\n\x1a\n<!doctype html>" + html("page-and-picture.html"), "text/html", true},
		{"picture-and-script.gif", "image/gif", `GIF89a="";` + calls("picture-and-script.gif"), script, true},
		{"script-and-picture.js", "text/javascript", `GIF89a="";` + calls("script-and-picture.js"), script, true},
		{"page.png", "image/png", "<!doctype html>" + html("page.png"), "text/html", false},
		{"page.txt", "text/plain", "<!doctype html>" + html("page.txt"), "text/html", false},
		{"notes.txt", "text/html", "All hands to the pumps.\n" + html("notes.txt"), "text/html", true},
		{"table.csv", "text/csv", "a,b\n1,2\n" + html("table.csv"), "text/html", true},
		{"data.json", "application/json", `{"a":"` + strings.ReplaceAll(html("data.json"), `"`, `'`) + `"}`, "text/html", true},
		{"module.js", "text/javascript", "\n" + calls("module.js"), script, true},
	}
}

// scriptedPDF is a PDF whose script a viewer is asked to run when it opens it.
func scriptedPDF(origin, name, within string) string {
	return "%PDF-1.4\n" + within + "\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (" +
		fmt.Sprintf(`app.alert\("%[2]s"\); this.submitForm\("%[1]s/%[2]s/form"\); app.launchURL\("%[1]s/%[2]s/launch", true\);`, origin, name) +
		") >> >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n" +
		"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>\nendobj\ntrailer\n<< /Size 4 /Root 1 0 R >>\n%%EOF\n"
}

// tripwire is what scripts that run are noticed by.
type tripwire struct {
	*httptest.Server
	files []active

	mu   sync.Mutex
	seen []string
}

// newTripwire starts a server that notes what it is asked. Below /run/ it answers with the files,
// as what they run as: with a script within a page.
func newTripwire(t *testing.T) *tripwire {
	w := new(tripwire)
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		name, served := strings.CutPrefix(r.URL.Path, "/run/")
		n := slices.IndexFunc(w.files, func(f active) bool { return f.name == name })
		switch {
		case r.URL.Path == "/favicon.ico":
		case !served:
			w.note("asked " + r.URL.Path)
		case w.files[n].runs == script && r.Header.Get("Sec-Fetch-Dest") == "document":
			rw.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(rw, `<!doctype html><script src=%q></script>`, r.URL.Path)
		default:
			rw.Header().Set("Content-Type", w.files[n].runs)
			fmt.Fprint(rw, w.files[n].content)
		}
	}))
	t.Cleanup(w.Close)
	w.files = actives(w.URL)
	return w
}

func (w *tripwire) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, what)
}

// noticed returns what was noticed since it was last called.
func (w *tripwire) noticed() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.seen
	w.seen = nil
	return seen
}

// watch notes the dialogs and windows that pages of the tab open, and returns what the requests of
// the tab said: cookies by the host that they were sent to.
func (w *tripwire) watch(p *page) *cookies {
	p.t.Helper()
	sent := &cookies{by: map[string][]string{}}
	err := chromedp.Listen(p.ctx, func(event any) {
		switch e := event.(type) {
		case *cdppage.EventJavascriptDialogOpening:
			w.note("dialog")
			go func() {
				_, _ = chromedp.Call(p.ctx, cdppage.HandleJavaScriptDialog, cdppage.HandleJavaScriptDialogParams{Accept: true})
			}()
		case *network.EventRequestWillBeSentExtraInfo:
			sent.note(e.Headers)
		}
	})
	if err == nil {
		err = chromedp.ListenBrowser(p.ctx, func(event any) {
			if e, ok := event.(*target.EventTargetCreated); ok && e.TargetInfo.OpenerID != "" {
				w.note("window")
			}
		})
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return sent
}

// runs checks that the file does run, in a tab, where this server answers with it as what it is.
func (w *tripwire) runs(tab *page, f active) {
	tab.t.Helper()
	if f.runs == "" {
		return
	}
	tab.enter(w.URL + "/run/" + url.PathEscape(f.name))
	var seen []string
	want := []string{"dialog"}
	if f.runs != pdf {
		at := "asked /" + f.name + "/"
		want = append(want, "window", at+"image", at+"fetch", at+"window")
	}
	waitFor(tab.t, f.name+" to run where nothing is in its way", func() bool {
		seen = append(seen, w.noticed()...)
		return !slices.ContainsFunc(want, func(what string) bool { return !slices.Contains(seen, what) })
	})
	if f.runs == pdf {
		return
	}
	if title := read[string](tab, `document.title`); title != "ran" {
		tab.t.Errorf("%s runs, and the title is %q", f.name, title)
	}
}

// cookies are those that a tab's requests carried.
type cookies struct {
	mu sync.Mutex
	by map[string][]string // host: of each request, its cookies or ""
}

func (c *cookies) note(h network.Headers) {
	c.mu.Lock()
	defer c.mu.Unlock()
	host, _ := h["Host"].(string)
	cookie, _ := h["Cookie"].(string)
	c.by[host] = append(c.by[host], cookie)
}

// to returns how many requests went to the origin, and how many of them had a cookie.
func (c *cookies) to(t *testing.T, origin string) (all, with int) {
	t.Helper()
	u, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cookie := range c.by[u.Host] {
		all++
		if cookie != "" {
			with++
		}
	}
	return all, with
}

// enter opens an address as a person does who enters it, and waits until what is there has loaded.
// saved says that the browser saved it instead.
func (p *page) enter(address string) (saved bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 45*time.Second)
	defer cancel()
	got, err := chromedp.Call(ctx, cdppage.Navigate, cdppage.NavigateParams{URL: address})
	if err == nil && got.ErrorText != "" && !got.IsDownload {
		err = fmt.Errorf("%s", got.ErrorText)
	}
	if err != nil {
		p.fail("open "+address, err)
	}
	if !got.IsDownload {
		waitFor(p.t, "all of "+address, func() bool {
			state, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.readyState`))
			return err == nil && state == "complete" // an error: the page that was there goes
		})
	}
	return got.IsDownload
}

// unwatched opens another tab of the same browser, in which a page may break its own policy.
func (p *page) unwatched() *page {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx)
	p.t.Cleanup(cancel)
	return &page{t: p.t, ctx: ctx, folder: p.folder}
}

// refuses reports whether the page refuses a script of that address.
func (p *page) refuses(address string) bool {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 45*time.Second)
	defer cancel()
	refused, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf(`new Promise((done) => document.head.append(
		Object.assign(document.createElement("script"), {src: %q, onload: () => done(false), onerror: () => done(true)})))`, address), chromedp.EvalAwaitPromise))
	if err != nil {
		p.fail("a script of "+address, err)
	}
	return refused
}

// signed returns the address of a signed request that the API gives out.
func (c caller) signed(path string) string {
	c.t.Helper()
	a := c.do("GET", path, nil)
	var signed struct{ URL string }
	if err := json.Unmarshal([]byte(a.body), &signed); err != nil || a.status != http.StatusOK {
		c.t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	return signed.URL
}

// replace sends the next version of a file and returns its id.
func (c caller) replace(id, contentType string, content []byte) string {
	c.t.Helper()
	a := c.do("POST", "/api/v1/uploads", map[string]any{"name": "next", "type": contentType, "size": len(content), "replaces": id})
	var in intent
	if err := json.Unmarshal([]byte(a.body), &in); err != nil || a.status != http.StatusCreated {
		c.t.Fatalf("asking for the next version: %d %s", a.status, a.body)
	}
	if a := in.put(c.t, content); a.status != http.StatusOK {
		c.t.Fatalf("sending the next version: %d %s", a.status, a.body)
	}
	if a := c.do("POST", "/api/v1/uploads/"+in.ID+"/complete", struct{}{}); a.status != http.StatusOK {
		c.t.Fatalf("completing the next version: %d %s", a.status, a.body)
	}
	return in.ID
}

// TestBrowserActiveContent: whatever is uploaded, and however it is opened, the browser runs
// nothing of it and sends no session to where it lies (UP-05). The same files do run where a server
// answers with them as what they are.
func TestBrowserActiveContent(t *testing.T) {
	acme := world.tenant("acme")
	editor, session := world.as(t, acme, "editor"), browserSession(t, acme, "editor")
	trip := newTripwire(t)

	control := openBrowser(t).unwatched()
	trip.watch(control)
	for _, f := range trip.files {
		trip.runs(control, f)
	}

	b := openBrowser(t)
	b.signIn(acme, "editor")
	injected := b.unwatched()
	sent := trip.watch(b)
	trip.watch(injected)
	for _, f := range trip.files {
		version := editor.upload(f.name, f.announced, []byte(f.content))
		id := editor.replace(version, f.announced, []byte(f.content))
		file := world.App + "/t/acme/files/" + id
		still := func(way string, tab *page) {
			t.Helper()
			if title := read[string](tab, `document.title`); title == "ran" {
				t.Errorf("%s, %s: it is run", f.name, way)
			}
			if seen := trip.noticed(); len(seen) > 0 {
				t.Errorf("%s, %s: %q", f.name, way, seen)
			}
		}

		b.enter(file)
		if shown := read[bool](b, `document.querySelector("[data-testid=preview]") !== null`); shown != f.shown {
			t.Errorf("%s: that it is shown on its page is %t", f.name, shown)
		}
		b.until("all of its page is there", `[...document.images].every((image) => image.complete)`)
		still("its page", b)

		if f.runs == script {
			injected.enter(file)
			for _, address := range []string{file + "/preview", file + "/download?knowing=yes"} {
				if !injected.refuses(address) {
					t.Errorf("%s, as a script of its page: it is loaded", f.name)
				}
			}
			still("as a script of its page", injected)
		}
		for way, address := range map[string]string{
			"its download":               file + "/download?knowing=yes",
			"its earlier version":        world.App + "/t/acme/files/versions/" + version + "/download?knowing=yes",
			"its signed download":        editor.signed("/api/v1/uploads/" + id + "/download?knowing=true"),
			"its signed earlier version": editor.signed("/api/v1/versions/" + version + "/download?knowing=true"),
		} {
			if !b.enter(address) {
				t.Errorf("%s, %s: the browser shows it", f.name, way)
			}
			still(way, b)
		}

		preview := get(t, "/t/acme/files/"+id+"/preview", session)
		if shown := preview.status == http.StatusSeeOther; shown != f.shown {
			t.Errorf("%s: that it has a preview is %t", f.name, shown)
		}
		if f.shown {
			for way, address := range map[string]string{"its preview": file + "/preview", "its signed preview": preview.header.Get("Location")} {
				if b.enter(address) {
					t.Errorf("%s, %s: the browser saves it", f.name, way)
				}
				still(way, b)
			}
		}
	}

	trip.runs(control, trip.files[0]) // what another file had begun has arrived too
	if all, with := sent.to(t, world.App); with == 0 {
		t.Errorf("none of %d requests to the application had a cookie, so this looks at none", all)
	}
	if all, with := sent.to(t, world.Endpoints.Storage); all < 4*len(trip.files) || with > 0 {
		t.Errorf("%d of %d requests to the bucket had a cookie", with, all)
	}
}
