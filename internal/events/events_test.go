package events_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/sealing/sealingtest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

var at = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// requested, arrived and moved are an event of each type.
func requested(of tenant.ID) events.Event {
	return events.Event{Type: events.UploadRequested, Tenant: of, Time: at, Data: events.Data{
		Upload: "u1", Attempt: 1, Ticket: "t", Sealed: []byte("sealed"),
	}}
}

func arrived(of tenant.ID) events.Event {
	return events.Event{Type: events.ObjectFinalized, Tenant: of, Time: at, Data: events.Data{
		Upload: "u1", Attempt: 1, Generation: 7, Size: 12, CRC32C: 3, Ticket: "t",
	}}
}

func moved(of tenant.ID) events.Event {
	return events.Event{Type: events.InspectionMoved, Tenant: of, Time: at, Data: events.Data{
		Upload: "u1", Attempt: 1, Generation: 7, Ticket: "t",
		Moved: &events.Moved{Step: events.Done, Verdict: events.Harmful, Type: "text/plain", Findings: []string{"eicar"}},
	}}
}

func TestEventsComeBackAsTheyWere(t *testing.T) {
	of := tenant.NewID()
	ids := map[string]bool{}
	for _, e := range []events.Event{requested(of), arrived(of), moved(of)} {
		b, err := e.Marshal()
		if err != nil {
			t.Fatalf("%s: %v", e.Type, err)
		}
		back, err := events.Parse(b)
		if diff := cmp.Diff(e, back, cmp.Comparer(func(a, b tenant.ID) bool { return a == b })); err != nil || diff != "" {
			t.Errorf("%s: %v (-sent +read):\n%s", e.Type, err, diff)
		}
		var envelope struct{ ID string }
		if err := json.Unmarshal(b, &envelope); err != nil || envelope.ID == "" || ids[envelope.ID] {
			t.Errorf("%s: the id %q is of none or another event (%v)", e.Type, envelope.ID, err)
		}
		ids[envelope.ID] = true
	}
}

// TestWhatIsNoEvent: what its type does not allow is neither sent nor read, and neither is what is
// no CloudEvent.
func TestWhatIsNoEvent(t *testing.T) {
	of := tenant.NewID()
	for name, spoil := range map[string]func() events.Event{
		"of no tenant":              func() events.Event { return requested(tenant.ID{}) },
		"of an unknown type":        func() events.Event { e := arrived(of); e.Type = "app.bulkhead.other.v1"; return e },
		"of no file":                func() events.Event { e := arrived(of); e.Data.Upload = ""; return e },
		"of a file with a long id":  func() events.Event { e := arrived(of); e.Data.Upload = strings.Repeat("u", 65); return e },
		"of no attempt":             func() events.Event { e := arrived(of); e.Data.Attempt = 0; return e },
		"of a generation below 0":   func() events.Event { e := arrived(of); e.Data.Generation = -1; return e },
		"of a size below 0":         func() events.Event { e := arrived(of); e.Data.Size = -1; return e },
		"without a ticket":          func() events.Event { e := arrived(of); e.Data.Ticket = ""; return e },
		"with a ticket too long":    func() events.Event { e := arrived(of); e.Data.Ticket = strings.Repeat("t", 1025); return e },
		"requested without a token": func() events.Event { e := requested(of); e.Data.Sealed = nil; return e },
		"requested and moved":       func() events.Event { e := requested(of); e.Data.Moved = moved(of).Data.Moved; return e },
		"arrived as nothing":        func() events.Event { e := arrived(of); e.Data.Generation = 0; return e },
		"arrived and moved":         func() events.Event { e := arrived(of); e.Data.Moved = moved(of).Data.Moved; return e },
		"moved nowhere":             func() events.Event { e := moved(of); e.Data.Moved = nil; return e },
		"moved to an unknown step":  func() events.Event { e := moved(of); e.Data.Moved.Step = "elsewhere"; return e },
		"done without a verdict":    func() events.Event { e := moved(of); e.Data.Moved.Verdict = ""; return e },
		"a verdict before its end":  func() events.Event { e := moved(of); e.Data.Moved.Step = events.Inspecting; return e },
		"an unknown verdict":        func() events.Event { e := moved(of); e.Data.Moved.Verdict = "fine"; return e },
		"an unknown reason":         func() events.Event { e := moved(of); e.Data.Moved.Reason = "weather"; return e },
		"more than all forwarded":   func() events.Event { e := moved(of); e.Data.Moved.Percent = 101; return e },
		"a media type too long":     func() events.Event { e := moved(of); e.Data.Moved.Type = strings.Repeat("x", 128); return e },
		"too many findings":         func() events.Event { e := moved(of); e.Data.Moved.Findings = make([]string, 17); return e },
		"a finding too long": func() events.Event {
			e := moved(of)
			e.Data.Moved.Findings = []string{strings.Repeat("x", 41)}
			return e
		},
	} {
		if _, err := spoil().Marshal(); !errors.Is(err, events.ErrMalformed) {
			t.Errorf("an event %s is sent: %v", name, err)
		}
	}

	sound, err := arrived(of).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	edited := func(old, next string) []byte {
		t.Helper()
		if !strings.Contains(string(sound), old) {
			t.Fatalf("%s has no %s", sound, old)
		}
		return []byte(strings.ReplaceAll(string(sound), old, next))
	}
	for name, b := range map[string][]byte{
		"nothing":              nil,
		"a list":               []byte("[]"),
		"no JSON":              []byte("{"),
		"of another version":   edited(`"1.0"`, `"0.2"`),
		"of an unknown type":   edited(string(events.ObjectFinalized), "app.bulkhead.object.gone.v1"),
		"of a tenant's slug":   edited(of.String(), "acme"),
		"with other data":      edited(`"generation":7`, `"generation":"seven"`),
		"of nothing arrived":   edited(`"generation":7`, `"generation":0`),
		"larger than an event": append([]byte(strings.Repeat(" ", 64<<10)), sound...),
	} {
		if e, err := events.Parse(b); !errors.Is(err, events.ErrMalformed) {
			t.Errorf("%s is read as %+v, %v", name, e, err)
		}
	}
}

