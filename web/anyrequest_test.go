package web_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/pb33f/libopenapi"
	"github.com/pb33f/libopenapi/datamodel/high/base"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
	"pgregory.net/rapid"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// anyCalls is how many requests TestAnyRequest makes. `make calls` makes 20,000.
var anyCalls = flag.Int("calls", 1000, "how many generated `requests` are made")

// operation is one of the description, with all that can be said in a request of it.
type operation struct {
	method, path string
	params       []*v3.Parameter
	body         *base.Schema // nil: it takes none
	example      any          // of the body
}

func operations(t *testing.T) (all []operation) {
	t.Helper()
	doc, err := libopenapi.NewDocument(description(newSite(t)))
	fail(t, err)
	model, err := doc.BuildV3Model()
	fail(t, err)
	for path, item := range model.Model.Paths.PathItems.FromOldest() {
		for method, op := range item.GetOperations().FromOldest() {
			o := operation{method: strings.ToUpper(method), path: path, params: op.Parameters}
			if op.RequestBody != nil {
				media, _ := op.RequestBody.Content.Get("application/json")
				o.body = media.Schema.Schema()
				fail(t, media.Example.Decode(&o.example))
			}
			all = append(all, o)
		}
	}
	return all
}

// textOf draws a text for a value: one that is right, one that is nearly, or anything.
func textOf(t *rapid.T, of *base.Schema, known []string, what string) string {
	var choices []string
	if of != nil {
		for _, e := range of.Enum {
			choices = append(choices, e.Value)
		}
	}
	choices = append(choices, known...)
	choices = append(choices, "1", "0", "-1", "999999999999999999999", "", "null", "../acme", "%00", "ä\u202e", strings.Repeat("a", 300))
	if rapid.IntRange(0, 3).Draw(t, what+" is anything") == 0 {
		return rapid.String().Draw(t, what)
	}
	return rapid.SampledFrom(choices).Draw(t, what)
}

// valueOf draws a value of the schema, right or nearly.
func valueOf(t *rapid.T, of *base.Schema, known []string, what string, depth int) any {
	if of == nil || depth > 4 || rapid.IntRange(0, 9).Draw(t, what+" is odd") == 0 {
		return rapid.SampledFrom([]any{nil, true, -1.5, 1e300, "x", []any{}, map[string]any{"a": "b"}}).Draw(t, what)
	}
	switch {
	case slices.Contains(of.Type, "object"):
		v := map[string]any{}
		if of.Properties != nil {
			for name, p := range of.Properties.FromOldest() {
				if slices.Contains(of.Required, name) && rapid.IntRange(0, 9).Draw(t, name+" is missing") > 0 || rapid.Bool().Draw(t, name+" is said") {
					v[name] = valueOf(t, p.Schema(), known, name, depth+1)
				}
			}
		}
		if rapid.IntRange(0, 9).Draw(t, what+" says more") == 0 {
			v[textOf(t, nil, known, "name")] = "more"
		}
		return v
	case slices.Contains(of.Type, "array"):
		v := []any{}
		for range rapid.IntRange(0, 3).Draw(t, what+" has") {
			v = append(v, valueOf(t, of.Items.A.Schema(), known, what, depth+1))
		}
		return v
	case slices.Contains(of.Type, "integer"), slices.Contains(of.Type, "number"):
		return rapid.SampledFrom([]any{0, 1, 7, -1, 30, 365, 1e6, 1e18, 1.5}).Draw(t, what)
	case slices.Contains(of.Type, "boolean"):
		return rapid.Bool().Draw(t, what)
	}
	return textOf(t, of, known, what)
}

// request is one that was drawn.
type request struct {
	target, body string
	edits        []func(*http.Request)
}

// draw draws a request. own is what it may say, and theirs what it may ask for beside: what is said
// is kept, and shown to whoever asks.
func draw(t *rapid.T, o operation, own, theirs []string) request {
	known := slices.Concat(own, theirs)
	path, query, r := o.path, url.Values{}, request{}
	for _, p := range o.params {
		var schema *base.Schema
		if p.Schema != nil {
			schema = p.Schema.Schema()
		}
		switch {
		case p.Name == "X-TenantId": // chosen with the caller
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(textOf(t, schema, known, p.Name)))
		case rapid.Bool().Draw(t, p.Name+" is said") && p.In == "query":
			query.Set(p.Name, textOf(t, schema, known, p.Name))
		case rapid.Bool().Draw(t, p.Name+" is said") && p.In == "header":
			r.edits = append(r.edits, webtest.Header(p.Name, header(textOf(t, schema, known, p.Name))))
		}
	}
	r.target = path
	if len(query) > 0 {
		r.target += "?" + query.Encode()
	}
	if o.body != nil {
		body := o.example
		if rapid.IntRange(0, 2).Draw(t, "body is the example") > 0 {
			body = valueOf(t, o.body, own, "body", 0)
		}
		b, err := json.Marshal(body)
		if err != nil {
			b = []byte(`{"a":`)
		}
		r.body = string(b)
	}
	return r
}

