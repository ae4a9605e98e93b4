package uploads_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestBin runs on one local cloud with two tenants, in silos and then in a pool.
func TestBin(t *testing.T) {
	vendingtest.EachIsolation(t, func(t *testing.T, w *vendingtest.World) {
		for name, story := range map[string]func(*testing.T, *vendingtest.World){
			"what each state allows":         binRules,
			"there and back":                 binAndRestore,
			"in no list but its own":         binIsElsewhere,
			"thirty days":                    binExpires,
			"a verdict in the bin":           binVerdict,
			"an inspection in the bin":       binInspection,
			"asked while it is binned":       binWhileInspecting,
			"two editors at once":            binRaces,
			"restored as it expires":         restoreRaces,
			"binned again":                   binnedAgain,
			"emptied":                        binEmptied,
			"emptied in pieces":              binEmptiedByJob,
			"nobody else's":                  binDenied,
			"a download that was signed":     binSigned,
			"a record that cannot be read":   binUnreadable,
			"what an earlier version stored": binOfBefore,
		} {
			t.Run(name, func(t *testing.T) { story(t, w) })
		}
	})
}

// state is what the record says, or "none".
func (d desk) state(t *testing.T, u uploads.Upload) string {
	t.Helper()
	snap, _ := d.record(u).Get(t.Context())
	if !snap.Exists() {
		return "none"
	}
	state, err := snap.DataAt("state")
	if err != nil {
		t.Fatal(err)
	}
	return state.(string)
}

