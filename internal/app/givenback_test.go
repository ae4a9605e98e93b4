package app_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/app/apptest"
	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestTheAdapterGivesMessagesBack: a message that the Adapter cannot read is parked where operators
// see it, with the reason. It holds nothing up, and what an operator releases comes to the Adapter
// again as it was.
func TestTheAdapterGivesMessagesBack(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	s := apptest.StartSite(t, w)
	heard := subscribe(t, w, setup.UploadsTopic)
	push := func(data []byte) {
		t.Helper()
		if status, body := s.Push(t, setup.Push, s.Adapter+app.UploadsPath, data, nil); status != http.StatusNoContent {
			t.Errorf("it is answered %d %v", status, body)
		}
	}
	// until waits until so many messages are parked, and returns the newest of them by its reason.
	until := func(n int, why string) (id string) {
		t.Helper()
		var all []queue.Job
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			page, err := w.Queue.List(t.Context(), queue.Parked, "", 0)
			check(t, err)
			if all = page.Jobs; len(all) < n {
				continue
			}
			for _, j := range all {
				if strings.Contains(j.Error, "the Adapter cannot read it") && strings.Contains(j.Error, why) {
					return j.ID
				}
			}
		}
		t.Fatalf("%d messages are parked, want %d, one of them for %q: %+v", len(all), n, why, all)
		return ""
	}

	poison := []byte(`{"specversion":"1.0","id":"1","source":"/x","type":"app.bulkhead.upload.requested.v2"}`)
	push(poison)
	id := until(1, "of no tenant")
	push(bytes.Repeat([]byte("x"), 5<<10)) // which is more than is kept
	until(2, "not a CloudEvent")

	editor := newClient(t, s, w.Acme, w.Acme.Editor)
	file := editor.upload("a.txt", []byte("some text"))
	editor.untilInspection(file, "clean")
	heard(2) // of that file

	tick := func() {
		t.Helper()
		s.Worker.Send(t, s.Worker.Token(t, setup.Tick, s.Worker.Origin+app.TickPath))
	}
	check(t, w.Queue.Release(t.Context(), id))
	tick()
	if again := heard(1)[0]; !bytes.Equal(again, poison) {
		t.Errorf("what is published again is %s", again)
	}
	if again := until(2, "of no tenant"); again == id {
		t.Errorf("%s is parked still", id)
	}

	// One that was too long to be kept cannot be published again, and says so.
	check(t, w.Queue.Release(t.Context(), until(2, "not a CloudEvent")))
	tick()
	page, err := w.Queue.List(t.Context(), queue.Parked, "", 0)
	check(t, err)
	if len(page.Jobs) != 2 || !strings.Contains(page.Jobs[0].Error+page.Jobs[1].Error, "kept in part") {
		t.Errorf("%+v", page.Jobs)
	}
}
