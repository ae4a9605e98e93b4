package inspection_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/inspection"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// strike makes calls of B's account fail until the rule is removed.
func (w *world) strike(r fault.Rule) *fault.Fault {
	r.Account = setup.Inspection.Email(project)
	return w.Cloud.Faults().Add(r)
}

func impatient(c *inspection.Config) { c.Receiving.Lease = 500 * time.Millisecond }

// A bucket that is away is no fault of the file: it is inspected when the bucket is back.
func TestBucketAway(t *testing.T) {
	w := newWorld(t)
	c := w.start(t, impatient).client(acme, "doc")
	away := w.strike(fault.Rule{Method: "GET /storage/v1/b/{bucket}/o/{object...}", Code: codes.PermissionDenied})
	c.announce(t, 1, "hello").wants(t, 201)
	c.part(t, 1, "hello", 0, 5).wants(t, 200)
	waitFor(t, "several tries", func() bool { return away.Hits() > 2 })
	if got := c.get(t, 1).wants(t, 200).state(t); got.State != "inspecting" {
		t.Errorf("meanwhile: %+v", got)
	}
	away.Remove()
	if got := c.ended(t, 1); got.Verdict != "clean" {
		t.Errorf("%+v", got)
	}

	// A part that the bucket does not take is not acknowledged.
	c.announce(t, 2, "hello").wants(t, 201)
	away = w.strike(fault.Rule{Method: "POST /upload/storage/v1/b/{bucket}/o", Code: codes.PermissionDenied})
	if a := c.part(t, 2, "hello", 0, 5); a.status != 503 || strings.Contains(a.body, "storage") || strings.Contains(a.body, "bucket") {
		t.Errorf("a part: %d %s", a.status, a.body)
	}
	away.Remove()
	if got := c.get(t, 2).state(t); got.Received != 0 {
		t.Errorf("%+v", got)
	}
	if got := c.upload(t, 2, "hello", 5); got.Verdict != "clean" {
		t.Errorf("%+v", got)
	}
}

// A database that is away is a 503, which says nothing of what is behind it.
func TestDatabaseAway(t *testing.T) {
	w := newWorld(t)
	s := w.start(t)
	c := s.client(acme, "doc")
	k := c.with(c.key(t, "").Key)
	c.announce(t, 1, "hello").wants(t, 201)
	away := w.strike(fault.Rule{Method: "/google.firestore.v1.Firestore/*", Code: codes.PermissionDenied, Message: "database inspection"})
	for _, who := range []*client{c, k} {
		for _, r := range routes {
			if r.path == "/texts" || r.key == false && who == k {
				continue
			}
			a := who.send(t, r.method, r.path, r.body, "Content-Range", "bytes 0-4/5")
			if a.status != 503 || a.header.Get("Retry-After") == "" || strings.Contains(a.body, "database") {
				t.Errorf("%s %s: %d %s", r.method, r.path, a.status, a.body)
			}
		}
	}
	away.Remove()
	if got := k.upload(t, 1, "hello", 5); got.Verdict != "clean" {
		t.Errorf("%+v", got)
	}
}

// A lost answer of the database is no lost part, and no part twice.
func TestLostAnswers(t *testing.T) {
	w := newWorld(t)
	c := w.start(t).client(acme, "doc")
	content := noise(1000)
	c.announce(t, 1, content).wants(t, 201)
	for at := 0; at < len(content); {
		lost := w.strike(fault.Rule{Method: "/google.firestore.v1.Firestore/Commit", Code: codes.Internal, After: true, Times: 1})
		a := c.part(t, 1, content, at, at+250)
		lost.Remove()
		got := c.get(t, 1).wants(t, 200).state(t)
		if a.status == 200 && got.Received != int64(at+250) || got.Received != int64(at) && got.Received != int64(at+250) {
			t.Fatalf("at %d: answered %d, and %+v", at, a.status, got)
		}
		at = int(got.Received)
	}
	if got := c.ended(t, 1); got.Verdict != "clean" {
		t.Errorf("%+v", got)
	}
}

// What could not be deleted is deleted later, although nobody knows of it any more.
func TestEraseWhileBucketAway(t *testing.T) {
	w := newWorld(t)
	mine := w.clients(t)
	s := w.start(t)
	c := s.client(acme, "doc")
	c.announce(t, 1, "hello").wants(t, 201)
	c.part(t, 1, "hello", 0, 2).wants(t, 200)
	away := w.strike(fault.Rule{Method: "DELETE /storage/v1/b/{bucket}/o/{object...}", Code: codes.PermissionDenied})
	c.send(t, "DELETE", "", "").wants(t, 503)
	c.get(t, 1).wants(t, 404)
	if n := len(objects(t, mine)); n != 1 {
		t.Fatalf("%d objects", n)
	}
	// It may begin anew before the old content is gone, and loses nothing of the new.
	c.announce(t, 1, "hello").wants(t, 201)
	c.part(t, 1, "hello", 0, 3).wants(t, 200)
	away.Remove()
	waitFor(t, "the old content's end", func() bool { return len(objects(t, mine)) == 1 })
	c.part(t, 1, "hello", 3, 5).wants(t, 200)
	if got := c.ended(t, 1); got.Verdict != "clean" {
		t.Errorf("%+v", got)
	}
}

