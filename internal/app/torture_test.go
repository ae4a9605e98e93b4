package app_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/app/apptest"
	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
	"github.com/bulkhead-saas/bulkhead/torture"
)

// What a small machine does in some seconds under the race detector. The full size is
//
//	go test ./internal/app -run UnderTorture -torture.events 10000 -torture.seeds 20 -timeout 2h
var (
	tortureEvents = flag.Int("torture.events", 0, "how many `events` are delivered under torture; 0: a few")
	tortureSeeds  = flag.Uint64("torture.seeds", 1, "how many `seeds` say what is lost, comes twice and when, each on a cloud of its own")
)

// underTorture runs a test once for each seed, the first among them, with what is done to so many
// events, or to a few.
func underTorture(t *testing.T, first uint64, few torture.Plan, test func(t *testing.T, events int, p torture.Plan)) {
	events := few.Window * 2
	if *tortureEvents > 0 {
		events = *tortureEvents
		few.Duplicates, few.Lost, few.Window = 0.2, 0.05, min(events/2, 500)
		few.Parallel = 64 // for who meets a cut waits
	}
	for seed := first; seed < first+*tortureSeeds; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			p := few
			p.Seed = seed
			test(t, events, p)
		})
	}
}

// ended holds a report against what must come of it.
func ended(t *testing.T, report torture.Report, err error) {
	t.Helper()
	t.Logf("%d deliveries, of which %d were refused; %d messages came twice, %d never", report.Delivered, report.Refused, report.Duplicated, report.Lost)
	if err != nil || len(report.Differences) > 0 || report.Duplicated == 0 || report.Lost == 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// pushTo delivers to an address as Pub/Sub pushes, which uses a token for a while.
func pushTo(t *testing.T, s *apptest.Site, address string) torture.Deliver {
	token, err := s.World.Cloud.IAM().IDToken(setup.Push.Email(vendingtest.Project), address)
	check(t, err)
	return func(_ context.Context, d torture.Delivery) error {
		var m struct {
			Attributes map[string]string
			Data       []byte
		}
		if err := json.Unmarshal(d.Data, &m); err != nil {
			return err
		}
		if status, _ := s.PushWith(t, token, address, m.Data, m.Attributes); status >= 300 {
			return fmt.Errorf("it is answered %d", status)
		}
		return nil
	}
}

func message(t *testing.T, key string, attributes map[string]string, data []byte) torture.Message {
	t.Helper()
	b, err := json.Marshal(map[string]any{"attributes": attributes, "data": data})
	check(t, err)
	return torture.Message{Key: key, Data: b}
}

// cuts loses, now and then, the answer to a commit of an account: what it did is done, and it does
// not know.
func cuts(w *vendingtest.World, account setup.Account) func(context.Context, int) error {
	return func(_ context.Context, n int) error {
		if n%7 == 3 {
			w.Cloud.Faults().Add(fault.Rule{Method: commit, Account: account.Email(vendingtest.Project), Cut: true, After: true, Times: 1})
		}
		if n%11 == 5 {
			w.Cloud.Faults().Add(fault.Rule{Method: commit, Account: account.Email(vendingtest.Project), Code: codes.Unavailable, Times: 1})
		}
		return nil
	}
}

// TestTheWorkerUnderTorture: two workers are told of files and of their inspections, twice, out of
// order or never, and lose the answers to what they write. Each file ends as the model says.
func TestTheWorkerUnderTorture(t *testing.T) {
	underTorture(t, 1, torture.Plan{Duplicates: 0.2, Lost: 0.05, Window: 40, Parallel: 4}, tortureWorkers)
}

func tortureWorkers(t *testing.T, n int, plan torture.Plan) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	s := &apptest.Site{World: w}
	first, second := apptest.Start(t, w), apptest.Start(t, w)
	editor := w.Grant(t, w.Acme.Editor)
	repo := uploads.NewRepository(editor)
	hand := func(context.Context, string) (string, time.Time, error) {
		return "token", time.Now().Add(time.Hour), nil
	}

	files := n / 5 // of each, five messages
	want, last := map[string]string{}, map[string]torture.Message{}
	for n := range files {
		u, signed, err := repo.Create(ctx, uploads.Intent{Name: fmt.Sprint(n, ".txt"), Size: 1}, hand)
		check(t, err)
		id := u.ID.String()
		generation := put(t, signed.Method, signed.URL, signed.Headers, "x")
		plan.Messages = append(plan.Messages, message(t, id, map[string]string{
			"eventType": "OBJECT_FINALIZE", "bucketId": w.Acme.Bucket, "objectId": "uploads/" + id, "objectGeneration": fmt.Sprint(generation),
		}, nil))
		moved := func(generation int64, m events.Moved) {
			ticket, err := w.Outbox.Tickets.Make(events.Ticket{Tenant: w.Acme.ID, Upload: id, Generation: generation})
			check(t, err)
			last[id] = message(t, id, nil, marshal(t, events.Event{Type: events.InspectionMoved, Tenant: w.Acme.ID, Time: time.Now(), Data: events.Data{
				Upload: id, Attempt: 1, Generation: generation, Ticket: ticket, Moved: &m,
			}}))
			plan.Messages = append(plan.Messages, last[id])
		}
		moved(0, events.Moved{Step: events.Accepted})
		moved(generation, events.Moved{Step: events.Forwarding})
		moved(generation, events.Moved{Step: events.Inspecting})
		end := events.Moved{Step: events.Done, Verdict: events.Clean}
		if n%3 == 0 {
			end = events.Moved{Step: events.Done, Verdict: events.Harmful, Findings: []string{"bomb"}}
		}
		moved(generation, end)
		want[id] = "stored " + string(end.Verdict)
	}
	deliver := func(k apptest.Worker) torture.Deliver {
		toObjects, toInspections := pushTo(t, s, k.Origin+app.ObjectsPath), pushTo(t, s, k.Origin+app.InspectionsPath)
		return func(ctx context.Context, d torture.Delivery) error {
			if strings.Contains(string(d.Data), "OBJECT_FINALIZE") {
				return toObjects(ctx, d)
			}
			return toInspections(ctx, d)
		}
	}
	workers := []torture.Deliver{deliver(first), deliver(second)}
	settled := func(ctx context.Context) error {
		w.Cloud.Faults().Clear()
		for id, m := range last { // the Adapter says again what it said last, when it is reminded
			if err := workers[0](ctx, torture.Delivery{ID: "again-" + id, Attempt: 1, Message: m}); err != nil {
				return err
			}
		}
		return uploads.DoSettle(ctx, w.Job(t, uploads.SettleKind, w.Acme), nil)
	}
	plan.Workers, plan.Before, plan.Reconcile = workers, cuts(w, setup.Worker), settled
	plan.Model = func([]torture.Message) map[string]string { return want }
	plan.State = func(ctx context.Context) (map[string]string, error) {
		got := map[string]string{}
		for id := range want {
			parsed, err := uploads.ParseID(id)
			check(t, err)
			// What is left in the queue is done later, as its back-off says.
			for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
				u, err := repo.Get(ctx, parsed)
				check(t, err)
				if got[id] = string(u.State) + " " + string(u.Inspection.Progress); got[id] == want[id] || time.Now().After(end) {
					break
				}
				first.Send(t, first.Token(t, setup.Tick, first.Origin+app.TickPath))
			}
		}
		return got, nil
	}
	report, err := torture.Run(ctx, plan)
	if ended(t, report, err); report.GivenUp > 0 {
		t.Errorf("%d deliveries were given up", report.GivenUp)
	}
}

