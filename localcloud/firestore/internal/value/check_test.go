package value_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// nested returns maps within maps, n of them.
func nested(n int) v {
	out := object()
	for range n - 1 {
		out = object("m", out)
	}
	return out
}

func TestCheckFields(t *testing.T) {
	long := strings.Repeat("x", 1500)
	for _, test := range []struct {
		name   string
		fields map[string]v
		ok     bool
	}{
		{"none", nil, true},
		{"all sorts", map[string]v{"a": value.NullValue, "b": boolean(true), "c": value.Int(1), "d": value.Double(math.NaN()),
			"e": str(""), "f": octets(1), "g": geo(1, 2), "h": list(object("x", list())), "i": doc("a/b"), "é": object()}, true},
		{"long name", map[string]v{long: str("")}, true},
		{"longer name", map[string]v{long + "x": str("")}, false},
		{"empty name", map[string]v{"": str("")}, false},
		{"empty name inside", map[string]v{"a": object("", str(""))}, false},
		{"reserved name", map[string]v{"__a__": str("")}, false},
		{"reserved name in an array", map[string]v{"a": list(object("__a__", str("")))}, false},
		{"almost reserved", map[string]v{"__a": str(""), "__": str(""), "___": str("")}, true},
		{"not UTF-8", map[string]v{"\xff": str("")}, false},
		{"array in array", map[string]v{"a": list(list())}, false},
		{"vector in array", map[string]v{"a": list(vector(value.Int(1)))}, false},
		{"vector", map[string]v{"a": vector(value.Int(1), value.Double(2))}, true},
		{"vector of no dimension", map[string]v{"a": vector()}, false},
		{"vector with NaN", map[string]v{"a": vector(value.Int(1), value.Double(math.NaN()))}, false},
		{"vector with infinity", map[string]v{"a": vector(value.Double(math.Inf(1)))}, true},
		{"long path", map[string]v{long[:700]: object(long[:799], value.Int(1))}, true},
		{"longer path", map[string]v{long[:700]: object(long[:800], value.Int(1))}, false},
		{"long path through an array", map[string]v{long[:700]: list(object(long[:799], value.Int(1)))}, true},
		{"longer path through an array", map[string]v{long[:700]: list(object(long[:800], value.Int(1)))}, false},
		{"vector of strings", map[string]v{"a": vector(str("x"))}, false},
		{"vector too long", map[string]v{"a": vector(make([]v, 2049)...)}, false},
		{"not a vector", map[string]v{"a": object("__type__", str("__int32__"), "value", list())}, false},
		{"deep", map[string]v{"a": nested(19)}, true},
		{"too deep", map[string]v{"a": nested(20)}, false},
		{"off the globe", map[string]v{"a": geo(91, 0)}, false},
		{"nowhere", map[string]v{"a": geo(math.NaN(), 0)}, false},
		{"not a document", map[string]v{"a": value.Ref("projects/p/databases/d/documents/a")}, false},
		{"no type", map[string]v{"a": {}}, false},
		{"before year 1", map[string]v{"a": value.Time(time.Unix(-62135596801, 0))}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := value.CheckFields(test.fields)
			if test.ok && err != nil {
				t.Fatal(err)
			}
			if !test.ok && status.Code(err) != codes.InvalidArgument {
				t.Fatalf("got %v, want InvalidArgument", err)
			}
		})
	}
}

