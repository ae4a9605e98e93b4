package write_test

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/write"
)

type (
	v         = *firestorepb.Value
	fields    = map[string]*firestorepb.Value
	transform = firestorepb.DocumentTransform_FieldTransform
)

var (
	database = resource.Database{Project: "p", ID: "d"}
	key      = resource.KeyOf("a/b")
	name     = database.Document(key)
)

var same = cmp.Options{protocmp.Transform(), cmpopts.EquateNaNs()}

// world is a database with at most the document a/b in it.
type world struct {
	t  *testing.T
	db *store.Database
}

func newWorld(t *testing.T, before fields) *world {
	t.Helper()
	s, err := store.Open(filepath.Join(t.TempDir(), "firestore.db"), time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	err = s.Administer(func(a *store.Admin) error {
		a.Create(database, &adminpb.Database{Name: database.String()})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	db, err := s.Database(database)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db}
	if before != nil {
		if _, err := w.apply(&firestorepb.Write{Operation: update(before)}); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// apply commits one write.
func (w *world) apply(pb *firestorepb.Write) (*firestorepb.WriteResult, error) {
	parsed, err := write.Parse(database, pb)
	if err != nil {
		return nil, err
	}
	var result *firestorepb.WriteResult
	_, err = w.db.Submit(func(c *store.Commit) (err error) {
		result, err = parsed.Apply(c)
		return err
	}).Wait()
	return result, err
}

// doc returns the document, nil if there is none.
func (w *world) doc() *store.Document {
	w.t.Helper()
	snapshot, err := w.db.Snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	return snapshot.Get(key)
}

func update(f fields) *firestorepb.Write_Update {
	return &firestorepb.Write_Update{Update: &firestorepb.Document{Name: name, Fields: f}}
}

func mask(paths ...string) *firestorepb.DocumentMask {
	return &firestorepb.DocumentMask{FieldPaths: paths}
}

func exists(b bool) *firestorepb.Precondition {
	return &firestorepb.Precondition{ConditionType: &firestorepb.Precondition_Exists{Exists: b}}
}

func at(t time.Time) *firestorepb.Precondition {
	return &firestorepb.Precondition{ConditionType: &firestorepb.Precondition_UpdateTime{UpdateTime: timestamppb.New(t)}}
}

func str(s string) v {
	return &firestorepb.Value{ValueType: &firestorepb.Value_StringValue{StringValue: s}}
}

func TestUpdate(t *testing.T) {
	before := fields{"a": value.Int(1), "b": value.Fields(fields{"c": value.Int(2), "d": value.Int(3)})}
	for _, test := range []struct {
		name   string
		before fields
		write  *firestorepb.Write
		want   fields
	}{
		{"no mask replaces", before, &firestorepb.Write{Operation: update(fields{"x": str("y")})}, fields{"x": str("y")}},
		{"no mask creates", nil, &firestorepb.Write{Operation: update(fields{"x": str("y")})}, fields{"x": str("y")}},
		{"empty mask keeps", before, &firestorepb.Write{Operation: update(fields{"x": str("y")}), UpdateMask: mask()}, before},
		{"empty mask creates", nil, &firestorepb.Write{Operation: update(fields{"x": str("y")}), UpdateMask: mask()}, fields{}},
		{"mask sets", before, &firestorepb.Write{Operation: update(fields{"a": str("y"), "z": str("z")}), UpdateMask: mask("a")},
			fields{"a": str("y"), "b": before["b"]}},
		{"mask takes out", before, &firestorepb.Write{Operation: update(nil), UpdateMask: mask("a")}, fields{"b": before["b"]}},
		{"nested mask", before,
			&firestorepb.Write{Operation: update(fields{"b": value.Fields(fields{"c": str("y")})}), UpdateMask: mask("b.c", "b.d")},
			fields{"a": value.Int(1), "b": value.Fields(fields{"c": str("y")})}},
		{"quoted mask", before, &firestorepb.Write{Operation: update(fields{"b.c": str("y")}), UpdateMask: mask("`b.c`")},
			fields{"a": value.Int(1), "b": before["b"], "b.c": str("y")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, test.before)
			if _, err := w.apply(test.write); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, w.doc().Fields, same); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPreconditions(t *testing.T) {
	set := update(fields{"x": str("new")})
	remove := &firestorepb.Write_Delete{Delete: name}
	w := newWorld(t, fields{"x": str("old")})
	updated := w.doc().Updated
	for _, test := range []struct {
		name   string
		before fields
		write  *firestorepb.Write
		want   codes.Code
	}{
		{"must exist", fields{}, &firestorepb.Write{Operation: set, CurrentDocument: exists(true)}, codes.OK},
		{"must exist but does not", nil, &firestorepb.Write{Operation: set, CurrentDocument: exists(true)}, codes.NotFound},
		{"must not exist", nil, &firestorepb.Write{Operation: set, CurrentDocument: exists(false)}, codes.OK},
		{"must not exist but does", fields{}, &firestorepb.Write{Operation: set, CurrentDocument: exists(false)}, codes.AlreadyExists},
		{"wrong time", fields{}, &firestorepb.Write{Operation: set, CurrentDocument: at(updated.Add(-time.Hour))}, codes.FailedPrecondition},
		{"time, but nothing there", nil, &firestorepb.Write{Operation: set, CurrentDocument: at(updated)}, codes.FailedPrecondition},
		{"delete nothing", nil, &firestorepb.Write{Operation: remove}, codes.OK},
		{"delete what must exist", nil, &firestorepb.Write{Operation: remove, CurrentDocument: exists(true)}, codes.NotFound},
		{"no condition", nil, &firestorepb.Write{Operation: remove, CurrentDocument: &firestorepb.Precondition{}}, codes.InvalidArgument},
		{"no operation", nil, &firestorepb.Write{}, codes.InvalidArgument},
		{"masked delete", nil, &firestorepb.Write{Operation: remove, UpdateMask: mask()}, codes.InvalidArgument},
		{"bad mask", nil, &firestorepb.Write{Operation: set, UpdateMask: mask("a..b")}, codes.InvalidArgument},
		{"bad field", nil, &firestorepb.Write{Operation: update(fields{"__x__": str("")})}, codes.InvalidArgument},
		{"other database", nil, &firestorepb.Write{Operation: &firestorepb.Write_Delete{
			Delete: "projects/p/databases/other/documents/a/b"}}, codes.InvalidArgument},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, test.before)
			_, err := w.apply(test.write)
			if got := status.Code(err); got != test.want {
				t.Errorf("got %v (%v), want %v", got, err, test.want)
			}
		})
	}
	if _, err := w.apply(&firestorepb.Write{Operation: set, CurrentDocument: at(updated)}); err != nil {
		t.Errorf("the right time: %v", err)
	}
}

func TestTimesOfWrites(t *testing.T) {
	w := newWorld(t, fields{"x": value.Int(1)})
	first := w.doc()
	result, err := w.apply(&firestorepb.Write{Operation: update(fields{"x": value.Int(1)})})
	if err != nil {
		t.Fatal(err)
	}
	if !result.UpdateTime.AsTime().Equal(first.Updated) || !w.doc().Updated.Equal(first.Updated) {
		t.Error("a write that changes nothing changed the update time")
	}
	result, err = w.apply(&firestorepb.Write{Operation: update(fields{"x": value.Double(1)})})
	if err != nil {
		t.Fatal(err)
	}
	second := w.doc()
	if !second.Updated.After(first.Updated) || !second.Created.Equal(first.Created) || !result.UpdateTime.AsTime().Equal(second.Updated) {
		t.Errorf("created %v, updated %v, told %v", second.Created, second.Updated, result.UpdateTime.AsTime())
	}
	if second.Updated.Nanosecond()%1000 != 0 {
		t.Errorf("%v is finer than a microsecond", second.Updated)
	}
}

func TestDocumentTooLarge(t *testing.T) {
	w := newWorld(t, nil)
	_, err := w.apply(&firestorepb.Write{Operation: update(fields{"x": str(strings.Repeat("x", value.MaxDocumentBytes-60))})})
	if err != nil {
		t.Fatalf("just small enough: %v", err)
	}
	_, err = w.apply(&firestorepb.Write{Operation: update(fields{"y": str(strings.Repeat("y", value.MaxDocumentBytes))})})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("got %v, want InvalidArgument", err)
	}
	// A masked write is measured with what it leaves in place.
	_, err = w.apply(&firestorepb.Write{Operation: update(fields{"y": str(strings.Repeat("y", 100))}), UpdateMask: mask("y")})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("masked: got %v, want InvalidArgument", err)
	}
}
