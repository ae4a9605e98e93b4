package attacks_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// travel is how long a revocation may take to another process, as documented; slack is for a
// machine under load.
const (
	travel = 5 * time.Second
	slack  = 5 * time.Second
)

// TestTwoProcesses: two processes of the real server on one cloud, as App Engine runs them. What is
// taken away through the one is gone there at once, and within 5 s in the other, where it is in use
// all the while.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	w := vendingtest.Start(t)
	acme, globex := w.Onboard(t, "acme", tenant.US), w.Onboard(t, "globex", tenant.EU)
	cfg := config(t, w)
	cfg.Limits = unlimited
	first, second := start(t, cfg), start(t, cfg)
	said := new(scroll)

	// Everybody signs in at the second process, and goes on using it in a page, in the API and in a
	// list in many parts.
	add := func(name string, role tenant.Role) vendingtest.Person {
		return w.Add(t, acme, name+"@acme.test", role)
	}
	demoted, ousted, disabled, leaver, stays := add("demoted", tenant.Admin), add("ousted", tenant.Viewer), add("disabled", tenant.Editor), add("leaver", tenant.Viewer), add("stays", tenant.Viewer)
	admin := first.as(t, said, acme.Admin)
	suspended := second.as(t, said, globex.Editor)
	key := admin.makeKey(t, "for a program")
	keyed := caller{t: t, said: said, origin: second.origin, who: "acme", tenant: "acme", token: key.Key}
	rolled := admin.makeKey(t, "to be rolled")
	old := caller{t: t, said: said, origin: second.origin, who: "acme", tenant: "acme", token: rolled.Key}
	witness := second.as(t, said, stays)

	for _, story := range []struct {
		name   string
		victim caller
		ask    func(c caller) exchange // what they go on asking
		take   func(c caller)          // through the first process
		status int                     // then
	}{
		{"a role", second.as(t, said, demoted), func(c caller) exchange { return c.api("GET", "/access", "") }, func(caller) {
			if x := admin.api("PATCH", "/users/"+demoted.ID.String(), `{"role":"viewer"}`); x.status != http.StatusOK {
				t.Fatalf("demoting: %v", x)
			}
		}, http.StatusUnauthorized},
		{"a person", second.as(t, said, disabled), list(t), func(caller) {
			first.do(order{Do: "disable", Tenant: acme.ID.String(), User: disabled.ID.String(), Token: admin.token})
		}, http.StatusUnauthorized},
		{"a session", second.as(t, said, leaver), func(c caller) exchange { return c.api("GET", "/uploads?limit=1", "") }, func(c caller) {
			c.origin = first.origin
			if x := c.api("DELETE", "/token", ""); x.status != http.StatusNoContent {
				t.Fatalf("signing out: %v", x)
			}
		}, http.StatusUnauthorized},
		{"a session, by an admin", second.as(t, said, ousted), func(c caller) exchange { return c.api("GET", "/uploads?limit=1", "") }, func(caller) {
			if x := admin.api("DELETE", "/users/"+ousted.ID.String()+"/sessions", ""); x.status != http.StatusNoContent {
				t.Fatalf("ending all sessions: %v", x)
			}
		}, http.StatusUnauthorized},
		{"an API key", keyed, func(c caller) exchange { return c.api("GET", "/users?limit=1", "") }, func(caller) {
			if x := admin.api("DELETE", "/keys/"+key.ID, ""); x.status != http.StatusNoContent {
				t.Fatalf("revoking the key: %v", x)
			}
		}, http.StatusUnauthorized},
		{"an API key, by a roll", old, func(c caller) exchange { return c.api("GET", "/users?limit=1", "") }, func(caller) {
			if x := admin.api("POST", "/keys/"+rolled.ID+"/roll", `{"overlap":"now"}`); x.status != http.StatusCreated {
				t.Fatalf("rolling the key: %v", x)
			}
		}, http.StatusUnauthorized},
		{"a tenant", suspended, func(c caller) exchange { return c.api("GET", "/uploads?limit=1", "") }, func(caller) {
			first.do(order{Do: "suspend", Tenant: globex.ID.String()})
		}, http.StatusForbidden},
	} {
		t.Run(story.name, func(t *testing.T) {
			there := story.victim
			here := there
			here.origin = first.origin
			for _, c := range []caller{here, there} {
				if x := story.ask(c); x.status != http.StatusOK {
					t.Fatalf("before, at %s: %v", c.origin, x)
				}
			}
			story.take(there)
			taken := time.Now()
			if x := story.ask(here); x.status != story.status {
				t.Errorf("where it was taken: %v, want %d", x, story.status)
			}
			for x := story.ask(there); x.status != story.status; x = story.ask(there) {
				if x.status != http.StatusOK {
					t.Fatalf("meanwhile: %v", x)
				}
				if time.Since(taken) > travel+slack {
					t.Fatalf("still in use in another process after %v", time.Since(taken))
				}
				time.Sleep(20 * time.Millisecond)
			}
			t.Logf("in the other process after %v", time.Since(taken).Round(10*time.Millisecond))
			for range 20 { // and it stays so
				if x := story.ask(there); x.status != story.status {
					t.Errorf("it came back: %v", x)
				}
			}
			if x := witness.api("GET", "/users?limit=1", ""); x.status != http.StatusOK {
				t.Errorf("somebody else pays for it: %v", x)
			}
		})
	}
	first.do(order{Do: "resume", Tenant: globex.ID.String()})
	t.Run("an API key in heavy use", func(t *testing.T) { revokedInUse(t, admin, first.origin, second.origin) })
	cutOff(t, w, witness)
}

// list asks for one part of a list after the other, from the beginning again at its end.
func list(t *testing.T) func(caller) exchange {
	next := ""
	return func(c caller) exchange {
		x := c.api("GET", "/users?limit=1&cursor="+next, "")
		if x.status == http.StatusOK {
			next = read[struct{ Next string }](t, x.body).Next
		}
		return x
	}
}

// cutOff: while the control plane cannot be read, what is known goes on for a while, and what is
// not is 503 and never let in; when it can be read again, all is well without a restart. That the
// silence is borne for 30 s and no longer is shown where the clock can be moved:
// revocation.TestRevocationsFailClosed.
func cutOff(t *testing.T, w *vendingtest.World, known caller) {
	broken := w.Cloud.Faults().Add(fault.Rule{
		Account: account("bulkhead-web"), Resource: "projects/" + vendingtest.Project + "/databases/platform", Code: codes.Unavailable,
	})
	late := time.Now().Add(30*time.Second + slack)
	for {
		x := known.api("GET", "/users?limit=1", "")
		if x.status == http.StatusServiceUnavailable && strings.Contains(x.body, `"unavailable"`) {
			break
		}
		if x.status != http.StatusOK {
			t.Fatalf("cut off: %v", x)
		}
		if time.Now().After(late) {
			t.Fatal("it does not fail closed")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if broken.Hits() == 0 {
		t.Error("the fault has struck nobody")
	}
	broken.Remove()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		x := known.api("GET", "/users?limit=1", "")
		if x.status == http.StatusOK {
			return
		}
		if x.status != http.StatusServiceUnavailable || time.Since(began) > time.Minute {
			t.Fatalf("after the fault: %v", x)
		}
	}
}
