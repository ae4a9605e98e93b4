package app_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/app/apptest"
	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/inbox"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// TestServiceBReplays: Service B takes whatever it was ever sent, and tries it at each route of
// Service A, of its worker and of the Adapter. No door takes it.
func TestServiceBReplays(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	s := apptest.StartSite(t, w)
	var mu sync.Mutex
	got := map[string]string{} // credentials, and where each came
	s.BeforeB(func(_ http.ResponseWriter, r *http.Request) {
		if c, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
			mu.Lock()
			got[c] = r.Method + " " + r.URL.Path
			mu.Unlock()
		}
	})
	// Somebody who has signed in has an account that says their role, so that a token made for
	// Service B lacks nothing that ours has.
	editor := client{site: s, t: t, of: w.Acme}
	var in struct{ IDToken string }
	if status := editor.call("POST", "/token", map[string]string{"email": w.Acme.Editor.Email, "password": w.Acme.Editor.Password}, &in); status != http.StatusOK {
		t.Fatalf("signing in is answered %d", status)
	}
	editor.token = in.IDToken
	editor.untilInspection(editor.upload("a.txt", []byte("a")), "clean")
	s.BeforeB(nil)

	mu.Lock()
	defer mu.Unlock()
	tokens, keys := 0, 0
	for c := range got {
		if strings.HasPrefix(c, "bik_") {
			keys++
		} else {
			tokens++
		}
	}
	if tokens != 1 || keys != 1 {
		t.Fatalf("Service B was sent %d tokens and %d keys: %v", tokens, keys, slices.Sorted(maps.Values(got)))
	}
	tried := 0
	try := func(origin string, r door.Route) {
		if r.Policy == door.Public {
			return
		}
		for c, came := range got {
			tried++
			path := strings.NewReplacer(":tenant", "acme", ":id", "x", "{id}", "5f1d7a84c0b94e6aa2d3b7c1e8f09a64").Replace(r.Path)
			req, err := http.NewRequestWithContext(t.Context(), r.Method, origin+path, strings.NewReader("{}"))
			check(t, err)
			req.Header.Set("Authorization", "Bearer "+c)
			req.Header.Set("X-TenantId", w.Acme.ID.String())
			req.Header.Set("Content-Type", "application/json")
			resp, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
			check(t, err)
			resp.Body.Close()
			led := resp.StatusCode == http.StatusSeeOther && strings.Contains(resp.Header.Get("Location"), "sign-in")
			if resp.StatusCode != http.StatusUnauthorized && !led {
				t.Errorf("Service B, with what came by %s, is answered %s by %s %s", came, resp.Status, r.Method, r.Path)
			}
		}
	}
	for _, r := range web.Routes() {
		try(s.Web, r)
	}
	for _, r := range web.WorkerRoutes() {
		try(s.Worker.Origin, r)
	}
	for _, r := range web.AdapterRoutes() {
		try(s.Adapter, r)
	}
	if tried < 200 {
		t.Errorf("%d requests were tried, so this looks at little", tried)
	}
}

// TestWhoMayPush: neither the worker nor the Adapter takes anything in from anybody but the one
// account that calls there, with a token made for that address.
func TestWhoMayPush(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	s := apptest.StartSite(t, w)
	callers := map[string]setup.Account{
		s.Worker.Origin + app.ObjectsPath: setup.Push, s.Worker.Origin + app.InspectionsPath: setup.Push,
		s.Worker.Origin + app.OpenPath: setup.Forwarding, s.Adapter + app.UploadsPath: setup.Push, s.Adapter + app.TickPath: setup.Tick,
	}
	operator := w.OperatorToken(t, w.AddOperator(t, "olga@bulkhead.test"))
	for address, right := range callers {
		for _, account := range []setup.Account{setup.Web, setup.Worker, setup.Jobs, setup.Vending, setup.Tick, setup.Push, setup.Forwarding, setup.Inspection} {
			if account == right {
				continue
			}
			if status, body := s.Push(t, account, address, []byte("{}"), nil); status != http.StatusUnauthorized {
				t.Errorf("%s at %s is answered %d %v", account, address, status, body)
			}
		}
		for other := range callers {
			if other == address {
				continue
			}
			token, err := w.Cloud.IAM().IDToken(right.Email(vendingtest.Project), other)
			check(t, err)
			if status, _ := s.PushWith(t, token, address, []byte("{}"), nil); status != http.StatusUnauthorized {
				t.Errorf("a token for %s, at %s, is answered %d", other, address, status)
			}
		}
		for who, token := range map[string]string{
			"acme's admin": w.Token(t, w.Acme.Admin), "nobody": "x", "an operator": operator,
		} {
			if status, _ := s.PushWith(t, token, address, []byte("{}"), nil); status != http.StatusUnauthorized {
				t.Errorf("%s at %s is answered %d", who, address, status)
			}
		}
	}
}

