package fault_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

func call(t *testing.T, h http.Handler, method, path, body string) (status int, answer map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body)))
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%s %s answers %q: %v", method, path, w.Body, err)
	}
	return w.Code, answer
}

func TestHandler(t *testing.T) {
	faults := fault.New()
	h := faults.Handler()
	const rule = `{"method":"/a/*","account":"a@p","resource":"projects/p","delay":"1.5s","code":"UNAVAILABLE","message":"m",
		"cut":true,"after":true,"times":3}`
	status, added := call(t, h, "POST", "/faults", rule)
	if status != 200 || added["id"] != "1" || added["delay"] != "1.5s" || added["code"] != "UNAVAILABLE" || added["hits"] != 0.0 {
		t.Errorf("added: %d %v", status, added)
	}
	call(t, h, "POST", "/faults", `{"cut":true}`)
	if _, all := call(t, h, "GET", "/faults", ""); len(all["faults"].([]any)) != 2 {
		t.Errorf("in force: %v", all)
	}
	if status, _ := call(t, h, "DELETE", "/faults/1", ""); status != 200 {
		t.Errorf("removing one: %d", status)
	}
	if status, _ := call(t, h, "DELETE", "/faults/1", ""); status != 404 {
		t.Errorf("removing it again: %d", status)
	}
	if _, all := call(t, h, "GET", "/faults", ""); len(all["faults"].([]any)) != 1 {
		t.Errorf("left: %v", all)
	}
	call(t, h, "DELETE", "/faults", "")
	if _, all := call(t, h, "GET", "/faults", ""); len(all["faults"].([]any)) != 0 {
		t.Errorf("left after all: %v", all)
	}
}

func TestHandlerRefuses(t *testing.T) {
	faults := fault.New()
	for _, rule := range []string{
		``, `[]`, `{"methd":"/a/B"}`, `{"delay":"soon"}`, `{"delay":"-1s"}`, `{"code":"UNHAPPY"}`, `{"times":-1}`,
		`{"message":"` + strings.Repeat("m", 64<<10) + `"}`,
	} {
		if status, answer := call(t, faults.Handler(), "POST", "/faults", rule); status != 400 {
			t.Errorf("%.40s: %d %v", rule, status, answer)
		}
	}
	if _, all := call(t, faults.Handler(), "GET", "/faults", ""); len(all["faults"].([]any)) != 0 {
		t.Errorf("in force: %v", all)
	}
}