// What is compared may be what no field could have, and stays as it is.
func TestCheckOperand(t *testing.T) {
	fine := list(list(vector(value.Int(1))), value.Time(time.Unix(1, 123_456_789)))
	if err := value.CheckOperand(fine); err != nil {
		t.Fatal(err)
	}
	want := list(list(vector(value.Int(1))), value.Time(time.Unix(1, 123_456_789)))
	if diff := cmp.Diff(want, fine, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	if err := value.CheckOperand(vector(value.Double(math.NaN()))); err != nil {
		t.Errorf("a vector to search by may hold NaN: %v", err)
	}
	if err := value.CheckOperand(list(geo(91, 0))); status.Code(err) != codes.InvalidArgument {
		t.Errorf("off the globe: got %v, want InvalidArgument", err)
	}
}

// Paths do not reach into vectors.
func TestPathsAndVectors(t *testing.T) {
	fields := map[string]v{"v": vector(value.Int(1))}
	if got := (value.Path{"v", "value"}).Get(fields); got != nil {
		t.Errorf("got %v", got)
	}
	got := value.Path{"v", "x"}.With(fields, value.Int(2))
	if diff := cmp.Diff(map[string]v{"v": object("x", value.Int(2))}, got, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestTimesAreCutToMicroseconds(t *testing.T) {
	fields := map[string]v{"t": list(object("t", value.Time(time.Unix(1, 123_456_789))))}
	if err := value.CheckFields(fields); err != nil {
		t.Fatal(err)
	}
	want := map[string]v{"t": list(object("t", value.Time(time.Unix(1, 123_456_000))))}
	if diff := cmp.Diff(want, fields, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestLongPaths(t *testing.T) {
	long := strings.Repeat("x", 1500)
	for path, ok := range map[string]bool{
		long:                          true,
		long + "x":                    false,
		"`" + long[:1499] + "-`":      true, // backquotes and backslashes do not count
		"`" + long + "-`":             false,
		long[:700] + "." + long[:799]: true,
		long[:700] + "." + long[:800]: false,
	} {
		if _, err := value.ParsePath(path); (err == nil) != ok {
			t.Errorf("%d bytes: %v, want ok %v", len(path), err, ok)
		}
	}
}

func TestSizeOfNumericIDs(t *testing.T) {
	if got, want := value.DocumentSize(resource.KeyOf("users/__id123__"), nil), 16+6+8+32; got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}

// The example of the service's documentation on storage sizes: users/jeff/tasks/my_task_id.
func TestSize(t *testing.T) {
	key := resource.KeyOf("users/jeff/tasks/my_task_id")
	fields := map[string]v{
		"type":        str("Personal"),
		"done":        boolean(false),
		"priority":    value.Int(1),
		"description": str("Learn Cloud Firestore"),
	}
	if got, want := value.DocumentSize(key, fields), 147; got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}

func TestPathWith(t *testing.T) {
	before := map[string]v{"a": object("b", object("c", value.Int(1)), "d", value.Int(2)), "e": value.Int(3)}
	for _, test := range []struct {
		name string
		path value.Path
		set  v
		want map[string]v
	}{
		{"replace", value.Path{"e"}, str("x"), map[string]v{"a": before["a"], "e": str("x")}},
		{"replace inside", value.Path{"a", "b", "c"}, str("x"),
			map[string]v{"a": object("b", object("c", str("x")), "d", value.Int(2)), "e": value.Int(3)}},
		{"make maps", value.Path{"f", "g"}, str("x"), map[string]v{"a": before["a"], "e": value.Int(3), "f": object("g", str("x"))}},
		{"through what is no map", value.Path{"e", "g"}, str("x"), map[string]v{"a": before["a"], "e": object("g", str("x"))}},
		{"take out", value.Path{"a", "b", "c"}, nil, map[string]v{"a": object("b", object(), "d", value.Int(2)), "e": value.Int(3)}},
		{"take out what is not there", value.Path{"e", "x", "y"}, nil, before},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.path.With(before, test.set), protocmp.Transform()); diff != "" {
				t.Error(diff)
			}
		})
	}
	untouched := map[string]v{"a": object("b", object("c", value.Int(1)), "d", value.Int(2)), "e": value.Int(3)}
	if diff := cmp.Diff(untouched, before, protocmp.Transform()); diff != "" {
		t.Errorf("the original changed: %s", diff)
	}
}