// TestStepsAreOrdered: what comes late undoes nothing.
func TestStepsAreOrdered(t *testing.T) {
	order := []events.Step{"", events.Accepted, events.Forwarding, events.Inspecting, events.Waiting, events.Done}
	for i, early := range order {
		for j, late := range order {
			if got := late.After(early); got != (j > i) {
				t.Errorf("%q after %q: %t", late, early, got)
			}
		}
	}
	for step, want := range map[events.Step]bool{
		"": false, events.Accepted: false, events.Forwarding: false, events.Inspecting: false,
		events.Waiting: true, events.Parked: true, events.Refused: true, events.Failed: true, events.Done: true,
	} {
		if step.IsEnd() != want {
			t.Errorf("%q is an end: %t", step, !want)
		}
	}
}

// TestTickets: a ticket opens as what it was made for, and no other text does, a ticket of other
// keys or something else that the same keys have sealed included.
func TestTickets(t *testing.T) {
	keys := sealingtest.New(t)
	tickets := events.NewTickets(keys)
	for _, what := range []events.Ticket{{tenant.NewID(), "u1", 0}, {tenant.NewID(), "u1", 7}} {
		text, err := tickets.Make(what)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := tickets.Open(text); err != nil || back != what {
			t.Errorf("%+v opens as %+v, %v", what, back, err)
		}
		foreign, err := events.NewTickets(sealingtest.New(t)).Make(what)
		if err != nil {
			t.Fatal(err)
		}
		other, err := keys.SealText([]byte("another purpose"), []byte(`{"tn":"`+what.Tenant.String()+`","up":"u1"}`))
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{
			"nothing": "", "a word": "ticket", "a ticket of other keys": foreign, "another purpose": other,
			"cut": text[:len(text)-2], "with more": text + "A", "twice": text + text,
		} {
			if got, err := tickets.Open(text); !errors.Is(err, events.ErrTicket) {
				t.Errorf("%s opens as %+v, %v", name, got, err)
			}
		}
	}
	for name, what := range map[string]events.Ticket{
		"no tenant":            {tenant.ID{}, "u1", 0},
		"no file":              {tenant.NewID(), "", 0},
		"a generation below 0": {tenant.NewID(), "u1", -1},
	} {
		text, err := tickets.Make(what)
		if err != nil {
			continue // not made is as good
		}
		if _, err := tickets.Open(text); !errors.Is(err, events.ErrTicket) {
			t.Errorf("a ticket of %s opens: %v", name, err)
		}
	}
}