// Old records go, with all that belongs to them.
func TestRetention(t *testing.T) {
	w := newWorld(t)
	mine := w.clients(t)
	var later atomic.Int64
	w.issuer.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	s := w.start(t, func(c *inspection.Config) { c.Now = w.issuer.Now })
	c := s.client(acme, "doc")
	c.key(t, "")
	c.upload(t, 1, "hello", 5)
	c.announce(t, 2, "hello").wants(t, 201)
	c.part(t, 2, "hello", 0, 2).wants(t, 200)
	c.announce(t, 3, "hello").wants(t, 201)
	groups := []string{"documents", "generations", "keys", "due"}
	left := func() (n int) {
		for _, g := range groups {
			n += documents(t, mine, g)
		}
		return n
	}
	if n := left(); n != 1+3+1+4 {
		t.Errorf("%d records", n)
	}
	later.Store(int64(25 * time.Hour)) // what was received has ended, and what was not has expired
	waitFor(t, "the first one's end", func() bool { return documents(t, mine, "generations") == 2 && documents(t, mine, "keys") == 0 })
	c = s.client(acme, "doc")
	for _, n := range []int64{2, 3} {
		if got := c.ended(t, n); got.Reason != "expired" {
			t.Errorf("%+v", got)
		}
	}
	waitFor(t, "the content's end", func() bool { return len(objects(t, mine)) == 0 })
	later.Store(int64(50 * time.Hour))
	waitFor(t, "the end of all", func() bool { return left() == 0 })
}

// Of a hundred generations and one more, the oldest gives way.
func TestManyGenerations(t *testing.T) {
	w := newWorld(t)
	mine := w.clients(t)
	c := w.start(t).client(acme, "doc")
	for n := range int64(101) {
		c.announce(t, 1000-n, "hello").wants(t, 201)
		if n < 2 {
			c.part(t, 1000-n, "hello", 0, 2).wants(t, 200)
		}
	}
	c.get(t, 1000).wants(t, 404)
	c.get(t, 999).wants(t, 200)
	if got := c.send(t, "GET", "/report", "").wants(t, 200).state(t); got.Generation != "999" {
		t.Errorf("the latest is %s", got.Generation)
	}
	waitFor(t, "the content's end", func() bool { return len(objects(t, mine)) == 1 })
}

// Files of one tenant that take long hold nobody else up.
func TestOneTenantIsSlow(t *testing.T) {
	w := newWorld(t)
	hostile := program(t, "./testdata/hostile")
	s := w.start(t, func(c *inspection.Config) { c.Worker = hostile })
	for n := range 5 {
		c := s.client(acme, fmt.Sprint("doc-", n))
		c.announce(t, 1, "slow").wants(t, 201)
		c.part(t, 1, "slow", 0, 4).wants(t, 200)
	}
	if got := s.client(globex, "doc").upload(t, 1, "quick", 5); got.Verdict != "clean" {
		t.Errorf("%+v", got)
	}
	s.client(acme, "doc-0").send(t, "POST", "/texts", `{"text":"quick","about":"note"}`).wants(t, 200) // a text waits for no file
	ended := 0
	for n := range 5 {
		if s.client(acme, fmt.Sprint("doc-", n)).get(t, 1).state(t).State == "done" {
			ended++
		}
	}
	if ended > 2 {
		t.Errorf("%d of the slow ones have ended before the quick one", ended)
	}
	for n := range 5 {
		if got := s.client(acme, fmt.Sprint("doc-", n)).ended(t, 1); got.Verdict != "clean" {
			t.Errorf("%+v", got)
		}
	}
}

// A sender that goes away in the middle of a part has sent nothing of it.
func TestBodyBreaksOff(t *testing.T) {
	w := newWorld(t)
	mine := w.clients(t)
	s := w.start(t)
	c := s.client(acme, "doc")
	content := noise(3 << 20)
	c.announce(t, 1, content).wants(t, 201)
	r, wr := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		req, err := http.NewRequest("PUT", s.url+"/v1/documents/doc/generations/1/content", r)
		if err == nil {
			req.ContentLength = int64(len(content))
			req.Header.Set("Authorization", "Bearer "+c.credential)
			req.Header.Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(content)-1, len(content)))
			_, err = http.DefaultClient.Do(req)
		}
		sent <- err
	}()
	_, err := io.WriteString(wr, content[:2<<20])
	must(t, err)
	if got := c.get(t, 1).state(t); got.Received != 0 {
		t.Errorf("in the middle: %+v", got)
	}
	wr.CloseWithError(io.ErrUnexpectedEOF)
	if err := <-sent; err == nil {
		t.Error("it was answered")
	}
	if got := c.get(t, 1).state(t); got.Received != 0 || got.State != "receiving" {
		t.Errorf("afterwards: %+v", got)
	}
	if n := len(objects(t, mine)); n != 0 {
		t.Errorf("%d objects are left", n)
	}
	if got := c.upload(t, 1, content, 1<<20); got.Verdict != "clean" {
		t.Errorf("%+v", got)
	}
}

// A large file goes through without being held in memory, in the service and in its child.
func TestMemory(t *testing.T) {
	w := newWorld(t)
	p := w.spawn(t)
	c := p.client(acme, "doc")
	c.upload(t, 1, noise(1<<20), 1<<20)
	before := peak(t, p.cmd.Process.Pid)
	large := strings.Repeat(noise(1<<20), 96)
	if got := c.upload(t, 2, large, 16<<20); got.Verdict != "clean" {
		t.Errorf("%+v", got)
	}
	if grown := peak(t, p.cmd.Process.Pid) - before; grown > 32<<10 {
		t.Errorf("96 MiB have cost %d KiB", grown)
	} else {
		t.Logf("96 MiB have cost %d KiB", grown)
	}
}

// peak is the most memory that a process has had, in KiB.
func peak(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(t, err)
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	must(t, err)
	return n
}
