package uploads_test

import (
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestMove: a file has another name and folder, and nothing of it moves.
func TestMove(t *testing.T) { vendingtest.EachIsolation(t, testMove) }

func testMove(t *testing.T, w *vendingtest.World) {
	editor, viewer, foreign := sit(t, w, w.Acme.Editor), sit(t, w, w.Acme.Viewer), sit(t, w, w.Globex.Editor)
	u := editor.store(t, "draft.txt", "hello")
	name, folder, top := "report.txt", "reports/2026", ""

	moved, err := editor.Move(t.Context(), u.ID, uploads.Change{Name: &name, Folder: &folder})
	if err != nil || moved.Name != name || moved.Folder != folder || moved.Generation != u.Generation || moved.Revision != u.Revision+1 {
		t.Fatalf("%+v, %v", moved, err)
	}
	signed, err := editor.Download(t.Context(), u.ID, false)
	if err != nil {
		t.Fatal(err)
	}
	resp, body := send(t, signed, "")
	if got := resp.Header.Get("Content-Disposition"); body != "hello" || !strings.Contains(got, name) {
		t.Errorf("downloaded %q as %q", body, got)
	}

	same, err := editor.Move(t.Context(), u.ID, uploads.Change{Name: &name})
	if err != nil || same.Revision != moved.Revision || same.Folder != folder {
		t.Errorf("the name that it has: %+v, %v", same, err)
	}
	_, err = editor.Move(t.Context(), u.ID, uploads.Change{Folder: &top, Based: u.Revision})
	want(t, "based on what was", err, tenant.ErrStale)
	up, err := editor.Move(t.Context(), u.ID, uploads.Change{Folder: &top, Based: moved.Revision})
	if err != nil || up.Folder != "" || up.Name != name {
		t.Errorf("to the top: %+v, %v", up, err)
	}

	for what, bad := range map[string]uploads.Change{
		"no name": {Name: new("")}, "a slash": {Name: new("a/b")}, "dots": {Folder: new("a/../b")}, "deep": {Folder: new(strings.Repeat("a/", 10) + "a")},
	} {
		_, err := editor.Move(t.Context(), u.ID, bad)
		want(t, what, err, uploads.ErrInvalid)
	}
	_, err = viewer.Move(t.Context(), u.ID, uploads.Change{Name: &name})
	want(t, "a viewer", err, uploads.ErrForbidden)
	_, err = foreign.Move(t.Context(), u.ID, uploads.Change{Name: &name})
	want(t, "another tenant's", err, uploads.ErrNotFound)
	if err := editor.erase(t, u.ID); err != nil {
		t.Fatal(err)
	}
	_, err = editor.Move(t.Context(), u.ID, uploads.Change{Name: &name})
	want(t, "deleted", err, uploads.ErrNotFound)
}
