package query_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/query"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

func at(before bool, values ...*firestorepb.Value) *firestorepb.Cursor {
	return &firestorepb.Cursor{Before: before, Values: values}
}

func TestOrderCursorsAndCuts(t *testing.T) {
	snapshot := fill(t, map[string]fields{
		"c/a": {"x": integer(1), "y": integer(9)},
		"c/b": {"x": integer(2), "y": integer(8)},
		"c/c": {"x": integer(2), "y": integer(7)},
		"c/d": {"x": integer(2), "y": integer(7)},
		"c/e": {"x": integer(3)},
		"c/f": {"y": integer(1)},
		"c/g": {"x": str("s"), "y": value.NullValue},
	})
	orders := func(o ...*firestorepb.StructuredQuery_Order) []*firestorepb.StructuredQuery_Order { return o }
	two := integer(2)
	for _, test := range []struct {
		name string
		q    *structured
		want string
	}{
		{"by name", &structured{}, "a b c d e f g"},
		{"by name descending", &structured{OrderBy: orders(desc("__name__"))}, "g f e d c b a"},
		{"a field must be there, ties by name", &structured{OrderBy: orders(asc("x"))}, "a b c d e g"},
		{"names take the last direction", &structured{OrderBy: orders(desc("x"))}, "g e d c b a"},
		{"two fields", &structured{OrderBy: orders(asc("x"), asc("y"))}, "a c d b g"},
		{"two directions", &structured{OrderBy: orders(asc("x"), desc("y"))}, "a b d c g"},
		{"two directions and names", &structured{OrderBy: orders(desc("x"), asc("y"))}, "g c d b a"},
		{"inequality orders", &structured{Where: where("y", greater, integer(0))}, "f c d b a"},
		{"inequality in the given direction", &structured{Where: where("y", greater, integer(0)), OrderBy: orders(desc("y"))}, "a b d c f"},
		{"inequality after the order", &structured{Where: where("y", greater, integer(0)), OrderBy: orders(desc("x"))}, "b d c a"},
		{"start at", &structured{OrderBy: orders(asc("x")), StartAt: at(true, two)}, "b c d e g"},
		{"start after", &structured{OrderBy: orders(asc("x")), StartAt: at(false, two)}, "e g"},
		{"end at", &structured{OrderBy: orders(asc("x")), EndAt: at(false, two)}, "a b c d"},
		{"end before", &structured{OrderBy: orders(asc("x")), EndAt: at(true, two)}, "a"},
		{"descending", &structured{OrderBy: orders(desc("x")), StartAt: at(true, two), EndAt: at(true, integer(1))}, "d c b"},
		{"start in the middle of ties", &structured{OrderBy: orders(asc("x"), asc("__name__")), StartAt: at(true, two, document("c/c"))}, "c d e g"},
		{"start after within ties", &structured{OrderBy: orders(asc("x"), asc("__name__")), StartAt: at(false, two, document("c/c"))}, "d e g"},
		{"end within ties, descending", &structured{OrderBy: orders(desc("x"), desc("__name__")), EndAt: at(true, two, document("c/c"))}, "g e d"},
		{"cursor of two fields", &structured{OrderBy: orders(asc("x"), asc("y")), StartAt: at(false, two, integer(7))}, "b g"},
		{"cursor of another type", &structured{OrderBy: orders(asc("x")), StartAt: at(true, str(""))}, "g"},
		{"start at a name", &structured{OrderBy: orders(asc("__name__")), StartAt: at(true, document("c/e"))}, "e f g"},
		{"start at a name that is not there", &structured{OrderBy: orders(asc("__name__")), StartAt: at(true, document("c/dd"))}, "e f g"},
		{"start after anything", &structured{StartAt: at(false)}, ""},
		{"start before anything", &structured{StartAt: at(true)}, "a b c d e f g"},
		{"end before anything", &structured{EndAt: at(true)}, ""},
		{"limit", &structured{Limit: wrapperspb.Int32(2)}, "a b"},
		{"limit of none", &structured{Limit: wrapperspb.Int32(0)}, ""},
		{"limit in an order", &structured{OrderBy: orders(desc("y")), Limit: wrapperspb.Int32(2)}, "a b"},
		{"offset", &structured{Offset: 5}, "f g"},
		{"offset and limit", &structured{Offset: 1, Limit: wrapperspb.Int32(2)}, "b c"},
		{"offset beyond", &structured{Offset: 9}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.q.From = from("c", false)
			if diff := cmp.Diff(strings.Fields(test.want), find(t, snapshot, "", test.q)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSources(t *testing.T) {
	one := fields{"x": integer(1)}
	snapshot := fill(t, map[string]fields{
		"posts/1": one, "posts/1/notes/a": one, "posts/1/notes/b/notes/c": one,
		"posts/2": one, "posts/10/notes/z": one, "users/1/notes/a": one, "notes/top": one, "notesx/top": one,
	})
	for _, test := range []struct {
		name, parent, collection string
		deep                     bool
		want                     string
	}{
		{"top", "", "posts", false, "1 2"},
		{"below a document", "posts/1", "notes", false, "a"},
		{"below a document that is not there", "posts/10", "notes", false, "z"},
		{"group", "", "notes", true,
			"notes/top posts/1/notes/a posts/1/notes/b/notes/c posts/10/notes/z users/1/notes/a"},
		{"group below a document", "posts/1", "notes", true, "posts/1/notes/a posts/1/notes/b/notes/c"}, // in no other order
		{"all below a document", "posts/1", "", true, "posts/1/notes/a posts/1/notes/b/notes/c"},
		{"all directly below a document", "posts/1", "", false, "posts/1/notes/a"},
		{"nothing", "", "nowhere", false, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := find(t, snapshot, test.parent, &structured{From: from(test.collection, test.deep)})
			if diff := cmp.Diff(strings.Fields(test.want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A collection group below a document can be read through, and no more.
func TestGroupBelowADocument(t *testing.T) {
	for name, pb := range map[string]*structured{
		"filtered":   {Where: where("x", equal, integer(1))},
		"ordered":    {OrderBy: []*firestorepb.StructuredQuery_Order{asc("x")}},
		"descending": {OrderBy: []*firestorepb.StructuredQuery_Order{desc("__name__")}},
	} {
		pb.From = from("notes", true)
		if _, err := query.Compile(database, "posts/1", pb); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: got %v, want InvalidArgument", name, err)
		}
		if _, err := query.Compile(database, "", pb); err != nil {
			t.Errorf("%s, of the database: %v", name, err)
		}
	}
}

// What is implied follows by the names of fields, not by how paths are spelled.
func TestImpliedOrder(t *testing.T) {
	snapshot := fill(t, map[string]fields{
		"c/1": {"odd name": integer(1), "a": integer(2)},
		"c/2": {"odd name": integer(2), "a": integer(1)},
	})
	got := find(t, snapshot, "", &structured{From: from("c", false),
		Where: and(where("`odd name`", greater, integer(0)), where("a", greater, integer(0)))})
	if diff := cmp.Diff([]string{"2", "1"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestProjection(t *testing.T) {
	snapshot := fill(t, map[string]fields{
		"c/a": {"x": integer(1), "m": value.Fields(fields{"n": integer(2), "o": integer(3)}), "a.b": integer(4)},
	})
	for _, test := range []struct {
		name  string
		paths []string
		want  fields
	}{
		{"name alone", []string{"__name__"}, nil},
		{"one", []string{"x"}, fields{"x": integer(1)}},
		{"inside", []string{"m.n"}, fields{"m": value.Fields(fields{"n": integer(2)})}},
		{"quoted", []string{"`a.b`", "none"}, fields{"a.b": integer(4)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			pb := &structured{From: from("c", false), Select: &firestorepb.StructuredQuery_Projection{}}
			for _, p := range test.paths {
				pb.Select.Fields = append(pb.Select.Fields, ref(p))
			}
			q, err := query.Compile(database, "", pb)
			if err != nil {
				t.Fatal(err)
			}
			got := q.Project(q.Run(snapshot).Found[0])
			if diff := cmp.Diff(test.want, got.Fields, protocmp.Transform()); diff != "" {
				t.Error(diff)
			}
			if got.Name != database.Document(q.Run(snapshot).Found[0].Key) {
				t.Errorf("name %q", got.Name)
			}
		})
	}
}
