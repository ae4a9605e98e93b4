package app_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/app/apptest"
	"github.com/bulkhead-saas/bulkhead/internal/inspection"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

func TestMain(m *testing.M) { apptest.Main(m) }

// stride keeps the test short. With 1 it takes a quarter of an hour.
var stride = flag.Int("stride", 60, "a process is killed before or after every `nth` step")

// doomed is a process, and the calls on the cloud at which it is killed: those that an account
// makes by a method.
type doomed struct {
	role, account, method string

	fresh bool // the account is called by a process that has just begun, and not again
}

// TestKilledAtEachStep: the worker, the Adapter and Service B are processes, and each is killed
// before and after each of its calls on the cloud, with a file on its way each time. Each file is
// stored and has its verdict in the end, once: Service B has one document of it, it counts once
// towards the quota, and nothing is left to do.
func TestKilledAtEachStep(t *testing.T) {
	w := vendingtest.TwoTenants(t, vendingtest.IdleTransactions(3*time.Second)) // those of the dead
	s := apptest.StartProcesses(t, w, func(c *inspection.Config) { c.Receiving.Lease = 2 * time.Second })
	f := &flow{
		t: t, site: s, editor: newClient(t, s, w.Acme, w.Acme.Editor), want: map[string]string{}, dead: map[string]bool{},
		acme: database(t, w, w.Acme.Database), worker: database(t, w, ""), adapter: database(t, w, location.AdapterDatabase),
	}
	for _, d := range []doomed{
		{app.RoleWorker, setup.Worker.Email(vendingtest.Project), "", false},
		{app.RoleWorker, setup.Vending.Email(vendingtest.Project), "", true},
		{app.RoleWorker, w.Acme.ServiceAccount, "/google.firestore.v1.Firestore/*", false},
		{app.RoleWorker, w.Acme.ServiceAccount, "/storage/v1/*", false},
		{app.RoleAdapter, setup.Forwarding.Email(vendingtest.Project), "", false},
		{apptest.InspectionRole, setup.Inspection.Email(vendingtest.Project), "", false},
	} {
		kills := 0
		for step := 0; f.killed(d, step/2+1, step%2 == 1); step += *stride {
			kills++
		}
		if t.Logf("%s as %s %s: killed %d times", d.role, d.account, d.method, kills); kills == 0 {
			t.Errorf("%s makes no call as %s %s", d.role, d.account, d.method)
		}
	}
	f.check()
}

// flow sends files from acme's editor to their verdicts.
type flow struct {
	t      *testing.T
	site   *apptest.Site
	editor client

	acme, worker, adapter *firestore.Client // of the project's owner, so that no call counts

	want  map[string]string // the verdict of each file, by its id
	bytes int64             // of all files
	dead  map[string]bool   // numbers of the processes that were killed
}

// database opens a database as the owner of the project. Empty: that of the platform.
func database(t *testing.T, w *vendingtest.World, name string) *firestore.Client {
	t.Helper()
	file := filepath.Join(t.TempDir(), "owner.json")
	check(t, os.WriteFile(file, w.Cloud.OwnerKey(), 0o600))
	p, err := platform.Open(t.Context(), platform.Config{Project: vendingtest.Project, Endpoints: w.Endpoints, KeyFile: file, Database: name})
	check(t, err)
	t.Cleanup(func() { check(t, p.Close()) })
	return p.Registry()
}

// killed sends a file, kills the process at its nth call, before or after it takes effect, starts
// it again, and waits for the verdict. It reports false if there is no nth call.
func (f *flow) killed(d doomed, n int, after bool) bool {
	f.t.Helper()
	content, verdict := fmt.Sprintf("%s %d %t", d.role, n, after), "clean"
	if n%2 == 0 {
		content, verdict = eicar, "harmful"
	}
	p := f.site.Processes[d.role]
	if d.fresh {
		f.again(p)
	}
	var nth *fault.Fault
	faults := f.site.World.Cloud.Faults()
	arm := func() {
		if n > 1 {
			faults.Add(fault.Rule{Account: d.account, Method: d.method, Times: n - 1}) // they pass
		}
		// The call hangs until the process is dead.
		nth = faults.Add(fault.Rule{Account: d.account, Method: d.method, Delay: time.Minute, Cut: true, After: after, Times: 1})
	}
	shared := d.account == f.site.World.Acme.ServiceAccount // by the application, which announces as the tenant
	if !shared {
		arm()
	}
	id, to := f.editor.announce(fmt.Sprint(len(f.want), ".txt"), len(content), "text/plain")
	f.want[id], f.bytes = verdict, f.bytes+int64(len(content))
	if shared {
		arm()
	}
	f.editor.send(to, []byte(content))
	for begun := time.Now(); nth.Hits() == 0 && !f.inspected(id); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > 3*time.Second { // a request met a connection of the dead, and what it was for is to be tried again
			f.tick(id, time.Since(begun))
		}
	}
	hit := nth.Hits() > 0
	if hit {
		f.again(p)
	}
	faults.Clear()
	for begun := time.Now(); !f.inspected(id); time.Sleep(50 * time.Millisecond) {
		if time.Since(begun) > 2*time.Minute {
			f.t.Fatalf("%s as %s %s was killed at call %d, after it: %t: %s has no verdict", d.role, d.account, d.method, n, after, id)
		}
		f.tick(id, time.Since(begun))
	}
	return hit
}

// again kills the process and starts it, in a cloud that lets all calls pass.
func (f *flow) again(p *apptest.Process) {
	f.t.Helper()
	f.dead[fmt.Sprint(p.Kill(f.t))] = true
	f.site.World.Cloud.Faults().Clear()
	p.Start(f.t)
}

