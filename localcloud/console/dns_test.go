package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/bulkhead-saas/bulkhead/localcloud/dns"
)

// records adds records of a name.
func (w *world) records(name string, values ...string) {
	w.t.Helper()
	must(w.t, w.cloud.DNS().Set(name, values...))
}

// form sends a form of a page, with headers: name, value, name, value. It answers the status and
// the page.
func (w *world) form(path string, v url.Values, headers ...string) (int, page) {
	w.t.Helper()
	req := try(http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.address+path, strings.NewReader(v.Encode())))(w.t)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	res := try(http.DefaultTransport.RoundTrip(req))(w.t)
	defer res.Body.Close()
	return res.StatusCode, page{w.t, path, try(html.Parse(res.Body))(w.t)}
}

// A developer adds a record and takes it away again, by the page's own forms.
func TestDNS(t *testing.T) {
	w := newWorld(t)
	own := []string{"Sec-Fetch-Site", "same-origin"}
	w.page("/dns").has("There are no records", "prove a domain", w.cloud.Endpoints().DNS)
	for _, v := range []string{"bulkhead=1", `"two" <words>`} {
		if code, _ := w.form("/dns", url.Values{"do": {"add"}, "name": {"_Proof.acme.bulkhead.test"}, "value": {v}}, own...); code != http.StatusSeeOther {
			t.Errorf("%s: %d", v, code)
		}
	}
	p := w.page("/dns")
	p.has("_proof.acme.bulkhead.test", "bulkhead=1", `"two" <words>`)
	p.lacks("There are no records")
	checkFrame(t, p)
	w.page("/").has("2 DNS records")

	forms := p.all("form")
	remove := url.Values{"do": {"remove"}}
	for n := range forms[1].Descendants() {
		if attribute(n, "type") == "hidden" {
			remove.Set(attribute(n, "name"), attribute(n, "value"))
		}
	}
	for range 2 { // the second time there is nothing to do
		if code, _ := w.form("/dns", remove, own...); code != http.StatusSeeOther {
			t.Errorf("removing: %d", code)
		}
	}
	want := []dns.Record{{Name: "_proof.acme.bulkhead.test", Value: `"two" <words>`}}
	if diff := cmp.Diff(want, w.cloud.DNS().Records()); diff != "" {
		t.Error(diff)
	}
}

func TestDNSFormsThatAreNotTaken(t *testing.T) {
	w := newWorld(t)
	w.records("kept.bulkhead.test", "x")
	own := []string{"Sec-Fetch-Site", "same-origin"}
	for name, tt := range map[string]struct {
		name, value, says string
	}{
		"another domain": {"acme.example", "x", "the name must be bulkhead.test or beneath it"},
		"markup":         {"<script>alert(1)</script>.bulkhead.test", "x", "the name must be"},
		"no value":       {"a.bulkhead.test", "", "the value must be text"},
		"a long value":   {"a.bulkhead.test", strings.Repeat("<b>", 400), "the value must be text"},
		"two lines":      {"a.bulkhead.test", "x\r\ny", "the value must be text"},
	} {
		code, p := w.form("/dns", url.Values{"do": {"add"}, "name": {tt.name}, "value": {tt.value}}, own...)
		if code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, code)
		}
		p.has("Nothing was changed: "+tt.says, "kept.bulkhead.test")
		checkFrame(t, p)
		kept := map[string]string{}
		for _, input := range p.all("input") {
			kept[attribute(input, "name")] = attribute(input, "value")
		}
		if kept["name"] != tt.name || len(tt.value) > 0 && kept["value"] == "" {
			t.Errorf("%s: what was typed is lost: %q", name, kept)
		}
	}
	add := url.Values{"do": {"add"}, "name": {"a.bulkhead.test"}, "value": {"x"}}
	for name, tt := range map[string]struct {
		v       url.Values
		headers []string
		want    int
	}{
		"nothing to do":        {url.Values{"name": {"a.bulkhead.test"}, "value": {"x"}}, own, http.StatusNotFound},
		"no browser":           {add, nil, http.StatusForbidden},
		"a link of this host":  {add, []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, http.StatusForbidden},
		"another site":         {add, []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"another origin":       {add, append([]string{"Origin", "http://localhost:8080"}, own...), http.StatusForbidden},
		"a name that rebounds": {add, append([]string{"Host", "evil.example"}, own...), http.StatusMisdirectedRequest},
		"a form of a mebibyte": {url.Values{"do": {"add"}, "name": {"a.bulkhead.test"}, "value": {strings.Repeat("x", 1<<20)}}, own, http.StatusRequestEntityTooLarge},
	} {
		if code, _ := w.form("/dns", tt.v, tt.headers...); code != tt.want {
			t.Errorf("%s: %d, want %d", name, code, tt.want)
		}
	}
	code, p := w.form("/dns", url.Values{"do": {"add"}, "name": {"a.example"}, "value": {aToken}}, own...)
	if code != http.StatusUnprocessableEntity {
		t.Errorf("a token: %d", code)
	}
	for _, input := range p.all("input") {
		if attribute(input, "value") == aToken {
			t.Error("the page shows a token")
		}
	}
	if all := w.cloud.DNS().Records(); len(all) != 1 {
		t.Errorf("there are records: %v", all)
	}
}
