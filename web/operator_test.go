package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	firebaseauth "firebase.google.com/go/v4/auth"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// operators: who gets in to their pages, and who does not.
func operators(t *testing.T, h *webtest.House) {
	olga := h.AddOperator(t, "olga@bulkhead.test")
	webtest.WantPage(t, "sign-in page", h.Call("GET", "/operator/sign-in", ""), 200, "Operators")
	for name, who := range map[string]url.Values{
		"wrong password":  {"email": {olga.Email}, "password": {"wrong"}},
		"acme's admin":    {"email": {h.Acme.Admin.Email}, "password": {h.Acme.Admin.Password}},
		"nobody":          {"email": {"nobody@bulkhead.test"}, "password": {"wrong"}},
		"a former member": {"email": {formerOperator(t, h).Email}, "password": {"password-of-the-operator"}},
	} {
		webtest.WantPage(t, name, h.Form("/operator/sign-in", who), 401, "is not right")
	}
	webtest.WantPage(t, "an operator at acme's door", h.Form("/t/acme/sign-in", url.Values{"email": {olga.Email}, "password": {olga.Password}}), 401, "is not right")

	cookie := h.SignInOperator(t, olga)
	webtest.WantPage(t, "alerts", h.Call("GET", "/operator", "", cookie), 200, olga.Email)
	webtest.WantPage(t, "ledger", h.Call("GET", "/operator/ledger", "", cookie), 200, "Ledger")
	webtest.WantPage(t, "no such workspace", h.Call("GET", "/operator/ledger?tenant=nowhere", "", cookie), 422, "There is no workspace")
	webtest.WantPage(t, "no such decision", h.Call("GET", "/operator/ledger?decision=maybe", "", cookie), 400, "malformed")
	webtest.WantPage(t, "no such row", h.Call("GET", "/operator/ledger?before=x", "", cookie), 400, "malformed")

	// Every page of operators, for those who are none; and every page of tenants, for an operator.
	ada := h.SignIn(t, h.Acme.Admin)
	renamed := func(r *http.Request) {
		ada(r)
		r.Header.Set("Cookie", strings.Replace(r.Header.Get("Cookie"), "__Host-bh-acme", "__Host-bho", 1))
	}
	asAcme := func(r *http.Request) {
		cookie(r)
		r.Header.Set("Cookie", strings.Replace(r.Header.Get("Cookie"), "__Host-bho", "__Host-bh-acme", 1))
	}
	bearer := operatorBearer(t, h, olga)
	tried := 0
	for _, r := range web.Routes() {
		what := r.Method + " " + r.Path
		switch r.Policy {
		case door.Operators:
			tried++
			webtest.WantRedirect(t, what+" by nobody", h.Call(r.Method, address(r), ""), "/operator/sign-in")
			webtest.WantRedirect(t, what+" by acme's admin", h.Call(r.Method, address(r), "", ada), "/operator/sign-in")
			webtest.WantRedirect(t, what+" by acme's admin with the session renamed", h.Call(r.Method, address(r), "", renamed), "/operator/sign-in?notice=session-over")
		case door.Session:
			webtest.WantRedirect(t, what+" by an operator", h.Call(r.Method, address(r), "", asAcme, webtest.Header("Accept", "text/html")), sessionOver(r))
		case door.API, door.APIKey:
			webtest.WantProblem(t, what+" by an operator", h.Call(r.Method, address(r), "{}", bearer), 401, "unauthenticated")
		}
	}
	if tried < 3 {
		t.Errorf("only %d pages of operators", tried)
	}

	webtest.WantRedirect(t, "signing out", h.Form("/operator/sign-out", nil, cookie), "/operator/sign-in?notice=signed-out")
	webtest.WantRedirect(t, "afterwards", h.Call("GET", "/operator", "", cookie), "/operator/sign-in?notice=session-over")
}

// formerOperator is somebody of no tenant who is not on the list.
func formerOperator(t *testing.T, h *webtest.House) vendingtest.Operator {
	t.Helper()
	o := vendingtest.Operator{Email: "former@bulkhead.test", Password: "password-of-the-operator"}
	_, err := h.Jobs.Identity().CreateUser(t.Context(),
		new(firebaseauth.UserToCreate).Email(o.Email).EmailVerified(true).Password(o.Password))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// sessionOver is where a page sends a browser whose session is none.
func sessionOver(r door.Route) string {
	to := "/t/acme/sign-in?"
	if r.Method == http.MethodGet && address(r) != "/t/acme/files" {
		to += "next=" + url.QueryEscape(address(r)) + "&"
	}
	return to + "notice=session-over"
}

// operatorBearer is an operator's token where a tenant's belongs.
func operatorBearer(t *testing.T, h *webtest.House, o vendingtest.Operator) func(*http.Request) {
	token := h.OperatorToken(t, o)
	return func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("X-TenantId", "acme")
		r.Header.Set("Content-Type", "application/json")
	}
}

var alertID = regexp.MustCompile(`data-alert-id="([^"]+)"`)

