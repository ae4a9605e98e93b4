package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// payloads are texts that a page must show as they are. Taken for markup, each leaves an element
// with the attribute data-x, or an address of a script.
var payloads = []string{
	`<b data-x>bold</b>`,
	`<script data-x>tripped=1</script>`,
	`<img data-x src=x onerror=tripped=1>`,
	`<svg data-x onload=tripped=1>`,
	`"><i data-x>`, `'><i data-x>`, `</title><i data-x>`, `</textarea><i data-x>`, `</script><i data-x>`, `</style><i data-x>`,
	`--><i data-x>`, `]]><i data-x>`,
	`" data-x autofocus onfocus=tripped=1 "`, `' data-x autofocus onfocus=tripped=1 '`,
	`x data-x onmouseover=tripped=1`,
	`<a data-x href=javascript:tripped=1>`, `<iframe data-x srcdoc="<i>">`, `<base data-x href=//evil.example>`,
	`<form data-x action=//evil.example>`, `<meta data-x http-equiv=refresh content=0>`,
	`<math data-x><mi xlink:href=javascript:tripped=1>`, `<details data-x open ontoggle=tripped=1>`,
	`&lt;i data-x&gt;`, `&#60;i data-x&#62;`, "\u003ci data-x\u003e", `{{constructor.constructor('tripped=1')()}}`, `${tripped=1}`,
	`javascript:tripped=1`, `data:text/html,<i data-x>`, "<i\u2028data-x>", `<ı data-x>`, `＜i data-x＞`,
	`<video data-x><source onerror=tripped=1>`, `<audio data-x src onerror=tripped=1>`, `<object data-x data=javascript:tripped=1>`,
	`<embed data-x src=javascript:tripped=1>`, `<input data-x autofocus onfocus=tripped=1>`, `<select data-x autofocus onfocus=tripped=1>`,
	`<marquee data-x onstart=tripped=1>`, `<body data-x onpageshow=tripped=1>`, `<link data-x rel=import href=//evil.example>`,
	`<style data-x>@import "//evil.example"</style>`, `<template data-x><script>tripped=1</script></template>`,
	`<noscript><p title="</noscript><img data-x src=x onerror=tripped=1>">`, `<svg><style><img data-x src=x onerror=tripped=1></style></svg>`,
	`<math><mtext><table><mglyph><style><img data-x src=x onerror=tripped=1>`, `<svg><animate data-x onbegin=tripped=1 attributeName=x>`,
	`<svg><use data-x href="data:image/svg+xml,<svg>"/></svg>`, `<button data-x formaction=javascript:tripped=1>go</button>`,
	`<i data-x style="animation-name:x" onanimationstart=tripped=1>`, `<a data-x href="java&#10;script:tripped=1">`,
	`<a data-x href="&#1;javascript:tripped=1">`, `<img data-x srcset=x onerror=tripped=1>`, `<x data-x hx-on:click=tripped=1 hx-get=//evil.example>`,
	`<x data-x hx-trigger=load hx-get=/t/globex/files>`, `<dialog data-x open onclose=tripped=1>`, `<portal data-x src=//evil.example>`,
	`<?xml version="1.0"?><i data-x>`, `<![CDATA[<i data-x>]]>`, `<!--[if IE]><i data-x><![endif]-->`,
}

// tripped counts what has become of payloads on the page.
const tripped = `document.querySelectorAll("[data-x]").length + (window.tripped ? 1 : 0) +
	[...document.querySelectorAll("a, area, form, iframe, img, base, [formaction]")].filter((e) =>
		["href", "action", "src", "formaction"].some((name) => /^[\s\0]*(javascript|data:text|\/\/evil)/i.test(e.getAttribute(name) || ""))).length`

