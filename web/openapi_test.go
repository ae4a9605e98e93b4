package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	faults "github.com/pb33f/libopenapi-validator/errors"

	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// TestMain runs the suite, and holds every answer of the API against its description.
func TestMain(m *testing.M) {
	site, err := web.New(deps())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	seen := answers{}
	if seen.by, err = described(description(site)); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	webtest.Observe(seen.check)
	code := m.Run()
	for _, fault := range seen.faults {
		fmt.Println("an answer that the description does not have:", fault)
		code = 1
	}
	fmt.Printf("%d answers of the API were held against its description\n", seen.checked)
	os.Exit(code)
}

// TestDescriptionIsValid: the description of the API is OpenAPI 3.1, by a validator that is not
// ours.
func TestDescriptionIsValid(t *testing.T) {
	v, err := described(description(newSite(t)))
	if err != nil {
		t.Fatal(err)
	}
	if ok, all := v.ValidateDocument(); !ok {
		t.Error(strings.Join(sentences(all), "\n"))
	}
}

func description(site http.Handler) []byte {
	return webtest.Call(site, "GET", "/api/openapi.json", "").Body.Bytes()
}

func described(description []byte) (validator.Validator, error) {
	doc, err := libopenapi.NewDocument(description)
	if err != nil {
		return nil, err
	}
	v, all := validator.NewValidator(doc)
	if len(all) > 0 {
		return nil, all[0]
	}
	return v, nil
}

func sentences(all []*faults.ValidationError) (lines []string) {
	for _, f := range all {
		lines = append(lines, f.Message+": "+f.Reason)
		for _, s := range f.SchemaValidationErrors {
			lines = append(lines, "  "+strings.Join(s.InstancePath, ".")+" "+s.KeywordLocation+": "+s.Reason)
		}
	}
	return lines
}

// answers are those of the API in the whole suite.
type answers struct {
	mu      sync.Mutex
	by      validator.Validator
	checked int
	faults  []string
}

// check holds an answer against what the description says of its operation, status and headers.
func (a *answers) check(r *http.Request, w *httptest.ResponseRecorder) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !strings.HasPrefix(r.URL.Path, "/api/v1/") {
		return
	}
	answer := *w.Result()
	ok, all := a.by.ValidateHttpResponse(r, &answer)
	all = slices.DeleteFunc(all, func(f *faults.ValidationError) bool { return f.IsPathMissingError() || f.IsOperationMissingError() })
	if a.checked++; !ok && len(all) > 0 {
		a.faults = append(a.faults, fmt.Sprintf("%s %s: %d %.300s: %s", r.Method, r.URL.Path, w.Code, w.Body, strings.Join(sentences(all), "\n")))
	}
}

// TestAnswersAreChecked: what the suite relies on notices an answer that is not as described.
func TestAnswersAreChecked(t *testing.T) {
	for body, want := range map[string]int{
		`{"users":[]}`:       0,
		`{"users":[{}]}`:     1,
		`{"users":1}`:        1,
		`{"people":[]}`:      1,
		`{"users":[],"x":1}`: 1,
	} {
		v, err := described(description(newSite(t)))
		if err != nil {
			t.Fatal(err)
		}
		a := answers{by: v}
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusOK)
		fmt.Fprint(w, body)
		a.check(httptest.NewRequest("GET", "/api/v1/users", http.NoBody), w)
		if len(a.faults) != want || a.checked != 1 {
			t.Errorf("%s: %d faults, want %d: %v", body, len(a.faults), want, a.faults)
		}
	}
}

// TestCreations: whatever answers 201 takes an Idempotency-Key and says where it stands; and the
// page for people has every operation.
func TestCreations(t *testing.T) {
	site := newSite(t)
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string
			Parameters  []struct{ Name, In string }
			Responses   map[string]struct{ Headers map[string]any }
		}
	}
	if err := json.Unmarshal(description(site), &doc, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	page, creations := webtest.Call(site, "GET", "/api/docs", "").Body.String(), 0
	for path, item := range doc.Paths {
		for method, op := range item {
			if !strings.Contains(page, `data-id="`+op.OperationID+`"`) {
				t.Errorf("the page for people has no %s", op.OperationID)
			}
			made, ok := op.Responses["201"]
			if !ok {
				continue
			}
			creations++
			takes := false
			for _, p := range op.Parameters {
				takes = takes || p.Name == "Idempotency-Key" && p.In == "header"
			}
			if !takes || made.Headers["Location"] == nil {
				t.Errorf("%s %s makes something: it takes an Idempotency-Key %v, and answers with %v", method, path, takes, made.Headers)
			}
		}
	}
	if creations < 4 {
		t.Errorf("only %d operations make something", creations)
	}
}
