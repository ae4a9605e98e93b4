package fault

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/rest"
)

// maxRule bounds a rule's JSON, in bytes.
const maxRule = 64 << 10

// ruleJSON is a Rule over HTTP, and with ID and Hits a rule in force.
type ruleJSON struct {
	ID       string `json:"id,omitempty"`
	Hits     int    `json:"hits"`
	Method   string `json:"method,omitempty"`
	Account  string `json:"account,omitempty"`
	Resource string `json:"resource,omitempty"`
	Delay    string `json:"delay,omitempty"` // "1.5s"
	Code     string `json:"code,omitempty"`  // "UNAVAILABLE"
	Message  string `json:"message,omitempty"`
	Cut      bool   `json:"cut,omitempty"`
	After    bool   `json:"after,omitempty"`
	Times    int    `json:"times,omitempty"`
}

// Handler serves the rules to other processes. It lets everybody in: whoever mounts it guards it.
//
//	POST   /faults       a rule, in JSON; answers it with its id
//	GET    /faults       the rules in force, with their hits
//	DELETE /faults/{id}  remove one
//	DELETE /faults       remove all
func (i *Injector) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /faults", i.add)
	mux.HandleFunc("GET /faults", i.list)
	mux.HandleFunc("DELETE /faults/{id}", i.removeOne)
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, _ *http.Request) {
		i.Clear()
		rest.WriteJSON(w, http.StatusOK, struct{}{})
	})
	return mux
}

func (i *Injector) add(w http.ResponseWriter, r *http.Request) {
	rule, err := readRule(w, r)
	if err != nil {
		rest.WriteError(w, err)
		return
	}
	rest.WriteJSON(w, http.StatusOK, i.Add(rule).json())
}

func (i *Injector) list(w http.ResponseWriter, _ *http.Request) {
	faults := []ruleJSON{}
	for _, f := range i.all() {
		faults = append(faults, f.json())
	}
	rest.WriteJSON(w, http.StatusOK, map[string][]ruleJSON{"faults": faults})
}

func (i *Injector) removeOne(w http.ResponseWriter, r *http.Request) {
	if id := r.PathValue("id"); !i.remove(func(f *Fault) bool { return f.id == id }) {
		rest.WriteError(w, status.Errorf(codes.NotFound, "There is no rule %q.", id))
		return
	}
	rest.WriteJSON(w, http.StatusOK, struct{}{})
}

// readRule reads a rule strictly: one that was misspelt would strike what it was not meant for. The
// error is InvalidArgument.
func readRule(w http.ResponseWriter, r *http.Request) (Rule, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRule))
	if err != nil {
		return Rule{}, invalid("The rule could not be read: %v", err)
	}
	var v ruleJSON
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return Rule{}, invalid("The rule is not a JSON object of a rule's fields: %v", err)
	}
	rule := Rule{
		Method: v.Method, Account: v.Account, Resource: v.Resource,
		Message: v.Message, Cut: v.Cut, After: v.After, Times: v.Times,
	}
	if v.Delay != "" {
		if rule.Delay, err = time.ParseDuration(v.Delay); err != nil || rule.Delay < 0 {
			return Rule{}, invalid("delay %q is not a duration such as 1.5s", v.Delay)
		}
	}
	if v.Code != "" {
		if err := rule.Code.UnmarshalJSON([]byte(`"` + v.Code + `"`)); err != nil {
			return Rule{}, invalid("code %q is not the name of a code, such as UNAVAILABLE", v.Code)
		}
	}
	if v.Times < 0 {
		return Rule{}, invalid("times is less than 0")
	}
	return rule, nil
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func (f *Fault) json() ruleJSON {
	v := ruleJSON{
		ID: f.id, Hits: f.Hits(),
		Method: f.rule.Method, Account: f.rule.Account, Resource: f.rule.Resource,
		Message: f.rule.Message, Cut: f.rule.Cut, After: f.rule.After, Times: f.rule.Times,
	}
	if f.rule.Delay > 0 {
		v.Delay = f.rule.Delay.String()
	}
	if f.rule.Code != codes.OK {
		v.Code = rest.CodeName(f.rule.Code)
	}
	return v
}
