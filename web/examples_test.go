package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// TestExamples sends the example of each operation, as the description has it, and holds the answer
// against the example: the same status, the same members, and the same values but for those whose
// format says that they are new each time.
func TestExamples(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	doc := readDocument(t, s.Handler)
	all := doc.all()
	slices.SortStableFunc(all, func(a, b *apiOperation) int { // what takes away comes last
		return strings.Compare(strconv.FormatBool(a.Method == "DELETE"), strconv.FormatBool(b.Method == "DELETE"))
	})
	for _, op := range all {
		t.Run(op.OperationID, func(t *testing.T) {
			if op.Summary == "" || op.Description == "" {
				t.Errorf("%s %s has no description: add a Doc to it", op.Method, op.Path)
			}
			p := s.prepare(t, op)
			w := s.send(t, op, p)
			for _, fault := range faultsOf(doc, op, w, p) {
				t.Errorf("%s %s: %s", op.Method, op.Path, fault)
			}
		})
	}
}

// send makes the request of an example. What is prepared for it stands in for what the example
// names.
func (s *stage) send(t *testing.T, op *apiOperation, p prepared) *httptest.ResponseRecorder {
	t.Helper()
	target, query, edits := op.Path, url.Values{}, []func(*http.Request){p.as, webtest.Header("Content-Type", "application/json")}
	for _, param := range op.Parameters {
		value := fmt.Sprint(param.Example)
		switch {
		case param.In == "path":
			if param.Example == nil {
				t.Errorf("%s %s: no example of {%s}", op.Method, op.Path, param.Name)
			}
			target = strings.ReplaceAll(target, "{"+param.Name+"}", p.id)
		case param.Example == nil, param.Name == "X-TenantId":
		case param.Name == "If-Match":
			edits = append(edits, webtest.Header(param.Name, s.tag(op, p)))
		case param.In == "header":
			edits = append(edits, webtest.Header(param.Name, value))
		default:
			query.Set(param.Name, value)
		}
	}
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	body := ""
	if media, ok := op.RequestBody.Content["application/json"]; ok {
		if media.Example == nil {
			t.Errorf("%s %s: no example of the body", op.Method, op.Path)
		}
		b, err := json.Marshal(media.Example)
		fail(t, err)
		body = p.real(string(b))
	}
	return s.Call(op.Method, target, body, edits...)
}

// faultsOf says how an answer differs from the example.
func faultsOf(doc *apiDocument, op *apiOperation, w *httptest.ResponseRecorder, p prepared) (faults []string) {
	status, media := op.answer()
	if strconv.Itoa(w.Code) != status {
		return []string{fmt.Sprintf("answered %d, as described %s: %s", w.Code, status, w.Body)}
	}
	if status == "201" && !strings.HasPrefix(w.Header().Get("Location"), "/api/v1/") {
		faults = append(faults, "no Location")
	}
	if media.Schema == nil {
		if w.Body.Len() > 0 {
			faults = append(faults, "a body that is not described")
		}
		return faults
	}
	var answer any
	if err := json.Unmarshal([]byte(p.example(w.Body.String())), &answer); err != nil {
		return append(faults, err.Error())
	}
	if media.Example == nil {
		return append(faults, "no example of the answer, which is "+w.Body.String())
	}
	c := comparison{doc: doc, ids: map[string]string{}}
	c.hold("", media.Example, answer, media.Schema)
	if len(c.faults) > 0 {
		c.faults = append(c.faults, "the whole answer is "+p.example(w.Body.String()))
	}
	return append(faults, c.faults...)
}

// comparison holds an answer against an example.
type comparison struct {
	doc    *apiDocument
	ids    map[string]string // what stands in the answer for an identifier of the example
	faults []string
}

func (c *comparison) fault(at, format string, values ...any) {
	c.faults = append(c.faults, at+": "+fmt.Sprintf(format, values...))
}

// isNew reports whether a value of this format is another each time.
func isNew(format string) bool {
	return slices.Contains([]string{api.FormatID, api.FormatSecret, api.FormatCursor, api.FormatCount, "date-time", "date"}, format)
}

func (c *comparison) hold(at string, example, answer any, s *apiSchema) {
	s = c.doc.schema(s)
	if s == nil {
		s = new(apiSchema)
	}
	if fmt.Sprintf("%T", example) != fmt.Sprintf("%T", answer) {
		c.fault(at, "the example is %v, the answer %v", example, answer)
		return
	}
	switch e := example.(type) {
	case map[string]any:
		c.holdMembers(at, e, answer.(map[string]any), s)
	case []any:
		a := answer.([]any)
		if len(a) != len(e) {
			c.fault(at, "the example has %d, the answer %d", len(e), len(a))
			return
		}
		for i := range e {
			c.hold(at+"/"+strconv.Itoa(i), e[i], a[i], s.Items)
		}
	default:
		c.holdValue(at, example, answer, s.Format)
	}
}

func (c *comparison) holdMembers(at string, example, answer map[string]any, s *apiSchema) {
	for name := range answer {
		if _, ok := example[name]; !ok {
			c.fault(at+"/"+name, "the example does not have it")
		}
	}
	for name, e := range example {
		if a, ok := answer[name]; ok {
			c.hold(at+"/"+name, e, a, s.Properties[name])
		} else {
			c.fault(at+"/"+name, "the answer does not have it")
		}
	}
}

func (c *comparison) holdValue(at string, example, answer any, format string) {
	if !isNew(format) {
		if !cmp.Equal(example, answer) {
			c.fault(at, "the example is %v, the answer %v", example, answer)
		}
		return
	}
	if (example == "") != (answer == "") {
		c.fault(at, "the example is %q, the answer %q", example, answer)
	}
	if format != api.FormatID {
		return
	}
	if known, ok := c.ids[fmt.Sprint(example)]; ok && known != fmt.Sprint(answer) {
		c.fault(at, "what the example calls %v is two things", example)
	}
	c.ids[fmt.Sprint(example)] = fmt.Sprint(answer)
}

// TestExamplesAreCompared: what TestExamples relies on notices an answer that is not the example.
func TestExamplesAreCompared(t *testing.T) {
	doc := readDocument(t, newSite(t))
	op := doc.Paths["/api/v1/users"]["get"]
	_, media := op.answer()
	b, err := json.Marshal(media.Example, json.Deterministic(true))
	fail(t, err)
	right := string(b)
	for what, c := range map[string]struct {
		body string
		ok   bool
	}{
		"the example":      {right, true},
		"another time":     {strings.Replace(right, "2026-", "2027-", 1), true},
		"another role":     {strings.Replace(right, `"role":"admin"`, `"role":"editor"`, 1), false},
		"a member is gone": {strings.Replace(right, `"status":"active",`, "", 1), false},
		"one member more":  {strings.Replace(right, `"status"`, `"more":1,"status"`, 1), false},
		"nobody":           {`{"users":[]}`, false},
	} {
		if what != "the example" && c.body == right {
			t.Errorf("%s: the example has changed: %s", what, right)
		}
		w := httptest.NewRecorder()
		w.WriteHeader(http.StatusOK)
		fmt.Fprint(w, c.body)
		if faults := faultsOf(doc, op, w, prepared{}); (len(faults) == 0) != c.ok {
			t.Errorf("%s: %v", what, faults)
		}
	}
	w := httptest.NewRecorder()
	w.WriteHeader(http.StatusAccepted)
	if len(faultsOf(doc, op, w, prepared{})) == 0 {
		t.Error("another status is not noticed")
	}
}