// inspected reports whether the file is stored and has a verdict.
func (f *flow) inspected(id string) bool {
	f.t.Helper()
	doc, err := f.acme.Collection(location.Uploads).Doc(id).Get(f.t.Context())
	check(f.t, err)
	var r struct {
		State      string `firestore:"state"`
		Inspection struct {
			Verdict string `firestore:"verdict"`
		} `firestore:"inspection"`
	}
	check(f.t, doc.DataTo(&r))
	return r.State == "stored" && r.Inspection.Verdict != ""
}

// tick has the time go on: what a dead process has leased, and what was tried before, is due; the
// scheduler's ticks come. When nothing has come of that, the two minutes are over after which the
// worker looks at a file of which it has not heard.
func (f *flow) tick(id string, waited time.Duration) {
	f.t.Helper()
	unheard := waited > 6*time.Second
	if unheard {
		ref := f.acme.Collection(location.Uploads).Doc(id)
		_, err := ref.Update(f.t.Context(), []firestore.Update{{Path: "due", Value: time.Now().Add(-time.Second)}})
		check(f.t, err)
	}
	for _, db := range []*firestore.Client{f.worker, f.adapter} {
		for _, doc := range all(f.t, db.Collection("jobs").Documents(f.t.Context())) {
			var j job
			check(f.t, doc.DataTo(&j))
			_, number, _ := strings.Cut(j.Holder, "/")
			late := j.State == "leased" && f.dead[number] || j.State == "due" && (j.Attempts > 0 || unheard && j.Kind == uploads.SettleKind)
			if late && j.Wake.After(time.Now()) {
				// If it has changed since, it is left for the next time.
				_, _ = doc.Ref.Update(f.t.Context(), []firestore.Update{{Path: "wake", Value: time.Now().Add(-time.Second)}}, firestore.LastUpdateTime(doc.UpdateTime))
			}
		}
	}
	k := f.site.Worker
	k.Send(f.t, k.Token(f.t, setup.Tick, k.Origin+app.TickPath))
	f.site.Post(f.t, k.Token(f.t, setup.Tick, f.site.Adapter+app.TickPath), f.site.Adapter+app.TickPath, nil)
}

// job is what is read here of a job's record.
type job struct {
	Kind     string    `firestore:"kind"`
	State    string    `firestore:"state"`
	Attempts int64     `firestore:"attempts"`
	Holder   string    `firestore:"holder"`
	Error    string    `firestore:"error"`
	Wake     time.Time `firestore:"wake"`
}

func all(t *testing.T, docs *firestore.DocumentIterator) []*firestore.DocumentSnapshot {
	t.Helper()
	found, err := docs.GetAll()
	check(t, err)
	return found
}

// check looks at what there is in the end.
func (f *flow) check() {
	f.t.Helper()
	w := f.site.World
	for id, verdict := range f.want {
		if got := f.editor.until(id, "read", func(file) bool { return true }); got.State != "stored" || got.Inspection.State != verdict {
			f.t.Errorf("%s: %+v, want %s", id, got, verdict)
		}
	}
	usage, err := uploads.NewRepository(w.Grant(f.t, w.Acme.Editor)).Usage(f.t.Context())
	if check(f.t, err); usage.Bytes != f.bytes {
		f.t.Errorf("%d bytes are counted for %d", usage.Bytes, f.bytes)
	}

	for who, kept := range map[string]*firestore.CollectionRef{
		"the workspace": f.acme.Collection(location.Uploads), "the Adapter": f.adapter.Collection("documents"),
	} {
		if n := len(all(f.t, kept.Documents(f.t.Context()))); n != len(f.want) {
			f.t.Errorf("%s has %d files of %d", who, n, len(f.want))
		}
	}
	b := database(f.t, w, setup.InspectionDatabase)
	for _, group := range []string{"documents", "generations"} {
		found := map[string]int{}
		for _, doc := range all(f.t, b.CollectionGroup(group).Documents(f.t.Context())) {
			of := doc.Ref
			if group == "generations" {
				of = of.Parent.Parent
			}
			found[of.ID]++
		}
		for id := range f.want {
			if found[id] != 1 {
				f.t.Errorf("Service B has %d %s of %s", found[id], group, id)
			}
		}
		if len(found) != len(f.want) {
			f.t.Errorf("Service B has %s of %d files, and there are %d", group, len(found), len(f.want))
		}
	}
	waitUntil(f.t, "Service B keeps no content", func() bool { return len(f.contents()) == 0 })

	waitUntil(f.t, "nothing is left to do", func() bool { f.tick("", 0); return len(f.left()) == 0 })
}

// contents are the names of the objects that Service B keeps.
func (f *flow) contents() (names []string) {
	f.t.Helper()
	for objects := f.site.World.Owner.Storage().Bucket(setup.InspectionBucket(vendingtest.Project)).Objects(f.t.Context(), nil); ; {
		o, err := objects.Next()
		if errors.Is(err, iterator.Done) {
			return names
		}
		check(f.t, err)
		names = append(names, o.Name)
	}
}

// left are the jobs of files that are not done.
func (f *flow) left() (jobs []job) {
	f.t.Helper()
	for _, db := range []*firestore.Client{f.worker, f.adapter} {
		for _, doc := range all(f.t, db.Collection("jobs").Documents(f.t.Context())) {
			var j job
			check(f.t, doc.DataTo(&j))
			periodic := j.Kind == uploads.SettleKind && j.State == "due"
			if !periodic && j.Kind != "" {
				jobs = append(jobs, j)
			}
		}
	}
	return jobs
}

// waitUntil waits, for far longer than it takes.
func waitUntil(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it is never so: %s", what)
		}
	}
}