// put sends a file and returns the generation of its object.
func put(t *testing.T, method, url string, headers map[string]string, content string) (generation int64) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(content))
	check(t, err)
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	check(t, err)
	resp.Body.Close()
	if _, err := fmt.Sscan(resp.Header.Get("x-goog-generation"), &generation); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("sending: %s, %v", resp.Status, err)
	}
	return generation
}

// TestTheAdapterUnderTorture: two processes of the Adapter are told of files, twice, out of order
// or never, and lose the answers to what they write. Service B takes each file once, and each
// file has its verdict in the end.
func TestTheAdapterUnderTorture(t *testing.T) {
	underTorture(t, 2, torture.Plan{Duplicates: 0.3, Lost: 0.1, Window: 8, Parallel: 4, Attempts: 12}, tortureAdapters)
}

func tortureAdapters(t *testing.T, n int, plan torture.Plan) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	s := apptest.StartSite(t, w)
	s.Unplug(t)
	second := s.SecondAdapter(t)
	heard := subscribe(t, w, setup.UploadsTopic)
	var mu sync.Mutex
	sent := map[string]int{} // files that Service B has taken, by document
	s.AfterB(func(r *http.Request, status int) {
		if parts := strings.Split(r.URL.Path, "/"); status == http.StatusOK && r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/content") {
			mu.Lock()
			sent[parts[3]]++
			mu.Unlock()
		}
	})
	editor := newClient(t, s, w.Acme, w.Acme.Editor)
	files := n / 2 // of each, two messages
	want := map[string]string{}
	for n := range files {
		id := editor.upload(fmt.Sprint(n, ".txt"), []byte("some text"))
		want[id] = "clean"
	}
	for id := range want {
		editor.until(id, "stored", func(f file) bool { return f.State == "stored" })
	}
	for _, data := range heard(2 * files) {
		e, err := events.Parse(data)
		check(t, err)
		plan.Messages = append(plan.Messages, message(t, e.Data.Upload, nil, data))
	}
	plan.Workers = []torture.Deliver{pushTo(t, s, s.Adapter+app.UploadsPath), pushTo(t, s, second+app.UploadsPath)}
	plan.Before = cuts(w, setup.Forwarding)
	tick := s.Worker.Token(t, setup.Tick, s.Adapter+app.TickPath)
	// What is refused as too early is refused for ever where what comes first was lost. Plugged in,
	// the Adapter is told of everything once more.
	plan.Reconcile = func(context.Context) error { w.Cloud.Faults().Clear(); s.Plug(t); return nil }
	plan.Model = func([]torture.Message) map[string]string { return want }
	plan.State = func(context.Context) (map[string]string, error) {
		got := map[string]string{}
		for id := range want {
			f := editor.until(id, "inspected as clean", func(f file) bool {
				if f.Inspection.State == "clean" {
					return true
				}
				s.Post(t, tick, s.Adapter+app.TickPath, nil) // what is left in the queue is done later, as its back-off says
				return false
			})
			got[id] = f.Inspection.State
		}
		return got, nil
	}
	plan.Effects = func(context.Context) (map[string]int, error) {
		mu.Lock()
		defer mu.Unlock()
		return sent, nil
	}
	report, err := torture.Run(ctx, plan)
	ended(t, report, err)
}

// subscribe returns what yields the first n messages of a topic from now on.
func subscribe(t *testing.T, w *vendingtest.World, topic string) func(n int) [][]byte {
	t.Helper()
	client, err := w.Owner.Subscriptions(t.Context())
	check(t, err)
	name := "projects/" + vendingtest.Project + "/subscriptions/heard"
	_, err = client.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: name, Topic: setup.TopicName(vendingtest.Project, topic)})
	check(t, err)
	return func(n int) (all [][]byte) {
		t.Helper()
		for end := time.Now().Add(time.Minute); len(all) < n && time.Now().Before(end); {
			got, err := client.Pull(t.Context(), &pubsubpb.PullRequest{Subscription: name, MaxMessages: 100})
			check(t, err)
			for _, m := range got.ReceivedMessages {
				all = append(all, m.Message.Data)
				check(t, client.Acknowledge(t.Context(), &pubsubpb.AcknowledgeRequest{Subscription: name, AckIds: []string{m.AckId}}))
			}
		}
		if len(all) != n {
			t.Fatalf("%d messages of %d", len(all), n)
		}
		return all
	}
}