// header leaves out what no client can send in a header.
func header(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
}

// TestAnyRequest: whatever is asked of the API, by whomever, it fails nowhere, tells nothing of
// another tenant, and answers as described.
func TestAnyRequest(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	const marker = "CANARY-of-globex"
	theirs, _, err := uploads.NewRepository(h.Grant(t, h.Globex.Editor)).Create(t.Context(), uploads.Intent{Name: marker + ".txt", Size: 1}, nil)
	fail(t, err)
	ours, _, err := uploads.NewRepository(h.Grant(t, h.Acme.Editor)).Create(t.Context(), uploads.Intent{Name: "ours.txt", Size: 1}, nil)
	fail(t, err)
	foreign := []string{
		marker, h.Globex.ID.String(), h.Globex.Admin.Email, h.Globex.Admin.ID.String(), h.Globex.ServiceAccount, h.Globex.Database, h.Globex.Bucket,
	}
	own := []string{ours.ID.String(), h.Acme.Viewer.ID.String(), "acme", "globex", "viewer", "text/plain"}
	others := []string{theirs.ID.String(), h.Globex.Admin.ID.String(), h.Globex.ID.String()}
	_, key := h.NewKey(t, h.Acme, tenant.Editor)
	_, foreignKey := h.NewKey(t, h.Globex, tenant.Editor)
	callers := map[string]func(*http.Request){
		"viewer": h.Bearer(t, h.Acme.Viewer, "acme"), "editor": h.Bearer(t, h.Acme.Editor, "acme"), "admin": h.Bearer(t, h.Acme.Admin, "acme"),
		"key": webtest.WithKey(key, "acme"), "globex's key": webtest.WithKey(foreignKey, "acme"), "at globex": h.Bearer(t, h.Acme.Admin, "globex"),
		"nobody": webtest.Header("X-TenantId", "acme"),
	}
	names := []string{"viewer", "editor", "editor", "admin", "admin", "admin", "key", "globex's key", "at globex", "nobody"}
	all, made, statuses := operations(t), 0, map[int]int{}
	unseen := func() (codes []int) {
		for _, code := range []int{200, 201, 400, 401, 403, 404, 422} {
			if statuses[code] == 0 {
				codes = append(codes, code)
			}
		}
		return codes
	}
	// What is drawn rarely, as a creation that succeeds, may take more calls than were asked for.
	for made < *anyCalls || len(unseen()) > 0 && made < 20**anyCalls {
		rapid.Check(t, func(rt *rapid.T) {
			o := rapid.SampledFrom(all).Draw(rt, "operation")
			who := rapid.SampledFrom(names).Draw(rt, "caller")
			r := draw(rt, o, own, others)
			if strings.HasSuffix(o.path, "/sessions") || strings.HasSuffix(o.path, "/own-key") || o.path == "/api/v1/token" && o.method == "DELETE" {
				return // it would end what the others call with
			}
			w := h.Call(o.method, r.target, r.body, append([]func(*http.Request){callers[who], webtest.Header("Content-Type", "application/json")}, r.edits...)...)
			made++
			statuses[w.Code]++
			if w.Code >= http.StatusInternalServerError {
				rt.Errorf("%s: %s %s %s: %d %.300s", who, o.method, r.target, r.body, w.Code, w.Body)
			}
			said := fmt.Sprint(w.Header(), w.Body)
			for _, canary := range foreign {
				if strings.Contains(said, canary) && !strings.Contains(r.target+r.body, canary) {
					rt.Errorf("%s: %s %s %s is told %s: %.300s", who, o.method, r.target, r.body, canary, said)
				}
			}
		})
		if t.Failed() {
			return
		}
	}
	t.Logf("%d calls of %d operations: %v", made, len(all), statuses)
	if codes := unseen(); len(codes) > 0 {
		t.Errorf("no call was answered %v: %v", codes, statuses)
	}
}