// bin stores a file and puts it into the bin.
func (d desk) bin(t *testing.T, name string) uploads.Upload {
	t.Helper()
	u := d.store(t, name, "hello")
	if _, err := d.Bin(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	return u
}

// moved tells what the Adapter has to say of the first attempt to inspect a file.
func moved(u uploads.Upload, m events.Moved) events.Data {
	return events.Data{Upload: u.ID.String(), Attempt: 1, Generation: u.Generation, Moved: &m}
}

// binRules: each action in each state, what it answers, and which state follows.
func binRules(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	states := map[string]func() uploads.Upload{
		"pending": func() uploads.Upload { u, _ := editor.announce(t, "a.txt", "", "hello"); return u },
		"stored":  func() uploads.Upload { return editor.store(t, "a.txt", "hello") },
		"binned":  func() uploads.Upload { return editor.bin(t, "a.txt") },
		"deleting": func() uploads.Upload {
			u := editor.bin(t, "a.txt")
			if err := editor.Delete(t.Context(), u.ID); err != nil {
				t.Fatal(err)
			}
			return u
		},
		"none": func() uploads.Upload { return uploads.Upload{ID: uploads.NewID()} },
	}
	type outcome struct {
		err  error
		then string
	}
	missing, gone := outcome{uploads.ErrNotFound, "none"}, outcome{uploads.ErrNotFound, "deleting"}
	inBin := outcome{uploads.ErrBinned, "binned"}
	name := "b.txt"
	for action, tt := range map[string]struct {
		do   func(context.Context, uploads.Upload) error
		want map[string]outcome
	}{
		"bin": {
			func(ctx context.Context, u uploads.Upload) error { _, err := editor.Bin(ctx, u.ID); return err },
			map[string]outcome{"pending": {nil, "deleting"}, "stored": {nil, "binned"}, "binned": {nil, "binned"}, "deleting": {nil, "deleting"}, "none": missing},
		},
		"restore": {
			func(ctx context.Context, u uploads.Upload) error { _, err := editor.Restore(ctx, u.ID); return err },
			map[string]outcome{"pending": {nil, "pending"}, "stored": {nil, "stored"}, "binned": {nil, "stored"}, "deleting": gone, "none": missing},
		},
		"delete for good": {
			func(ctx context.Context, u uploads.Upload) error { return editor.Delete(ctx, u.ID) },
			map[string]outcome{
				"pending": {uploads.ErrNotBinned, "pending"}, "stored": {uploads.ErrNotBinned, "stored"}, "binned": {nil, "deleting"}, "deleting": {nil, "deleting"}, "none": missing,
			},
		},
		"read": {
			func(ctx context.Context, u uploads.Upload) error { _, err := editor.Get(ctx, u.ID); return err },
			map[string]outcome{"pending": {nil, "pending"}, "stored": {nil, "stored"}, "binned": inBin, "deleting": gone, "none": missing},
		},
		"read in the bin": {
			func(ctx context.Context, u uploads.Upload) error { _, err := editor.GetBinned(ctx, u.ID); return err },
			map[string]outcome{
				"pending": {uploads.ErrNotBinned, "pending"}, "stored": {uploads.ErrNotBinned, "stored"}, "binned": {nil, "binned"}, "deleting": gone, "none": missing,
			},
		},
		"complete": {
			func(ctx context.Context, u uploads.Upload) error { _, err := editor.Complete(ctx, u.ID); return err },
			map[string]outcome{"pending": {uploads.ErrNotUploaded, "pending"}, "stored": {nil, "stored"}, "binned": inBin, "deleting": gone, "none": missing},
		},
		"download": {
			func(ctx context.Context, u uploads.Upload) error {
				_, err := editor.Download(ctx, u.ID, true)
				return err
			},
			map[string]outcome{"pending": {uploads.ErrNotUploaded, "pending"}, "stored": {nil, "stored"}, "binned": inBin, "deleting": gone, "none": missing},
		},
		"move": {
			func(ctx context.Context, u uploads.Upload) error {
				_, err := editor.Move(ctx, u.ID, uploads.Change{Name: &name})
				return err
			},
			map[string]outcome{"pending": {nil, "pending"}, "stored": {nil, "stored"}, "binned": inBin, "deleting": gone, "none": missing},
		},
		"inspect": {
			func(ctx context.Context, u uploads.Upload) error {
				_, err := editor.Inspect(ctx, u.ID, token)
				return err
			},
			map[string]outcome{"pending": {uploads.ErrNotUploaded, "pending"}, "stored": {nil, "stored"}, "binned": inBin, "deleting": gone, "none": missing},
		},
		"sign parts": {
			func(ctx context.Context, u uploads.Upload) error {
				_, err := editor.SignParts(ctx, u.ID, []int{1})
				return err
			},
			map[string]outcome{"pending": {uploads.ErrNoParts, "pending"}, "stored": {uploads.ErrNoParts, "stored"}, "binned": inBin, "deleting": gone, "none": missing},
		},
		"ask for parts": {
			func(ctx context.Context, u uploads.Upload) error { _, _, err := editor.Arrived(ctx, u.ID); return err },
			map[string]outcome{"pending": {uploads.ErrNoParts, "pending"}, "stored": {uploads.ErrNoParts, "stored"}, "binned": inBin, "deleting": gone, "none": missing},
		},
		"the Adapter opens it": {
			func(ctx context.Context, u uploads.Upload) error {
				_, err := editor.Opened(ctx, u.ID, u.Generation)
				return err
			},
			map[string]outcome{"pending": {uploads.ErrNotUploaded, "pending"}, "stored": {nil, "stored"}, "binned": {nil, "binned"}, "deleting": gone, "none": missing},
		},
		"the Adapter opens another generation": {
			func(ctx context.Context, u uploads.Upload) error {
				_, err := editor.Opened(ctx, u.ID, u.Generation+1)
				return err
			},
			map[string]outcome{
				"pending": {uploads.ErrNotUploaded, "pending"}, "stored": {uploads.ErrNotFound, "stored"}, "binned": {uploads.ErrNotFound, "binned"}, "deleting": gone, "none": missing,
			},
		},
		"the Adapter tells of it": {
			func(ctx context.Context, u uploads.Upload) error {
				return uploads.DoMoved(ctx, editor.grant, marshal(t, moved(u, events.Moved{Step: events.Inspecting})))
			},
			map[string]outcome{"pending": {nil, "pending"}, "stored": {nil, "stored"}, "binned": {nil, "binned"}, "deleting": {nil, "deleting"}, "none": {nil, "none"}},
		},
		"the bucket tells of it": {
			func(ctx context.Context, u uploads.Upload) error {
				return uploads.DoArrived(ctx, editor.grant, marshal(t, uploads.Arrived{Upload: u.ID.String()}))
			},
			map[string]outcome{"pending": {nil, "pending"}, "stored": {nil, "stored"}, "binned": {nil, "binned"}, "deleting": {nil, "deleting"}, "none": {nil, "none"}},
		},
		"settle": {
			func(ctx context.Context, _ uploads.Upload) error { return uploads.DoSettle(ctx, editor.grant, nil) },
			map[string]outcome{"pending": {nil, "pending"}, "stored": {nil, "stored"}, "binned": {nil, "binned"}, "deleting": {nil, "deleting"}, "none": {nil, "none"}},
		},
	} {
		for state, prepare := range states {
			u := prepare()
			err := tt.do(t.Context(), u)
			if want := tt.want[state]; !errors.Is(err, want.err) || err != nil && want.err == nil || editor.state(t, u) != want.then {
				t.Errorf("%s, %s: %v, then %s; want %v, then %s", state, action, err, editor.state(t, u), want.err, want.then)
			}
		}
	}
}

// binAndRestore: the file is as it was, but for its revision. What is done twice is done once.
func binAndRestore(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor, admin := sit(t, w, w.Acme.Editor), sit(t, w, w.Acme.Admin)
	u := editor.store(t, "plan.txt", "hello")
	folder := "plans/2026"
	u, err := editor.Move(ctx, u.ID, uploads.Change{Folder: &folder})
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	b, err := admin.Bin(ctx, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	if b.Upload != u || b.By != w.Acme.Admin.Email || b.At.Before(before.Truncate(time.Second)) || b.Due != b.At.Add(uploads.BinTime) {
		t.Errorf("%+v", b)
	}
	if again, err := editor.Bin(ctx, u.ID); err != nil || again != b {
		t.Errorf("put there once more: %+v, %v", again, err)
	}
	if object, _, _ := editor.exists(t, u); !object {
		t.Error("the object is gone")
	}

	back, err := editor.Restore(ctx, u.ID)
	expected := u
	expected.Revision++
	if err != nil || back != expected {
		t.Fatalf("restored: %+v, %v; want %+v", back, err, expected)
	}
	if again, err := editor.Restore(ctx, u.ID); err != nil || again != back {
		t.Errorf("restored once more: %+v, %v", again, err)
	}
	top := ""
	_, err = editor.Move(ctx, u.ID, uploads.Change{Folder: &top, Based: u.Revision})
	want(t, "a change that is based on what it was before", err, tenant.ErrStale)
	if found := walk(t, editor, uploads.Query{Search: "plan", Folder: folder, Order: uploads.ByName}, 50); !slices.Equal(found, []string{"plan.txt"}) {
		t.Errorf("found: %v", found)
	}
	signed, err := editor.Download(ctx, u.ID, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, body := send(t, signed, ""); body != "hello" {
		t.Errorf("downloaded %q", body)
	}
}

// binIsElsewhere: no list, search or folder has what is in the bin. The bin has it, those that were
// put there last first.
func binIsElsewhere(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	at := w.Onboard(t, "binners", tenant.US)
	editor, viewer := sit(t, w, at.Editor), sit(t, w, at.Viewer)
	var last []string
	folder := "old"
	for i := range 5 {
		u := editor.store(t, fmt.Sprint("minutes ", i, ".txt"), "hello")
		if _, err := editor.Move(ctx, u.ID, uploads.Change{Folder: &folder}); err != nil {
			t.Fatal(err)
		}
		if _, err := editor.Bin(ctx, u.ID); err != nil {
			t.Fatal(err)
		}
		last = append([]string{u.Name}, last...)
	}
	editor.store(t, "kept.txt", "hello")
	for what, q := range map[string]uploads.Query{
		"newest": {}, "by name": {Order: uploads.ByName}, "largest": {Order: uploads.Largest}, "a search": {Search: "minutes"}, "a folder": {Folder: "old"},
	} {
		for _, name := range walk(t, viewer, q, 1) {
			if name != "kept.txt" {
				t.Errorf("%s: %s", what, name)
			}
		}
		if page, err := viewer.Find(ctx, q, uploads.Cursor{}, 1); err != nil || !page.Next.IsZero() {
			t.Errorf("%s: %+v, %v: what is in the bin takes a place", what, page, err)
		}
	}
	if folders, _, err := viewer.Folders(ctx, "", "", 0); err != nil || len(folders) > 0 {
		t.Errorf("folders: %v, %v", folders, err)
	}
	for limit := 1; limit <= 6; limit++ {
		var got []string
		for cursor := (uploads.BinCursor{}); ; {
			page, err := viewer.Binned(ctx, cursor, limit)
			if err != nil || len(page.Items) > limit {
				t.Fatalf("%d in a part of %d, %v", len(page.Items), limit, err)
			}
			for _, b := range page.Items {
				got = append(got, b.Name)
			}
			if page.Next.IsZero() {
				break
			}
			if cursor, err = uploads.ParseBinCursor(page.Next.String()); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(last, got); diff != "" {
			t.Errorf("in parts of %d (-want +got):\n%s", limit, diff)
		}
	}
	if _, err := uploads.ParseBinCursor("x"); !errors.Is(err, uploads.ErrInvalid) {
		t.Errorf("a cursor that is none: %v", err)
	}
}

// binExpires: after thirty days the file is deleted, its object included, and not a moment before.
func binExpires(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	u, early := editor.bin(t, "a.txt"), editor.bin(t, "b.txt")
	editor.edit(t, u, map[string]any{
		"due": time.Now().Add(-time.Second), "was": map[string]any{"created": time.Now().Add(-40 * 24 * time.Hour)},
	})
	editor.edit(t, early, map[string]any{"due": time.Now().Add(time.Hour)})
	for range 2 { // once for the file, once for what its deletion leaves behind
		if err := uploads.DoSettle(t.Context(), w.Job(t, uploads.SettleKind, w.Acme), nil); err != nil {
			t.Fatal(err)
		}
	}
	if object, place, record := editor.exists(t, u); object || place || record {
		t.Errorf("left behind: object %v, its place %v, record %v", object, place, record)
	}
	_, err := editor.Restore(t.Context(), u.ID)
	want(t, "restoring what is gone", err, uploads.ErrNotFound)
	if object, _, _ := editor.exists(t, early); !object || editor.state(t, early) != "binned" {
		t.Error("gone before its time")
	}
}

// binDenied: a viewer looks and changes nothing, and another tenant's bin is no bin.
func binDenied(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor, viewer, foreign := sit(t, w, w.Acme.Editor), sit(t, w, w.Acme.Viewer), sit(t, w, w.Globex.Editor)
	stored, u := editor.store(t, "a.txt", "hello"), editor.bin(t, "secret.txt")
	for who, tt := range map[string]struct {
		desk
		want error
	}{"a viewer": {viewer, uploads.ErrForbidden}, "another tenant": {foreign, uploads.ErrNotFound}} {
		_, err := tt.Bin(ctx, stored.ID)
		want(t, who+" bins", err, tt.want)
		_, err = tt.Restore(ctx, u.ID)
		want(t, who+" restores", err, tt.want)
		want(t, who+" deletes", tt.Delete(ctx, u.ID), tt.want)
	}
	_, _, err := viewer.Empty(ctx)
	want(t, "a viewer empties", err, uploads.ErrForbidden)
	if _, err := viewer.record(u).Set(ctx, map[string]any{}); !errors.Is(err, vending.ErrReadOnly) {
		t.Errorf("a viewer past the repository: %v", err)
	}
	if _, _, err := foreign.Empty(ctx); err != nil {
		t.Fatal(err)
	}
	if page, err := foreign.Binned(ctx, uploads.BinCursor{}, 0); err != nil || slices.ContainsFunc(page.Items, func(b uploads.Binned) bool { return b.ID == u.ID }) {
		t.Errorf("another tenant's bin: %+v, %v", page, err)
	}
	if page, err := viewer.Binned(ctx, uploads.BinCursor{}, 0); err != nil || !slices.ContainsFunc(page.Items, func(b uploads.Binned) bool { return b.ID == u.ID }) {
		t.Errorf("a viewer looks: %+v, %v", page, err)
	}
}

// binSigned: a download that was signed before the file was put into the bin works for the rest of
// its minute, and not once the file is deleted for good. What would send the file again is refused.
func binSigned(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor := sit(t, w, w.Acme.Editor)
	u, sent := editor.put(t, "a.txt", "hello")
	if _, err := editor.Complete(ctx, u.ID); err != nil {
		t.Fatal(err)
	}
	signed, err := editor.Download(ctx, u.ID, false)
	if err != nil {
		t.Fatal(err)
	}
	if signed.Expires.After(time.Now().Add(time.Minute)) {
		t.Errorf("it lives until %v", signed.Expires)
	}
	if _, err := editor.Bin(ctx, u.ID); err != nil {
		t.Fatal(err)
	}
	if resp, body := send(t, signed, ""); resp.StatusCode != http.StatusOK || body != "hello" {
		t.Errorf("within its minute: %s %q", resp.Status, body)
	}
	if resp, _ := send(t, sent, "HELLO"); resp.StatusCode != http.StatusPreconditionFailed {
		t.Errorf("sending it again: %s", resp.Status)
	}
	if err := editor.Delete(ctx, u.ID); err != nil {
		t.Fatal(err)
	}
	if resp, body := send(t, signed, ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("once it is deleted for good: %s %q", resp.Status, body)
	}
}

// binUnreadable: a record of the bin without its file stops neither the list nor the queue, is
// neither restored nor taken for anything, and can be deleted.
func binUnreadable(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor := sit(t, w, w.Onboard(t, "spoiling", tenant.EU).Editor)
	good := editor.bin(t, "good.txt")
	spoilt := uploads.Upload{ID: uploads.NewID()}
	editor.edit(t, spoilt, map[string]any{"state": "binned", "binned": time.Now(), "due": time.Now().Add(time.Hour)})
	if page, err := editor.Binned(ctx, uploads.BinCursor{}, 1); err != nil || len(page.Items) != 1 || page.Items[0].ID != good.ID {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := editor.Restore(ctx, spoilt.ID); err == nil || errors.Is(err, uploads.ErrNotBinned) {
		t.Errorf("restoring it: %v", err)
	}
	if n, _, err := editor.Empty(ctx); n != 2 || err != nil {
		t.Errorf("%d are deleted, %v", n, err)
	}
}

// binOfBefore: a record of before files were found by name goes into the bin and comes back.
func binOfBefore(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor := sit(t, w, w.Acme.Editor)
	u := uploads.Upload{ID: uploads.NewID()}
	editor.edit(t, u, map[string]any{
		"name": "ancient.txt", "size": 5, "contentType": "text/plain", "state": "stored", "generation": 7, "owner": w.Acme.Editor.ID.String(),
		"created": time.Now().Add(-time.Hour), "stored": time.Now().Add(-time.Hour),
	})
	if _, err := editor.Bin(ctx, u.ID); err != nil {
		t.Fatal(err)
	}
	if back, err := editor.Restore(ctx, u.ID); err != nil || back.Name != "ancient.txt" || back.Generation != 7 || back.Revision != 2 {
		t.Errorf("%+v, %v", back, err)
	}
	if found := walk(t, editor, uploads.Query{Search: "ancient"}, 50); !slices.Equal(found, []string{"ancient.txt"}) {
		t.Errorf("found: %v", found)
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