// TestHandoverOpensForItsFile: what is handed over opens for its file of its tenant, in the
// Adapter's box alone, and prints as nothing.
func TestHandoverOpensForItsFile(t *testing.T) {
	to, box := boxOf(t)
	of := tenant.NewID()
	h := events.Handover{Token: "secret-token", Expires: at, Name: "secret-name", Size: 3, Type: "text/plain"}
	e := requested(of)
	var err error
	if e.Data.Sealed, err = events.SealHandover(to, of, e.Data.Upload, h); err != nil {
		t.Fatal(err)
	}
	if back, err := events.OpenHandover(box, e); err != nil || back != h {
		t.Errorf("opens as %v, %v", back, err)
	}
	_, foreign := boxOf(t)
	elsewhere, another, cut := e, e, e
	elsewhere.Tenant = tenant.NewID()
	another.Data.Upload = "u2"
	cut.Data.Sealed = e.Data.Sealed[1:]
	for name, x := range map[string]struct {
		box *sealing.Box
		e   events.Event
	}{
		"another tenant's": {box, elsewhere}, "another file's": {box, another}, "cut": {box, cut}, "another box": {foreign, e},
	} {
		if _, err := events.OpenHandover(x.box, x.e); !errors.Is(err, events.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(verb, h); strings.Contains(s, "secret") {
			t.Errorf("%s prints %s", verb, s)
		}
	}
}

// boxOf is a box and those who seal for it.
func boxOf(t *testing.T) (*sealing.Recipient, *sealing.Box) {
	t.Helper()
	private, public := sealingtest.Pair(t)
	to, err := sealing.NewRecipient(public)
	if err != nil {
		t.Fatal(err)
	}
	box, err := sealing.NewBox(private)
	if err != nil {
		t.Fatal(err)
	}
	return to, box
}

// TestUnread: a message that cannot be read comes back as it was, or without its content if that is
// too long. Nothing else is taken for one.
func TestUnread(t *testing.T) {
	for name, u := range map[string]events.Unread{
		"a message":       {ID: "1", Why: "no event", Message: []byte("{}")},
		"of nothing":      {ID: "2", Why: "no event"},
		"as long as kept": {ID: "3", Message: bytes.Repeat([]byte("x"), 4<<10)},
	} {
		b, err := u.Marshal(time.Unix(1, 0))
		got, ok := events.ParseUnread(b)
		if diff := cmp.Diff(u, got); err != nil || !ok || diff != "" {
			t.Errorf("%s: %v, %v, want (-), got (+):\n%s", name, ok, err, diff)
		}
		if _, err := events.Parse(b); !errors.Is(err, events.ErrMalformed) {
			t.Errorf("%s is an event about a file: %v", name, err)
		}
	}
	b, err := events.Unread{ID: "4", Why: strings.Repeat("y", 300), Message: bytes.Repeat([]byte("x"), 4<<10+1)}.Marshal(time.Unix(1, 0))
	if got, ok := events.ParseUnread(b); err != nil || !ok || len(got.Message) != 0 || len(got.Why) != 200 {
		t.Errorf("too long: %+v, %v, %v", got, ok, err)
	}
	for name, text := range map[string]string{
		"nothing": "", "no JSON": "x", "another type": `{"specversion":"1.0","id":"1","source":"/x","type":"x","data":{"id":"1"}}`,
		"of no message": `{"specversion":"1.0","id":"1","source":"/x","type":"app.bulkhead.message.unread.v1","data":{}}`,
		"too long":      `{"specversion":"1.0","id":"1","source":"/x","type":"app.bulkhead.message.unread.v1","data":{"id":"1","why":"` + strings.Repeat("y", 201) + `"}}`,
		"much too long": strings.Repeat(" ", 64<<10) + "{}",
	} {
		if u, ok := events.ParseUnread([]byte(text)); ok {
			t.Errorf("%s is taken for %+v", name, u)
		}
	}
}
