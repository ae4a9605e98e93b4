package sessions_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/sessions"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

var platform = new(authpolicy.Policy).SessionLimits()

// TestRecords: a viewer's session is recorded in a silo and in a pool, under a document of their
// own: another viewer neither reads nor writes it.
func TestRecords(t *testing.T) {
	vendingtest.EachIsolation(t, func(t *testing.T, w *vendingtest.World) {
		ctx := t.Context()
		viewer, admin := w.Grant(t, w.Acme.Viewer), w.Grant(t, w.Acme.Admin)
		other := w.Grant(t, w.Add(t, w.Acme, "other@acme.test", tenant.Viewer))
		me := w.Acme.Viewer.ID
		use := sessions.Use{Agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/143.0", Address: "192.0.2.7"}
		if err := sessions.Begin(ctx, viewer, use); err != nil {
			t.Fatal(err)
		}
		use.Address = "192.0.2.8"
		if err := sessions.Note(ctx, viewer, use); err != nil {
			t.Fatal(err)
		}
		p := viewer.Principal()
		id := sessions.IDOf(p.Tenant(), me, p.SignedIn())
		for who, g := range map[string]vending.Grant{"the viewer": viewer, "an admin": admin} {
			all, err := sessions.List(ctx, g, me, platform)
			if err != nil || len(all) != 1 {
				t.Fatalf("%s sees %v, %v", who, all, err)
			}
			if s := all[0]; s.ID != id || s.Device != "Firefox on Linux" || s.Address != "192.0.2.8" || !s.Began.Equal(p.SignedIn()) || s.Way != p.Way() {
				t.Errorf("%s sees %+v", who, s)
			}
		}
		if parsed, err := sessions.ParseID(id.String()); err != nil || parsed != id {
			t.Errorf("the identifier reads as %v, %v", parsed, err)
		}
		if _, err := sessions.List(ctx, other, me, platform); !errors.Is(err, vending.ErrDenied) {
			t.Errorf("another viewer reads where they are signed in: %v", err)
		}
		if err := sessions.Forget(ctx, other, me, id); !errors.Is(err, vending.ErrDenied) {
			t.Errorf("another viewer forgets their session: %v", err)
		}
		if err := sessions.Forget(ctx, viewer, me, id); err != nil {
			t.Fatal(err)
		}
		if all, err := sessions.List(ctx, viewer, me, platform); err != nil || len(all) != 0 {
			t.Errorf("forgotten: %v, %v", all, err)
		}
	})
}

// TestOldRecordsMakeRoom: what is over is not listed, and the next sign-in forgets it; what was
// spoilt is refused and not skipped.
func TestOldRecordsMakeRoom(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	g := w.Grant(t, w.Acme.Editor)
	me := w.Acme.Editor.ID
	doc := g.Database().Collection("sessions").Doc(me.String())
	now := time.Now().UTC().Truncate(time.Second)
	stored := map[string]any{}
	add := func(began, seen time.Time, program bool) {
		stored[sessions.IDOf(g.Tenant(), me, began).String()] = map[string]any{
			"began": began, "seen": seen, "device": "x", "address": "", "way": "password", "program": program,
		}
	}
	add(now.Add(-30*time.Hour), now, false)                   // too old
	add(now.Add(-10*time.Hour), now.Add(-9*time.Hour), false) // idle
	add(now.Add(-11*time.Hour), now.Add(-9*time.Hour), true)  // a program's is not
	for i := range 80 {
		add(now.Add(-time.Hour-time.Duration(i)*time.Second), now, false)
	}
	if _, err := doc.Set(ctx, map[string]any{"sessions": stored}); err != nil {
		t.Fatal(err)
	}
	if all, err := sessions.List(ctx, g, me, platform); err != nil || len(all) != 81 {
		t.Errorf("%d are listed, %v", len(all), err)
	}
	if err := sessions.Begin(ctx, g, sessions.Use{}); err != nil {
		t.Fatal(err)
	}
	all, err := sessions.List(ctx, g, me, platform)
	if err != nil || len(all) != sessions.MaxSessions {
		t.Fatalf("after a sign-in: %d, %v", len(all), err)
	}
	if !all[0].Began.Equal(g.Principal().SignedIn()) {
		t.Errorf("the new one is not the first: %+v", all[0])
	}
	for _, bad := range []map[string]any{
		{"sessions": map[string]any{strings.Repeat("a", 24): map[string]any{"began": now, "seen": now, "way": "password"}}},
		{"sessions": strconv.Itoa(1)},
	} {
		if _, err := doc.Set(ctx, bad, firestore.MergeAll); err != nil {
			t.Fatal(err)
		}
		if _, err := sessions.List(ctx, g, me, platform); !errors.Is(err, document.ErrUnreadable) {
			t.Errorf("%v: %v, want ErrUnreadable", bad, err)
		}
	}
}