// ledger: acme's admin asks for globex; acme's admins read that it was refused, globex's learn
// nothing, and the operator is alerted.
func ledgerStory(t *testing.T, h *webtest.House) {
	editor := h.Add(t, h.Acme, "ledger@acme.test", tenant.Editor) // of no other story: their first call is vended anew
	bearer := h.Bearer(t, editor, "acme")
	w := h.Call("GET", "/api/v1/users", "", bearer)
	request := w.Header().Get("X-Request-Id")
	for _, asked := range []string{"globex", "nowhere"} {
		webtest.WantProblem(t, "acme's editor asks for "+asked, h.Call("GET", "/api/v1/users", "", bearer, webtest.Header("X-TenantId", asked)), 403, "tenant_denied")
	}
	if err := h.Ledger.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}

	acme := h.Call("GET", "/t/acme/access", "", h.SignIn(t, h.Acme.Admin))
	webtest.WantPage(t, "acme's admin", acme, 200, editor.Email)
	for _, want := range []string{"GET /api/v1/users", "request " + request, h.Acme.ServiceAccount, "outside this workspace"} {
		if !strings.Contains(acme.Body.String(), want) {
			t.Errorf("acme's page does not say %q", want)
		}
	}
	for _, canary := range []string{h.Globex.ID.String(), h.Globex.ServiceAccount, h.Globex.Editor.Email, "nowhere"} {
		if strings.Contains(acme.Body.String(), canary) {
			t.Errorf("acme's page names %s", canary)
		}
	}
	globex := h.Call("GET", "/t/globex/access", "", h.SignIn(t, h.Globex.Admin))
	webtest.WantPage(t, "globex's admin", globex, 200, "Access")
	for _, canary := range []string{h.Acme.ID.String(), h.Acme.ServiceAccount, editor.Email, editor.ID.String(), request} {
		if strings.Contains(globex.Body.String(), canary) {
			t.Errorf("globex's page names %s", canary)
		}
	}
	denied := h.Call("GET", "/t/acme/access?decision=denied", "", h.SignIn(t, h.Acme.Admin))
	if strings.Contains(denied.Body.String(), `data-decision="vended"`) || !strings.Contains(denied.Body.String(), `data-decision="denied"`) {
		t.Error("the filter does not filter")
	}
	list := webtest.Read[struct {
		Records []struct{ Decision, Reason, Route, RequestID string }
	}](t, h.Call("GET", "/api/v1/access?decision=denied", "", h.Bearer(t, h.Acme.Admin, "acme")), 200)
	if len(list.Records) < 2 || strings.Contains(list.Records[0].Reason, h.Globex.ID.String()) || list.Records[0].Route != "GET /api/v1/users" {
		t.Errorf("over the API: %+v", list)
	}

	olga := h.SignInOperator(t, h.AddOperator(t, "olga2@bulkhead.test"))
	page := h.Call("GET", "/operator", "", olga)
	webtest.WantPage(t, "the operator", page, 200, "asked for tenant "+h.Globex.ID.String())
	webtest.WantPage(t, "the operator", page, 200, "asked for a tenant that is not served")
	found := alertID.FindStringSubmatch(page.Body.String())
	if found == nil {
		t.Fatalf("no alert: %s", page.Body)
	}
	closes := func(ids ...string) url.Values { return url.Values{"only": {strings.Join(ids, " ")}} }
	none := "20261122T000000.000000-AAAAAAAAAA"
	for what, ids := range map[string]string{"an alert that is none": none, "no alert at all": "x"} {
		webtest.WantPage(t, what, h.Form("/operator/alerts/close", closes(ids), olga), 404, "nothing at this address")
	}
	for range 2 { // the second changes nothing
		webtest.WantRedirect(t, "closing", h.Form("/operator/alerts/close", closes(found[1]), olga), "/operator?notice=alert-closed")
	}
	if page := h.Call("GET", "/operator", "", olga); strings.Contains(page.Body.String(), found[1]) {
		t.Error("a closed alert stays")
	}
	webtest.WantPage(t, "the closed ones", h.Call("GET", "/operator/alerts/closed", "", olga), 200, `data-alert-id="`+found[1]+`"`)
	webtest.WantPage(t, "who closed it", h.Call("GET", "/operator/alerts/closed", "", olga), 200, "closed by olga2@bulkhead.test")
	all := h.Call("GET", "/operator/ledger", "", olga).Body.String()
	if !strings.Contains(all, "acme · ") || strings.Contains(all, h.Acme.Editor.Email) {
		t.Errorf("the operator's ledger lacks tenants, or names their people")
	}
	only := h.Call("GET", "/operator/ledger?tenant=globex", "", olga).Body.String()
	if strings.Contains(only, "acme · ") {
		t.Error("the operator's filter does not filter")
	}
}