// TestBrowserPayloads: whatever is stored or asked for is shown as text (SX-04). Whether the
// browser would have carried a script out, its policy aside, does not matter: the markup is not
// there.
func TestBrowserPayloads(t *testing.T) {
	acme := world.tenant("acme")
	editor, admin := world.as(t, acme, "editor"), world.as(t, acme, "admin")
	var kept []string
	for _, p := range payloads {
		if a := editor.do("POST", "/api/v1/uploads", map[string]any{"name": p, "type": "text/plain", "size": 1}); a.status == http.StatusCreated {
			var in struct{ ID string }
			if err := json.Unmarshal([]byte(a.body), &in); err != nil {
				t.Fatal(err)
			}
			kept = append(kept, in.ID)
		}
	}
	defer func() {
		for _, id := range kept {
			editor.do("DELETE", "/api/v1/uploads/"+id, nil)
		}
	}()
	if len(kept) < len(payloads)*2/3 {
		t.Errorf("only %d of %d payloads are names of files", len(kept), len(payloads))
	}
	keys := 0
	for _, p := range payloads[:6] {
		if a := admin.do("POST", "/api/v1/keys", map[string]any{"name": p, "role": "viewer", "expiresInDays": 7}); a.status == http.StatusCreated {
			keys++
		}
	}
	if keys == 0 {
		t.Error("no payload is the name of a key")
	}

	b := openBrowser(t)
	b.run("an empty page", chromedp.Navigate("about:blank"))
	for _, p := range []string{payloads[0], payloads[4], payloads[15]} {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if read[int](b, "document.body.innerHTML = "+string(text)+", "+tripped) == 0 {
			t.Errorf("%s is not noticed where it is markup", p)
		}
	}
	look := func(what, address string) {
		b.run("open "+what, chromedp.Navigate(world.App+address), chromedp.WaitReady("body"))
		if n := read[int](b, tripped); n > 0 {
			t.Errorf("%s: %d payloads are markup at %s", what, n, address)
		}
	}
	all := url.QueryEscape(strings.Join(payloads, " "))
	for _, p := range append([]string{all}, url.QueryEscape(payloads[12]), url.QueryEscape("javascript:tripped=1")) {
		look("home", "/?workspace="+p+"&notice="+p)
		look("the sign-in", "/t/acme/sign-in?notice="+p+"&next="+p)
		look("the operators' sign-in", "/operator/sign-in?notice="+p)
		look("a provider's answer", "/t/acme/sign-in/callback?state=x&error="+p+"&error_description="+p)
		look("no such page", "/t/acme/"+strings.ReplaceAll(p, "+", "%20"))
		look("no such workspace", "/t/"+strings.ReplaceAll(p, "+", "%20")+"/files")
	}
	b.run("sign in as nobody", chromedp.Navigate(world.App+"/t/acme/sign-in"), chromedp.WaitVisible(signInForm),
		chromedp.SetValue(`#email`, `"><i data-x>@acme.example`), chromedp.SendKeys(`#password`, "wrong\r"), chromedp.WaitVisible(`[data-testid=error], :invalid`))
	if n := read[int](b, tripped); n > 0 {
		t.Errorf("the address of a sign-in that failed: %d", n)
	}
	b.signIn(acme, "admin")
	for what, address := range map[string]string{
		"files": "/t/acme/files", "people": "/t/acme/people", "keys": "/t/acme/keys", "access": "/t/acme/access",
		"who gets in": "/t/acme/access/explain?route=" + all + "&credential=" + all, "settings": "/t/acme/settings",
		"a file": "/t/acme/files/" + kept[0], "deleting a file": "/t/acme/files/" + kept[1] + "/delete",
		"a cursor": "/t/acme/files?cursor=" + all, "notices": "/t/acme/keys?notice=" + all,
	} {
		look(what, address)
	}
	if shown := b.text("body"); shown == "" {
		t.Error("the last page is empty")
	}
	b.run("open the files", chromedp.Navigate(world.App+"/t/acme/files"), chromedp.WaitVisible(`[data-testid=file-row]`))
	if text := b.text("body"); !strings.Contains(text, payloads[2]) {
		t.Errorf("the list does not show %q as it is", payloads[2])
	}
}