// parked waits for a message to be parked, and returns why the parked ones are.
func parked(t *testing.T, w *vendingtest.World) []string {
	t.Helper()
	page, err := w.Queue.List(t.Context(), queue.Parked, "", 0)
	check(t, err)
	var why []string
	for _, j := range page.Jobs {
		if j.Kind != inbox.UnreadKind || !j.Tenant.IsZero() {
			t.Errorf("parked: %+v", j)
		}
		why = append(why, j.Error)
	}
	return why
}

// TestMessagesThatLie: pushes that Google has signed, and whose content is wrong. Each is parked
// with its reason, changes no file of anybody's, and holds nothing up.
func TestMessagesThatLie(t *testing.T) {
	vendingtest.EachIsolation(t, func(t *testing.T, w *vendingtest.World) {
		s := apptest.StartSite(t, w)
		s.Unplug(t)
		editor := newClient(t, s, w.Acme, w.Acme.Editor)
		id, _ := editor.announce("a.txt", 1, "text/plain")
		other := editor.upload("b.txt", []byte("b"))
		f := editor.until(other, "stored", func(f file) bool { return f.State == "stored" })
		theirs := newClient(t, s, w.Globex, w.Globex.Editor).upload("c.txt", []byte("c"))

		object := func(bucket, name, generation string) map[string]string {
			return map[string]string{"eventType": "OBJECT_FINALIZE", "bucketId": bucket, "objectId": name, "objectGeneration": generation}
		}
		prefix := ""
		if w.Acme.Bucket == w.Globex.Bucket {
			prefix = w.Acme.ID.String() + "/"
		}
		objects, inspections := s.Worker.Origin+app.ObjectsPath, s.Worker.Origin+app.InspectionsPath
		for what, attributes := range map[string]map[string]string{
			"no attributes":              {},
			"a bucket of nobody's":       object("a-stranger", "uploads/"+id, "1"),
			"the vault":                  object(w.Vaults[1], "uploads/"+id, "1"),
			"no generation":              object(w.Acme.Bucket, prefix+"uploads/"+id, "x"),
			"a tenant that is none":      object(w.Acme.Bucket, "tn-0000000000/uploads/"+id, "1"),
			"another tenant's bucket":    object(w.Vaults[2], w.Acme.ID.String()+"/uploads/"+id, "1"),
			"a silo by its name as pool": object("x", w.Acme.ID.String()+"/uploads/"+id, "1"),
		} {
			before := len(parked(t, w))
			if status, body := s.Push(t, setup.Push, objects, nil, attributes); status != http.StatusNoContent {
				t.Errorf("%s is answered %d %v", what, status, body)
			}
			if n := len(parked(t, w)); n != before+1 {
				t.Errorf("%s: %d messages are parked, want %d", what, n, before+1)
			}
		}

		ticket := func(upload string, generation int64, of vendingtest.Tenant) string {
			text, err := w.Outbox.Tickets.Make(events.Ticket{Tenant: of.ID, Upload: upload, Generation: generation})
			check(t, err)
			return text
		}
		moved := func(upload string, generation int64, ticket string) []byte {
			return marshal(t, events.Event{Type: events.InspectionMoved, Tenant: w.Acme.ID, Time: time.Now(), Data: events.Data{
				Upload: upload, Attempt: 1, Generation: generation, Ticket: ticket, Moved: &events.Moved{Step: events.Done, Verdict: events.Clean},
			}})
		}
		for what, data := range map[string][]byte{
			"no event":                      []byte("{}"),
			"no JSON":                       []byte("x"),
			"no ticket":                     moved(other, f.Generation, "x"),
			"a ticket of another file":      moved(other, f.Generation, ticket(theirs, f.Generation, w.Globex)),
			"a ticket of what has not come": moved(other, f.Generation, ticket(other, 0, w.Acme)),
			"what the application says":     marshal(t, events.Event{Type: events.ObjectFinalized, Tenant: w.Acme.ID, Time: time.Now(), Data: events.Data{Upload: other, Attempt: 1, Generation: 1, Ticket: "x"}}),
		} {
			before := len(parked(t, w))
			if status, body := s.Push(t, setup.Push, inspections, data, nil); status != http.StatusNoContent {
				t.Errorf("%s is answered %d %v", what, status, body)
			}
			if n := len(parked(t, w)); n != before+1 {
				t.Errorf("%s: %d messages are parked, want %d", what, n, before+1)
			}
		}
		if f := editor.until(other, "there", func(file) bool { return true }); f.Inspection.State != "asked" {
			t.Errorf("a lie has changed a file: %+v", f)
		}

		// A ticket of globex's file and a verdict on it, under acme's name: it is globex's,
		// whatever is said. And a verdict on a generation that is not stored is none.
		g := newClient(t, s, w.Globex, w.Globex.Editor).until(theirs, "stored", func(f file) bool { return f.State == "stored" })
		if status, _ := s.Push(t, setup.Push, inspections, moved(theirs, g.Generation+1, ticket(theirs, g.Generation+1, w.Globex)), nil); status != http.StatusNoContent {
			t.Errorf("a verdict on another generation is answered %d", status)
		}
		if f := newClient(t, s, w.Globex, w.Globex.Editor).until(theirs, "there", func(file) bool { return true }); f.Inspection.State != "asked" {
			t.Errorf("a verdict on another generation counts: %+v", f)
		}
		if status, _ := s.Push(t, setup.Push, inspections, moved(theirs, g.Generation, ticket(theirs, g.Generation, w.Globex)), nil); status != http.StatusNoContent {
			t.Errorf("a verdict is answered %d", status)
		}
		newClient(t, s, w.Globex, w.Globex.Editor).untilInspection(theirs, "clean")

		// What comes late undoes nothing.
		late := marshal(t, events.Event{Type: events.InspectionMoved, Tenant: w.Globex.ID, Time: time.Now(), Data: events.Data{
			Upload: theirs, Attempt: 1, Generation: g.Generation, Ticket: ticket(theirs, g.Generation, w.Globex),
			Moved: &events.Moved{Step: events.Forwarding, Percent: 25},
		}})
		if status, _ := s.Push(t, setup.Push, inspections, late, nil); status != http.StatusNoContent {
			t.Errorf("a step that comes late is answered %d", status)
		}
		if f := newClient(t, s, w.Globex, w.Globex.Editor).until(theirs, "there", func(file) bool { return true }); f.Inspection.State != "clean" {
			t.Errorf("a step that came late undoes a verdict: %+v", f)
		}

		// An operator has a message read again that still cannot be.
		page, err := w.Queue.List(t.Context(), queue.Parked, "", 1)
		check(t, err)
		check(t, w.Queue.Release(t.Context(), page.Jobs[0].ID))
		before := len(parked(t, w))
		status, body := s.Worker.Send(t, s.Worker.Token(t, setup.Tick, s.Worker.Origin+app.TickPath))
		if status != http.StatusOK || body["parked"] != 1. || len(parked(t, w)) != before+1 {
			t.Errorf("reading it again: %d %v", status, body)
		}
	})
}

