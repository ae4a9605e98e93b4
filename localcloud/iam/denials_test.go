package iam_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// ask is a question whose answer is recorded.
func (w *world) ask(caller, permission, where string, want codes.Code) {
	w.t.Helper()
	wantCode(w.t, caller+" "+permission+" "+where, w.Check(w.t.Context(), iam.Caller{Email: caller}, permission, database(where)), want)
}

// However many calls are allowed, the denials before them stay, over a restart too; nothing that is
// allowed is kept there.
func TestDenialsOutlastCallsAndRestarts(t *testing.T) {
	w := newWorld(t)
	friend, stranger := w.account("friend-of-all").Email, w.account("stranger").Email
	w.bind(projectHolder, &iampb.Binding{Role: "roles/datastore.user", Members: []string{"serviceAccount:" + friend}})
	w.ask(stranger, "datastore.entities.get", "theirs", codes.PermissionDenied)
	for i := range 2500 {
		w.ask(friend, "datastore.entities.get", fmt.Sprint("d", i), codes.OK)
	}
	w.ask(stranger, "datastore.entities.list", "theirs", codes.PermissionDenied)
	before := w.Denials()
	if len(before) != 2 || before[0].Permission != "datastore.entities.list" || before[1].Permission != "datastore.entities.get" {
		t.Fatalf("denials: %+v", before)
	}
	if permits := w.Permits(); len(permits) != 1000 || permits[0].Resource != database("d2499").Name {
		t.Errorf("%d permits, want the latest 1000", len(permits))
	}

	w.reopen() // nothing is closed in between but the database: a killed process leaves the file as it is
	if diff := cmp.Diff(before, w.Denials()); diff != "" {
		t.Errorf("after a restart (-before +after):\n%s", diff)
	}
	if n := len(w.Permits()); n != 0 {
		t.Errorf("%d permits after a restart", n)
	}
	w.ask(stranger, "datastore.entities.get", "theirs", codes.PermissionDenied)
	if d := w.Denials()[0]; d.Count != 2 || d.ID != before[1].ID || !d.First.Equal(before[1].First) {
		t.Errorf("the repeat after a restart is %+v", d)
	}
}

// Repeats are one line with a count, the first and the last time. Another caller, permission, place
// or reason is another.
func TestDenialsFold(t *testing.T) {
	w := newWorld(t)
	a, b := w.account("stranger-a").Email, w.account("stranger-b").Email
	began := w.now()
	for range 5 {
		w.ask(a, "datastore.entities.get", "theirs", codes.PermissionDenied)
	}
	w.advance(time.Hour)
	within := database("theirs")
	within.Name += "/documents/users/ann"
	wantCode(t, "a document", w.Check(t.Context(), iam.Caller{Email: a}, "datastore.entities.get", within), codes.PermissionDenied)
	w.ask(b, "datastore.entities.get", "theirs", codes.PermissionDenied)
	w.ask(a, "datastore.entities.list", "theirs", codes.PermissionDenied)
	w.ask(a, "datastore.entities.get", "others", codes.PermissionDenied)

	all := w.Denials()
	if len(all) != 4 {
		t.Fatalf("%d lines, want 4: %+v", len(all), all)
	}
	folded := all[3]
	if folded.Count != 6 || folded.Resource != within.Name || folded.Caller != a {
		t.Errorf("folded: %+v", folded)
	}
	if folded.First.Sub(began) > time.Minute || folded.Time.Sub(began) < time.Hour {
		t.Errorf("from %v to %v, begun %v", folded.First, folded.Time, began)
	}
}

// A caller who goes through many places pushes out its own denials, and nobody else's. What it
// names is bounded.
func TestDenialsAreBounded(t *testing.T) {
	w := newWorld(t)
	quiet, loud := w.account("quiet-one").Email, w.account("loud-one").Email
	w.ask(quiet, "datastore.entities.get", "theirs", codes.PermissionDenied)
	for i := range 1500 {
		w.ask(loud, "datastore.entities.get", fmt.Sprint(i, "-", strings.Repeat("ü", 3000)), codes.PermissionDenied)
	}
	check := func(when string) {
		t.Helper()
		all := w.Denials()
		if len(all) != 1000 || all[999].Caller != quiet {
			t.Errorf("%s: %d denials, the oldest of %s", when, len(all), all[len(all)-1].Caller)
		}
		if !strings.HasPrefix(all[0].Resource, database("1499").Name) || len(all[0].Resource) > 2048 || !strings.HasSuffix(all[0].Resource, "ü…") {
			t.Errorf("%s: the latest is of %d bytes: %.60q", when, len(all[0].Resource), all[0].Resource)
		}
	}
	check("at once")
	info, err := os.Stat(w.denialsFile())
	if err != nil || info.Size() > 12<<20 || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v bytes, mode %v, %v", info.Size(), info.Mode(), err)
	}
	w.reopen()
	check("after a restart")
}

// The file does not grow with repeats.
func TestDenialsFileIsCompacted(t *testing.T) {
	w := newWorld(t)
	a := w.account("stranger-a").Email
	for range 6000 {
		w.ask(a, "datastore.entities.get", "theirs", codes.PermissionDenied)
	}
	info, err := os.Stat(w.denialsFile())
	if err != nil || info.Size() > 1<<20+4096 {
		t.Errorf("%d bytes, %v", info.Size(), err)
	}
	w.reopen()
	if d := w.Denials(); len(d) != 1 || d[0].Count != 6000 {
		t.Errorf("%+v", d)
	}
}

// A line that was cut off takes only itself away, and the next denial does not run into it.
func TestDenialsFileCutOff(t *testing.T) {
	w := newWorld(t)
	a := w.account("stranger-a").Email
	w.ask(a, "datastore.entities.get", "theirs", codes.PermissionDenied)
	file, err := os.OpenFile(w.denialsFile(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"Seq":9,"Caller":"stran`); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	w.reopen()
	w.ask(a, "datastore.entities.get", "others", codes.PermissionDenied)
	w.reopen()
	if d := w.Denials(); len(d) != 2 || d[0].Resource != database("others").Name {
		t.Errorf("%+v", d)
	}
}

func (w *world) denialsFile() string { return filepath.Join(w.dir, "denials.jsonl") }