// alertsStory: an operator chooses alerts, is asked, and closes them together.
func alertsStory(t *testing.T, h *webtest.House) {
	bearer := h.Bearer(t, h.Globex.Editor, "globex")
	for _, asked := range []string{"acme", "acme", "acme", "nowhere"} {
		webtest.WantProblem(t, "globex's editor asks for "+asked, h.Call("GET", "/api/v1/users", "", bearer, webtest.Header("X-TenantId", asked)), 403, "tenant_denied")
	}
	if err := h.Ledger.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	olga := h.SignInOperator(t, h.AddOperator(t, "olga4@bulkhead.test"))
	page := h.Call("GET", "/operator", "", olga)
	chosen := url.Values{}
	for i, group := range alertGroup.FindAllStringSubmatch(page.Body.String(), -1) {
		if strings.Contains(group[0], "globex · "+h.Globex.Editor.ID.String()) {
			chosen.Set("alerts-"+strconv.Itoa(i), group[1])
		}
	}
	if len(chosen) != 2 || !strings.Contains(page.Body.String(), ">3 times<") {
		t.Fatalf("chosen: %v in %s", chosen, page.Body)
	}
	webtest.WantRedirect(t, "choosing none", h.Form("/operator/alerts/close", url.Values{}, olga), "/operator?notice=no-alert-chosen")
	question := h.Form("/operator/alerts/close", chosen, olga)
	webtest.WantPage(t, "the question", question, 200, "Close 2 alerts?")
	webtest.WantPage(t, "before the answer", h.Call("GET", "/operator", "", olga), 200, "globex · "+h.Globex.Editor.ID.String())
	only := onlyField.FindStringSubmatch(question.Body.String())
	if only == nil {
		t.Fatalf("nothing to answer: %s", question.Body)
	}
	webtest.WantRedirect(t, "closing both", h.Form("/operator/alerts/close", url.Values{"only": {only[1]}}, olga), "/operator?notice=alerts-closed")
	if page := h.Call("GET", "/operator", "", olga); strings.Contains(page.Body.String(), "globex · "+h.Globex.Editor.ID.String()) {
		t.Error("closed alerts stay")
	}
	list := h.Call("GET", "/operator/alerts/closed", "", olga).Body.String()
	if strings.Count(list, "closed by olga4@bulkhead.test") != 2 || !strings.Contains(list, ">3 times<") {
		t.Errorf("who closed them, and how often it was tried: %s", list)
	}
	for _, page := range []string{"/operator", "/operator/alerts/closed"} {
		webtest.WantPage(t, "no such place", h.Call("GET", page+"?before=x", "", olga), 400, "malformed")
	}
}

var (
	alertGroup = regexp.MustCompile(`(?s)data-testid="alert" .*?name="alerts-\d+" value="([^"]+)".*?</h2>`)
	onlyField  = regexp.MustCompile(`name="only" value="([^"]+)"`)
)

// jobsStory: an operator sees what was given up, has it tried again, and cancels it; nobody else
// does.
func jobsStory(t *testing.T, h *webtest.House) {
	park := func(id string) {
		t.Helper()
		if err := h.Queue.Post(t.Context(), queue.Intent{ID: id, Kind: "some-kind", Tenant: h.Acme.ID, Due: time.Now().Add(-time.Minute)}); err != nil {
			t.Fatal(err)
		}
		for j, err := range h.Queue.Takable(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			lease, err := h.Queue.Take(t.Context(), j, "worker-1", time.Minute)
			if err == nil {
				err = h.Queue.Park(t.Context(), lease, "it does not work")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	olga := h.SignInOperator(t, h.AddOperator(t, "olga3@bulkhead.test"))
	webtest.WantPage(t, "no jobs", h.Call("GET", "/operator/jobs", "", olga), 200, "No job was given up")
	park("first")
	page := h.Call("GET", "/operator/jobs", "", olga)
	for _, want := range []string{`data-job-id="first"`, "some-kind", "acme", "it does not work", "tried once"} {
		webtest.WantPage(t, "a job that was given up", page, 200, want)
	}
	webtest.WantPage(t, "no such state", h.Call("GET", "/operator/jobs?state=lost", "", olga), 400, "malformed")
	webtest.WantPage(t, "no such place", h.Call("GET", "/operator/jobs?after=..", "", olga), 400, "malformed")

	webtest.WantRedirect(t, "acme's admin tries it again", h.Form("/operator/jobs/first/retry", nil, h.SignIn(t, h.Acme.Admin)), "/operator/sign-in")
	webtest.WantRedirect(t, "trying again", h.Form("/operator/jobs/first/retry", nil, olga), "/operator/jobs?notice=job-released")
	webtest.WantPage(t, "twice", h.Form("/operator/jobs/first/retry", nil, olga), 404, "no such job any more")
	webtest.WantPage(t, "it waits", h.Call("GET", "/operator/jobs?state=due", "", olga), 200, `data-job-id="first"`)

	webtest.WantPage(t, "the question", h.Call("GET", "/operator/jobs/first/cancel", "", olga), 200, "Cancel this job?")
	webtest.WantRedirect(t, "cancelling", h.Form("/operator/jobs/first/cancel", nil, olga), "/operator/jobs?notice=job-cancelled")
	webtest.WantPage(t, "cancelling twice", h.Form("/operator/jobs/first/cancel", nil, olga), 404, "no such job any more")
	webtest.WantPage(t, "a job that is none", h.Form("/operator/jobs/%2e%2e/cancel", nil, olga), 404, "no such job any more")
}