// TestWhoOpensFiles: the Adapter has the files that it holds a ticket for, of their generation, and
// no others. A ticket of a tenant that is suspended opens nothing.
func TestWhoOpensFiles(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	s := apptest.StartSite(t, w)
	s.Unplug(t)
	editor := newClient(t, s, w.Acme, w.Acme.Editor)
	id := editor.upload("a.txt", []byte("a"))
	pending, _ := editor.announce("b.txt", 1, "text/plain")
	f := editor.until(id, "stored", func(f file) bool { return f.State == "stored" })
	address := s.Worker.Origin + app.OpenPath
	token := s.Worker.Token(t, setup.Forwarding, address)
	open := func(of vendingtest.Tenant, upload string, generation int64) (int, map[string]any) {
		ticket, err := w.Outbox.Tickets.Make(events.Ticket{Tenant: of.ID, Upload: upload, Generation: generation})
		check(t, err)
		return s.Post(t, token, address, fmt.Appendf(nil, `{"ticket":%q}`, ticket))
	}
	if status, body := open(w.Acme, id, f.Generation); status != http.StatusOK || !strings.Contains(fmt.Sprint(body["url"]), "X-Goog-Signature") {
		t.Errorf("a ticket is answered %d", status)
	}
	for what, status := range map[string]int{
		"another generation": first(open(w.Acme, id, f.Generation+1)),
		"another tenant's":   first(open(w.Globex, id, f.Generation)),
		"no file":            first(open(w.Acme, "x", 1)),
	} {
		if status != http.StatusNotFound {
			t.Errorf("%s is answered %d", what, status)
		}
	}
	if status := first(open(w.Acme, pending, 1)); status != http.StatusConflict {
		t.Errorf("a file that has not arrived is answered %d", status)
	}
	for what, text := range map[string]string{"no ticket": `{"ticket":"x"}`, "a ticket of another kind": `{"ticket":"` + strings.Repeat("A", 100) + `"}`} {
		if status, _ := s.Post(t, token, address, []byte(text)); status != http.StatusForbidden {
			t.Errorf("%s is answered %d", what, status)
		}
	}
	now, err := w.Registry.Current(t.Context(), w.Acme.ID)
	check(t, err)
	_, err = w.Registry.Transition(t.Context(), w.Acme.ID, registry.Transition{From: tenant.Active, To: tenant.Suspended, Version: now.Version, By: "a test"})
	check(t, err)
	// The worker is another process, and hears of it within seconds. The bound is far more than
	// that.
	status := 0
	for end := time.Now().Add(time.Minute); status != http.StatusForbidden && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		status = first(open(w.Acme, id, f.Generation))
	}
	if status != http.StatusForbidden {
		t.Errorf("a ticket of a suspended tenant is answered %d", status)
	}
	page, err := w.Queue.List(t.Context(), queue.Leased, "", 0)
	if err != nil || len(page.Jobs) != 0 {
		t.Errorf("what opened files stays: %+v, %v", page.Jobs, err)
	}
}

