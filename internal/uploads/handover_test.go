package uploads_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

func token(context.Context, string) (string, time.Time, error) {
	return "a token", time.Now().Add(time.Hour), nil
}

var errNoToken = errors.New("no token can be made")

func noToken(context.Context, string) (string, time.Time, error) { return "", time.Time{}, errNoToken }

// keep announces, sends and completes a file, and hands over what hand makes.
func keep(t *testing.T, r *uploads.Repository, hand uploads.Hand) uploads.Upload {
	t.Helper()
	u, signed, err := r.Create(t.Context(), uploads.Intent{Name: "a.txt", Size: 1}, hand)
	if err != nil {
		t.Fatal(err)
	}
	if resp, body := send(t, signed, "a"); resp.StatusCode != http.StatusOK {
		t.Fatalf("sending: %s %s", resp.Status, body)
	}
	if u, err = r.Complete(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	return u
}

// TestWhoAsksForAnInspection: the owner does, with a token, where files are inspected at all. What
// cannot be done changes nothing.
func TestWhoAsksForAnInspection(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	editor := sit(t, w, w.Acme.Editor)
	admin := sit(t, w, w.Acme.Admin)
	viewer := sit(t, w, w.Acme.Viewer)

	waits := keep(t, editor.Repository, noToken)
	if i := waits.Inspection; i.Progress != uploads.Waiting || !i.MayAsk {
		t.Errorf("a file whose token could not be made: %+v", i)
	}
	if _, err := editor.Inspect(ctx, waits.ID, noToken); !errors.Is(err, errNoToken) {
		t.Errorf("asking with no token: %v", err)
	}
	if _, err := admin.Inspect(ctx, waits.ID, token); !errors.Is(err, uploads.ErrNotOwner) {
		t.Errorf("another admin asks: %v", err)
	}
	if _, err := viewer.Inspect(ctx, waits.ID, token); !errors.Is(err, uploads.ErrForbidden) {
		t.Errorf("a viewer asks: %v", err)
	}
	if _, err := editor.Inspect(ctx, waits.ID, nil); !errors.Is(err, uploads.ErrNotOwner) {
		t.Errorf("somebody with nothing to hand over asks: %v", err)
	}
	if u, err := editor.Get(ctx, waits.ID); err != nil || u.Inspection != waits.Inspection {
		t.Errorf("what could not be done has changed something: %+v, %v", u.Inspection, err)
	}
	if u, err := editor.Inspect(ctx, waits.ID, token); err != nil || u.Inspection.Progress != uploads.Asked || u.Inspection.MayAsk {
		t.Errorf("its owner asks: %+v, %v", u.Inspection, err)
	}
	if _, err := editor.Inspect(ctx, waits.ID, token); !errors.Is(err, uploads.ErrInspected) {
		t.Errorf("its owner asks twice: %v", err)
	}

	// A file of before files were inspected.
	before := keep(t, editor.Repository, nil)
	if i := before.Inspection; i.Progress != uploads.NotAsked || !i.MayAsk {
		t.Errorf("a file that nobody asked for: %+v", i)
	}
	if u, err := editor.Inspect(ctx, before.ID, token); err != nil || u.Inspection.Progress != uploads.Asked {
		t.Errorf("its owner asks: %+v, %v", u.Inspection, err)
	}

	// Where no events are published, nobody would hear of it.
	w.Outbox = nil
	silent, err := w.NewMachine(t, vending.MachineConfig{}).Vend(ctx, w.Principal(t, w.Acme.Editor))
	if err != nil {
		t.Fatal(err)
	}
	quiet := uploads.NewRepository(silent)
	kept := keep(t, quiet, token)
	if kept.Inspection.Progress != uploads.NotAsked {
		t.Errorf("where nothing is published: %+v", kept.Inspection)
	}
	if _, err := quiet.Inspect(ctx, kept.ID, token); !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("asking where nothing is published: %v", err)
	}
}
