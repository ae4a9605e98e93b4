package uploads_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestFind: files are listed in each order, by folder, and by beginnings of words of their names.
func TestFind(t *testing.T) { vendingtest.EachIsolation(t, testFind) }

func testFind(t *testing.T, w *vendingtest.World) {
	at := w.Onboard(t, "finders", tenant.US)
	editor, viewer := sit(t, w, at.Editor), sit(t, w, at.Viewer)
	for _, i := range []uploads.Intent{
		{Name: "Zeta report 2026.pdf", Size: 5}, {Name: "alpha.txt", Folder: "a/b", Size: 30}, {Name: "ＢＥＴＡ Straße.txt", Folder: "a", Size: 10},
		{Name: "Alpha.txt", Folder: "a-x", Size: 20}, {Name: "gamma.txt", Folder: "a/b", Size: 1}, {Name: "re\u0301sume\u0301.doc", Folder: "c/d/e", Size: 2},
	} {
		if _, _, err := editor.Create(t.Context(), i, nil); err != nil {
			t.Fatal(err)
		}
	}
	gone, _ := editor.announce(t, "alpha gone", "", "x")
	if err := editor.erase(t, gone.ID); err != nil {
		t.Fatal(err)
	}
	for what, tt := range map[string]struct {
		q    uploads.Query
		want []string
	}{
		"newest":             {uploads.Query{}, []string{"re\u0301sume\u0301.doc", "gamma.txt", "Alpha.txt", "ＢＥＴＡ Straße.txt", "alpha.txt", "Zeta report 2026.pdf"}},
		"largest":            {uploads.Query{Order: uploads.Largest}, []string{"alpha.txt", "Alpha.txt", "ＢＥＴＡ Straße.txt", "Zeta report 2026.pdf", "re\u0301sume\u0301.doc", "gamma.txt"}},
		"a folder":           {uploads.Query{Folder: "a/b"}, []string{"gamma.txt", "alpha.txt"}},
		"a folder, by name":  {uploads.Query{Folder: "a/b", Order: uploads.ByName}, []string{"alpha.txt", "gamma.txt"}},
		"a folder, by size":  {uploads.Query{Folder: "a/b", Order: uploads.Largest}, []string{"alpha.txt", "gamma.txt"}},
		"no such folder":     {uploads.Query{Folder: "b"}, nil},
		"another width":      {uploads.Query{Search: "beta"}, []string{"ＢＥＴＡ Straße.txt"}},
		"sharp s":            {uploads.Query{Search: "STRASS"}, []string{"ＢＥＴＡ Straße.txt"}},
		"composed":           {uploads.Query{Search: "rés", Order: uploads.ByName}, []string{"re\u0301sume\u0301.doc"}},
		"two words":          {uploads.Query{Search: "2026 rep", Order: uploads.Largest}, []string{"Zeta report 2026.pdf"}},
		"not both":           {uploads.Query{Search: "report 2027"}, nil},
		"within a folder":    {uploads.Query{Search: "alpha", Folder: "a/b"}, []string{"alpha.txt"}},
		"the end of a word":  {uploads.Query{Search: "eport"}, nil},
		"what was deleted":   {uploads.Query{Search: "gone"}, nil},
		"all of one, newest": {uploads.Query{Search: "txt"}, []string{"gamma.txt", "Alpha.txt", "ＢＥＴＡ Straße.txt", "alpha.txt"}},
	} {
		for _, limit := range []int{1, 2, 50} {
			if diff := cmp.Diff(tt.want, walk(t, viewer, tt.q, limit)); diff != "" {
				t.Errorf("%s, in parts of %d: want (-), got (+):\n%s", what, limit, diff)
			}
		}
	}
	byName := walk(t, viewer, uploads.Query{Order: uploads.ByName}, 2)
	if len(byName) != 6 || byName[2] != "ＢＥＴＡ Straße.txt" || byName[5] != "Zeta report 2026.pdf" {
		t.Errorf("by name: %v", byName)
	}
	for in, want := range map[string][]string{"": {"a", "a-x", "c"}, "a": {"a/b"}, "c": {"c/d"}, "a/b": nil} {
		if got := foldersIn(t, viewer, in, 0); !slices.Equal(got, want) {
			t.Errorf("folders in %q: %v", in, got)
		}
	}

	page, err := viewer.Find(t.Context(), uploads.Query{Order: uploads.ByName}, uploads.Cursor{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for what, q := range map[string]uploads.Query{
		"of another order": {}, "of another folder": {Order: uploads.ByName, Folder: "a"}, "of another search": {Order: uploads.ByName, Search: "a"},
	} {
		_, err := viewer.Find(t.Context(), q, page.Next, 1)
		want(t, "a cursor "+what, err, uploads.ErrInvalid)
	}
	for what, q := range map[string]uploads.Query{"no order": {Order: "created"}, "no folder": {Folder: "a//b"}, "no word": {Search: " - "}} {
		_, err := viewer.Find(t.Context(), q, uploads.Cursor{}, 1)
		want(t, what, err, uploads.ErrInvalid)
	}
	findsOld(t, editor)
}

// foldersIn walks through the folders in a folder, limit at a time.
func foldersIn(t *testing.T, d desk, in string, limit int) (all []string) {
	t.Helper()
	for after := ""; ; {
		part, next, err := d.Folders(t.Context(), in, after, limit)
		if err != nil || limit > 0 && len(part) > limit || next != "" && len(part) == 0 {
			t.Fatalf("folders in %q after %q: %v, %q, %v", in, after, part, next, err)
		}
		all = append(all, part...)
		if after = next; next == "" {
			slices.Sort(all)
			return all
		}
	}
}

// TestFolders: the folders of a folder come in parts, each folder once, whatever its name is and
// wherever its files are.
func TestFolders(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	editor, stranger := sit(t, w, w.Acme.Editor), sit(t, w, w.Globex.Editor)
	keep := func(d desk, name, folder string) {
		t.Helper()
		_, _, err := d.Create(t.Context(), uploads.Intent{Name: name, Folder: folder, Size: 1}, nil)
		want(t, folder, err, nil)
	}
	for n, folder := range []string{"a", "a-x", "a/b", "a/b/c", "b/deep/er", "b!", "b0", "b/deep", "c", "c d", "c/d", "c/d-e", "c/d/e", "\U0001F6A2/é", ""} {
		keep(editor, fmt.Sprint(n, ".txt"), folder)
	}
	keep(stranger, "theirs.txt", "theirs")
	for in, want := range map[string][]string{
		"": {"a", "a-x", "b", "b!", "b0", "c", "c d", "\U0001F6A2"}, "a": {"a/b"}, "b": {"b/deep"}, "b/deep": {"b/deep/er"},
		"c": {"c/d", "c/d-e"}, "c/d/e": nil, "none": nil, "theirs": nil,
	} {
		for limit := range 5 {
			if diff := cmp.Diff(want, foldersIn(t, editor, in, limit)); diff != "" {
				t.Errorf("folders in %q, %d at a time: want (-), got (+):\n%s", in, limit, diff)
			}
		}
	}
	for what, at := range map[string][2]string{"no folder": {"a//b", ""}, "no place": {"", "a//b"}, "a place elsewhere": {"a", "b/deep"}, "the folder itself": {"a", "a"}} {
		_, _, err := editor.Folders(t.Context(), at[0], at[1], 0)
		want(t, what, err, uploads.ErrInvalid)
	}
}

// findsOld: a record of before names could be found is listed, and is found once a job has settled.
func findsOld(t *testing.T, editor desk) {
	u, _ := editor.announce(t, "ancient scroll.txt", "", "x")
	_, err := editor.record(u).Update(t.Context(), []firestore.Update{
		{Path: "nameKey", Value: firestore.Delete}, {Path: "beginnings", Value: firestore.Delete}, {Path: "created", Value: time.Now().Add(-time.Hour)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if all := walk(t, editor, uploads.Query{}, 3); !slices.Contains(all, u.Name) {
		t.Errorf("the list of the newest: %v", all)
	}
	if got := walk(t, editor, uploads.Query{Search: "scroll"}, 3); len(got) != 0 {
		t.Errorf("found before: %v", got)
	}
	if err := uploads.DoSettle(t.Context(), editor.grant, nil); err != nil {
		t.Fatal(err)
	}
	for _, q := range []uploads.Query{{Search: "scroll"}, {Order: uploads.ByName}} {
		if got := walk(t, editor, q, 3); !slices.Contains(got, u.Name) {
			t.Errorf("found afterwards by %+v: %v", q, got)
		}
	}
}

// walk returns the names of a list, read in parts.
func walk(t *testing.T, d desk, q uploads.Query, limit int) (names []string) {
	t.Helper()
	for c := (uploads.Cursor{}); ; {
		page, err := d.Find(t.Context(), q, c, limit)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		for _, u := range page.Items {
			names = append(names, u.Name)
		}
		if page.Next.IsZero() {
			return names
		}
		if c, err = uploads.ParseCursor(page.Next.String()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPageCostsWhatItShows: by the local cloud's own count, the first page of many files reads as
// much as that of a hundred. BULKHEAD_FILES is how many there are: 400 unless it says otherwise.
func TestPageCostsWhatItShows(t *testing.T) { vendingtest.EachIsolation(t, pageCosts) }

func pageCosts(t *testing.T, w *vendingtest.World) {
	many := 400
	if s := os.Getenv("BULKHEAD_FILES"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		many = n
	}
	editor := sit(t, w, w.Acme.Editor)
	queries := map[string]uploads.Query{
		"newest": {}, "by name": {Order: uploads.ByName}, "largest": {Order: uploads.Largest},
		"a folder": {Folder: "in"}, "a search": {Search: "report"},
	}
	const page = 50
	made, reads := 0, map[string]int64{}
	for _, upTo := range []int{100, many} {
		for ; made < upTo; made++ {
			intent := uploads.Intent{Name: fmt.Sprintf("report %d.txt", made), Folder: "in", Size: int64(made + 1)}
			if _, err := editor.grant.Database().Collection("uploads").NewDoc().Create(t.Context(), uploads.Findable(intent, made)); err != nil {
				t.Fatal(err)
			}
		}
		for what, q := range queries {
			got := readsOf(t, editor, q, page)
			if upTo == 100 {
				reads[what] = got
			}
			if got > page+1 || got*5 > reads[what]*6 {
				t.Errorf("%s: the first page of %d files costs %d reads, that of 100 %d", what, upTo, got, reads[what])
			}
		}
	}
	t.Logf("reads of a page of %d: %v", page, reads)
}

// readsOf is what the local cloud counts for the first page.
func readsOf(t testing.TB, d desk, q uploads.Query, limit int) int64 {
	t.Helper()
	of, err := uploads.QueryOf(d.Repository, q)
	if err != nil {
		t.Fatal(err)
	}
	if q.Search != "" { // the local cloud explains no search in arrays: what is returned is what is read
		all, err := of.Limit(limit + 1).Documents(t.Context()).GetAll()
		if err != nil || len(all) != limit+1 {
			t.Fatalf("%+v: %d, %v", q, len(all), err)
		}
		return int64(len(all))
	}
	docs := of.Limit(limit + 1).WithRunOptions(firestore.ExplainOptions{Analyze: true}).Documents(t.Context())
	all, err := docs.GetAll()
	if err != nil || len(all) != limit+1 {
		t.Fatalf("%+v: %d, %v", q, len(all), err)
	}
	metrics, err := docs.ExplainMetrics()
	if err != nil {
		t.Fatal(err)
	}
	return metrics.ExecutionStats.ReadOperations
}