func first(status int, _ map[string]any) int { return status }

// TestTwoRealms: in a whole run no account of Service A asks for anything of Service B's in the
// cloud, nor the other way round, and the Adapter asks for nothing but its own.
func TestTwoRealms(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	s := apptest.StartSite(t, w)
	editor := newClient(t, s, w.Acme, w.Acme.Editor)
	editor.untilInspection(editor.upload("a.txt", []byte("a")), "clean")
	own := map[string][]string{ // what an account asks for, by a part of the resource's name
		setup.Inspection.Email(vendingtest.Project): {"/databases/" + setup.InspectionDatabase, setup.InspectionBucket(vendingtest.Project)},
		setup.Forwarding.Email(vendingtest.Project): {"/databases/forwarding", "/topics/" + setup.InspectionsTopic},
	}
	seen := map[string]int{}
	for _, d := range w.Cloud.IAM().Decisions(1000) {
		account := d.Caller
		rooms, confined := own[account]
		resource := d.Resource
		inside := slices.ContainsFunc(rooms, func(r string) bool { return strings.Contains(resource, r) })
		seen[account]++
		if confined && !inside {
			t.Errorf("%s asks for %s on %s", account, d.Permission, resource)
		}
		if strings.Contains(account, "owner") || account == setup.Inspection.Email(vendingtest.Project) {
			continue
		}
		for _, room := range own[setup.Inspection.Email(vendingtest.Project)] {
			if strings.Contains(resource, room) {
				t.Errorf("%s asks for %s on %s, which is Service B's", account, d.Permission, resource)
			}
		}
	}
	for account := range own {
		if seen[account] == 0 {
			t.Errorf("%s has asked for nothing, so this looks at nothing: %v", account, seen)
		}
	}
}
