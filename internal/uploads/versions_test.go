package uploads_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestVersions runs on one local cloud with two tenants, in silos and then in a pool.
func TestVersions(t *testing.T) {
	vendingtest.EachIsolation(t, func(t *testing.T, w *vendingtest.World) {
		for name, story := range map[string]func(*testing.T, *vendingtest.World){
			"one after the other":      versionsFollow,
			"one that never arrives":   versionUnsent,
			"two editors at once":      versionsRace,
			"made current again":       versionCurrent,
			"a verdict of an old one":  versionVerdict,
			"in the bin together":      versionsBinned,
			"one deleted for good":     versionDeleted,
			"as many as are kept":      versionsTrimmed,
			"nobody else's":            versionsDenied,
			"a deletion cut short":     versionsCutShort,
			"the file is gone by then": versionOfNothing,
		} {
			t.Run(name, func(t *testing.T) { story(t, w) })
		}
	})
}

// next announces and sends the next version of a file, and completes nothing.
func (d desk) next(t *testing.T, of uploads.Upload, content string) uploads.Upload {
	t.Helper()
	u, signed, err := d.Create(t.Context(), uploads.Intent{Size: int64(len(content)), Replaces: of.ID, Based: of.Revision}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, body := send(t, signed, content); resp.StatusCode != http.StatusOK {
		t.Fatalf("sending: %s %s", resp.Status, body)
	}
	return u
}

// replace stores the next version of a file.
func (d desk) replace(t *testing.T, of uploads.Upload, content string) uploads.Upload {
	t.Helper()
	u, err := d.Complete(t.Context(), d.next(t, of, content).ID)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// content downloads a file, or an earlier version.
func (d desk) content(t *testing.T, v uploads.Version) string {
	t.Helper()
	give := d.DownloadVersion
	if v.Current {
		give = d.Download
	}
	signed, err := give(t.Context(), v.ID, false)
	if err != nil {
		t.Errorf("version %d: %v", v.Version, err)
		return ""
	}
	_, body := send(t, signed, "")
	return body
}

// contents are those of all versions of a file, the newest first; that of the file in brackets.
func (d desk) contents(t *testing.T, of uploads.Upload) string {
	t.Helper()
	all, err := d.Versions(t.Context(), of.ID)
	if err != nil {
		t.Error(err)
	}
	var texts []string
	for _, v := range all {
		text := d.content(t, v)
		if v.Current {
			text = "[" + text + "]"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, " ")
}

func wantContents(t *testing.T, d desk, of uploads.Upload, want string) {
	t.Helper()
	if got := d.contents(t, of); got != want {
		t.Errorf("the versions are %q, want %q", got, want)
	}
}

// versionsFollow: each version takes the name and the folder of the one before, which no list has
// any more, and which can only be downloaded as what it is.
func versionsFollow(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor, viewer := sit(t, w, w.Acme.Editor), sit(t, w, w.Acme.Viewer)
	first := editor.store(t, "chapter.txt", "one")
	wantContents(t, viewer, first, "[one]")
	awaited := editor.next(t, first, "two")
	if _, err := editor.Get(ctx, first.ID); err != nil {
		t.Errorf("while the next one is awaited: %v", err)
	}
	folder := "book"
	first, err := editor.Move(ctx, first.ID, uploads.Change{Folder: &folder})
	if err != nil {
		t.Fatal(err)
	}
	second, err := editor.Complete(ctx, awaited.ID)
	if err != nil || second.Name != "chapter.txt" || second.Folder != "book" || second.Version != 2 || second.Revision != first.Revision+1 {
		t.Fatalf("%+v, %v", second, err)
	}
	if again, err := editor.Complete(ctx, awaited.ID); err != nil || again != second {
		t.Errorf("completed twice: %+v, %v", again, err)
	}
	third := editor.replace(t, second, "three")
	wantContents(t, viewer, third, "[three] two one")
	for what, q := range map[string]uploads.Query{
		"newest": {}, "by name": {Order: uploads.ByName}, "a search": {Search: "chapter"}, "a folder": {Folder: "book"},
	} {
		page, err := viewer.Find(ctx, q, uploads.Cursor{}, 0)
		n := 0
		for _, u := range page.Items {
			if u.Name == "chapter.txt" && u.ID == third.ID {
				n++
			} else if u.Name == "chapter.txt" {
				t.Errorf("%s: version %d is listed", what, u.Version)
			}
		}
		if err != nil || n != 1 {
			t.Errorf("%s: the file is there %d times, %v", what, n, err)
		}
	}
	name := "other.txt"
	for what, do := range map[string]func() error{
		"read":     func() error { _, err := editor.Get(ctx, first.ID); return err },
		"download": func() error { _, err := editor.Download(ctx, first.ID, true); return err },
		"move":     func() error { _, err := editor.Move(ctx, first.ID, uploads.Change{Name: &name}); return err },
		"complete": func() error { _, err := editor.Complete(ctx, first.ID); return err },
		"inspect":  func() error { _, err := editor.Inspect(ctx, first.ID, token); return err },
		"bin":      func() error { _, err := editor.Bin(ctx, first.ID); return err },
		"restore":  func() error { _, err := editor.Restore(ctx, first.ID); return err },
		"versions": func() error { _, err := editor.Versions(ctx, first.ID); return err },
		"replace": func() error {
			_, _, err := editor.Create(ctx, uploads.Intent{Size: 1, Replaces: first.ID}, nil)
			return err
		},
	} {
		want(t, what+" an earlier version", do(), uploads.ErrReplaced)
	}
	want(t, "delete an earlier version as if it were in the bin", editor.Delete(ctx, first.ID), uploads.ErrNotBinned)
	if err := uploads.DoArrived(ctx, editor.grant, marshal(t, uploads.Arrived{Upload: first.ID.String()})); err != nil {
		t.Errorf("the bucket tells of it: %v", err)
	}
	if err := uploads.DoSettle(ctx, editor.grant, nil); err != nil {
		t.Errorf("settling: %v", err)
	}
}

// versionUnsent: until the next version has arrived the file is the file, also when it never does.
func versionUnsent(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	file := editor.store(t, "a.txt", "one")
	u, _, err := editor.Create(t.Context(), uploads.Intent{Size: 3, Replaces: file.ID, Based: file.Revision}, nil)
	if err != nil {
		t.Fatal(err)
	}
	editor.edit(t, u, map[string]any{"created": time.Now().Add(-25 * time.Hour), "due": time.Now().Add(-time.Second)})
	if err := editor.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := editor.Get(t.Context(), file.ID); err != nil || got != file || editor.state(t, u) != "none" {
		t.Errorf("%+v, %v; the other is %s", got, err, editor.state(t, u))
	}
	// One that has arrived and was never completed is found by whoever settles.
	next := editor.next(t, file, "two")
	if err := editor.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantContents(t, editor, next, "[two] one")
}

// versionsRace: two editors replace one file. Whoever announces it on what is no more is told. Of
// two that are sent at once, one takes its place, and the other is a file of its own.
func versionsRace(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	one, other := sit(t, w, w.Acme.Editor), sit(t, w, w.Acme.Admin)
	for range 5 {
		file := one.store(t, "a.txt", "zero")
		sent := []uploads.Upload{one.next(t, file, "one"), other.next(t, file, "two")}
		var both sync.WaitGroup
		for i, d := range []desk{one, other} {
			both.Go(func() {
				var err error
				if sent[i], err = d.Complete(ctx, sent[i].ID); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		slices.SortFunc(sent, func(a, b uploads.Upload) int { return int(b.Version - a.Version) })
		if sent[0].Version != 2 || sent[1].Version != 1 {
			t.Errorf("versions %d and %d", sent[0].Version, sent[1].Version)
		}
		if all, err := one.Versions(ctx, sent[0].ID); err != nil || len(all) != 2 || all[1].ID != file.ID {
			t.Errorf("%+v, %v", all, err)
		}
		if all, err := one.Versions(ctx, sent[1].ID); err != nil || len(all) != 1 {
			t.Errorf("the file of its own: %+v, %v", all, err)
		}
		_, _, err := other.Create(ctx, uploads.Intent{Size: 1, Replaces: sent[0].ID, Based: file.Revision}, nil)
		want(t, "on what is no more", err, tenant.ErrStale)
	}
}

// versionCurrent: an earlier version is the file again, as the newest; nothing is lost. Of two who
// do it at once each is told what happened.
func versionCurrent(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor, admin := sit(t, w, w.Acme.Editor), sit(t, w, w.Acme.Admin)
	first := editor.store(t, "a.txt", "one")
	second := editor.replace(t, first, "two")
	name := "renamed.txt"
	second, err := editor.Move(ctx, second.ID, uploads.Change{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	back, err := admin.MakeCurrent(ctx, first.ID)
	if err != nil || back.ID != first.ID || back.Version != 3 || back.Name != name || back.Revision != second.Revision+1 {
		t.Fatalf("%+v, %v", back, err)
	}
	wantContents(t, editor, back, "[one] two")
	_, err = editor.MakeCurrent(ctx, first.ID)
	want(t, "once more", err, uploads.ErrNotFound)
	if found := walk(t, editor, uploads.Query{Search: "renamed"}, 50); len(found) != 1 {
		t.Errorf("found: %v", found)
	}

	third := editor.replace(t, back, "three")
	var errs [2]error
	var both sync.WaitGroup
	both.Go(func() { _, errs[0] = editor.MakeCurrent(ctx, first.ID) })
	both.Go(func() { _, errs[1] = admin.MakeCurrent(ctx, second.ID) })
	both.Wait()
	for _, err := range errs {
		if err != nil && !errors.Is(err, tenant.ErrStale) && !errors.Is(err, uploads.ErrNotFound) {
			t.Error(err)
		}
	}
	if editor.state(t, third) != "replaced" || errs[0] != nil && errs[1] != nil {
		t.Errorf("%v; the file that was is %s", errs, editor.state(t, third))
	}
	stored := 0
	for _, u := range []uploads.Upload{first, second, third} {
		if editor.state(t, u) == "stored" {
			stored++
		}
	}
	if stored != 1 {
		t.Errorf("%d of the versions are the file", stored)
	}
}

// versionVerdict: what the inspection says of a version that was replaced meanwhile is said of that
// version alone.
func versionVerdict(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor := sit(t, w, w.Acme.Editor)
	first := keep(t, editor.Repository, token)
	second := editor.replace(t, first, "two")
	if _, err := editor.Opened(ctx, first.ID, first.Generation); err != nil {
		t.Errorf("the Adapter opens it: %v", err)
	}
	if err := uploads.DoMoved(ctx, w.Job(t, uploads.MovedKind, w.Acme), marshal(t, moved(first, events.Moved{Step: events.Done, Verdict: events.Harmful}))); err != nil {
		t.Fatal(err)
	}
	if u, err := editor.Get(ctx, second.ID); err != nil || u.Inspection.Progress != uploads.NotAsked {
		t.Errorf("the file: %+v, %v", u.Inspection, err)
	}
	_, err := editor.DownloadVersion(ctx, first.ID, false)
	want(t, "downloading it", err, uploads.ErrHarmful)
	admin := sit(t, w, w.Acme.Admin)
	set, err := admin.SetSettings(ctx, 0, uploads.Settings{OnlyInspected: true}, uploads.MaxSize)
	if err != nil {
		t.Fatal(err)
	}
	_, err = editor.DownloadVersion(ctx, first.ID, true)
	want(t, "downloading it where only clean files are given out", err, uploads.ErrWithheld)
	if _, err := admin.SetSettings(ctx, set.Version, uploads.Settings{}, uploads.MaxSize); err != nil {
		t.Fatal(err)
	}
	back, err := editor.MakeCurrent(ctx, first.ID)
	if err != nil || back.Inspection.Progress != uploads.Harmful {
		t.Errorf("made current: %+v, %v", back.Inspection, err)
	}
}

// versionsBinned: all versions go into the bin as one thing, come back as one, and are deleted as
// one.
func versionsBinned(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor := sit(t, w, w.Onboard(t, "layers", tenant.EU).Editor)
	first := editor.store(t, "a.txt", "one")
	file := editor.replace(t, editor.replace(t, first, "two"), "three")
	if _, err := editor.Bin(ctx, file.ID); err != nil {
		t.Fatal(err)
	}
	if page, err := editor.Binned(ctx, uploads.BinCursor{}, 0); err != nil || len(page.Items) != 1 {
		t.Errorf("in the bin: %+v, %v", page, err)
	}
	_, err := editor.DownloadVersion(ctx, first.ID, true)
	want(t, "an earlier version in the bin", err, uploads.ErrNotFound)
	_, err = editor.MakeCurrent(ctx, first.ID)
	want(t, "making it current", err, uploads.ErrNotFound)
	if file, err = editor.Restore(ctx, file.ID); err != nil {
		t.Fatal(err)
	}
	wantContents(t, editor, file, "[three] two one")
	all, err := editor.Versions(ctx, file.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := editor.erase(t, file.ID); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if object, _, _ := editor.exists(t, v.Upload); object || editor.state(t, v.Upload) != "deleting" {
			t.Errorf("version %d is %s, object %v", v.Version, editor.state(t, v.Upload), object)
		}
	}
}

// versionsCutShort: the program ended after the file was deleted, and before its versions were.
func versionsCutShort(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	first := editor.store(t, "a.txt", "one")
	file := editor.replace(t, first, "two")
	if _, err := editor.record(file).Set(t.Context(), map[string]any{
		"state": "deleting", "file": first.ID.String(), "created": time.Now().Add(-25 * time.Hour), "due": time.Now().Add(-time.Second),
	}); err != nil {
		t.Fatal(err)
	}
	if err := uploads.DoSettle(t.Context(), w.Job(t, uploads.SettleKind, w.Acme), nil); err != nil {
		t.Fatal(err)
	}
	if object, _, _ := editor.exists(t, first); object || editor.state(t, first) != "deleting" || editor.state(t, file) != "none" {
		t.Errorf("the version is %s, object %v; the file is %s", editor.state(t, first), object, editor.state(t, file))
	}
}

// versionDeleted: one version is deleted for good, and the others stay.
func versionDeleted(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor := sit(t, w, w.Acme.Editor)
	first := editor.store(t, "a.txt", "one")
	second := editor.replace(t, first, "two")
	file := editor.replace(t, second, "three")
	if err := editor.DeleteVersion(ctx, first.ID); err != nil {
		t.Fatal(err)
	}
	wantContents(t, editor, file, "[three] two")
	if object, _, _ := editor.exists(t, first); object {
		t.Error("its object is still there")
	}
	want(t, "once more", editor.DeleteVersion(ctx, first.ID), uploads.ErrNotFound)
	want(t, "the file itself", editor.DeleteVersion(ctx, file.ID), uploads.ErrNotFound)
	wantContents(t, editor, editor.replace(t, file, "four"), "[four] three two")
}

// versionsTrimmed: the oldest goes when there are more than are kept.
func versionsTrimmed(t *testing.T, w *vendingtest.World) {
	editor := sit(t, w, w.Acme.Editor)
	first := editor.store(t, "a.txt", "0")
	file := first
	for n := range uploads.MaxVersions + 1 {
		file = editor.replace(t, file, fmt.Sprint(n+1))
	}
	all, err := editor.Versions(t.Context(), file.ID)
	if err != nil || len(all) != uploads.MaxVersions+1 || all[len(all)-1].Version != 2 {
		t.Errorf("%d versions, %v", len(all), err)
	}
	if object, _, _ := editor.exists(t, first); object || editor.state(t, first) != "deleting" {
		t.Errorf("the oldest is %s, object %v", editor.state(t, first), object)
	}
}

// versionsDenied: a viewer looks and downloads; another tenant's version is none.
func versionsDenied(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor, viewer, foreign := sit(t, w, w.Acme.Editor), sit(t, w, w.Acme.Viewer), sit(t, w, w.Globex.Editor)
	first := editor.store(t, "a.txt", "one")
	file := editor.replace(t, first, "two")
	wantContents(t, viewer, file, "[two] one")
	_, _, err := viewer.Create(ctx, uploads.Intent{Size: 1, Replaces: file.ID}, nil)
	want(t, "a viewer replaces", err, uploads.ErrForbidden)
	_, err = viewer.MakeCurrent(ctx, first.ID)
	want(t, "a viewer makes current", err, uploads.ErrForbidden)
	want(t, "a viewer deletes", viewer.DeleteVersion(ctx, first.ID), uploads.ErrForbidden)
	_, _, err = foreign.Create(ctx, uploads.Intent{Name: "a", Size: 1, Replaces: file.ID}, nil)
	want(t, "another tenant replaces", err, uploads.ErrNotFound)
	_, err = foreign.MakeCurrent(ctx, first.ID)
	want(t, "another tenant makes current", err, uploads.ErrNotFound)
	_, err = foreign.DownloadVersion(ctx, first.ID, true)
	want(t, "another tenant downloads", err, uploads.ErrNotFound)
	_, err = foreign.Versions(ctx, file.ID)
	want(t, "another tenant looks", err, uploads.ErrNotFound)
	want(t, "another tenant deletes", foreign.DeleteVersion(ctx, first.ID), uploads.ErrNotFound)
	wantContents(t, viewer, file, "[two] one")
}

// versionOfNothing: the file was put into the bin, or deleted for good, before its next version has
// arrived. What was sent is a file of its own, and nothing comes back.
func versionOfNothing(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor := sit(t, w, w.Acme.Editor)
	for what, do := range map[string]func(uploads.ID) error{
		"binned":  func(id uploads.ID) error { _, err := editor.Bin(ctx, id); return err },
		"deleted": func(id uploads.ID) error { return editor.erase(t, id) },
	} {
		file := editor.store(t, "a.txt", "one")
		next := editor.next(t, file, "two")
		if err := do(file.ID); err != nil {
			t.Fatal(err)
		}
		before := editor.state(t, file)
		got, err := editor.Complete(ctx, next.ID)
		if err != nil || got.Version != 1 || got.Name != "a.txt" || editor.state(t, file) != before {
			t.Errorf("%s: %+v, %v, and it is %s", what, got, err, editor.state(t, file))
		}
		wantContents(t, editor, got, "[two]")
	}
}
