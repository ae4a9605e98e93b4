package value_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/genproto/googleapis/type/latlng"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

type v = *firestorepb.Value

func str(s string) v {
	return &firestorepb.Value{ValueType: &firestorepb.Value_StringValue{StringValue: s}}
}

func boolean(b bool) v {
	return &firestorepb.Value{ValueType: &firestorepb.Value_BooleanValue{BooleanValue: b}}
}

func octets(b ...byte) v {
	return &firestorepb.Value{ValueType: &firestorepb.Value_BytesValue{BytesValue: b}}
}

func geo(lat, lng float64) v {
	return &firestorepb.Value{ValueType: &firestorepb.Value_GeoPointValue{
		GeoPointValue: &latlng.LatLng{Latitude: lat, Longitude: lng},
	}}
}

func list(values ...v) v { return value.List(values) }

func vector(values ...v) v {
	return value.Fields(map[string]v{"__type__": str("__vector__"), "value": list(values...)})
}

func object(pairs ...any) v {
	m := map[string]v{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1].(v)
	}
	return value.Fields(m)
}

func doc(path string) v { return value.Ref("projects/p/databases/d/documents/" + path) }

// ascending holds groups of equal values, in order.
var ascending = [][]v{
	{value.NullValue, value.NullValue},
	{boolean(false)},
	{boolean(true)},
	{value.Double(math.NaN()), value.Double(math.Float64frombits(0x7ff8000000000123))},
	{value.Double(math.Inf(-1))},
	{value.Double(-math.MaxFloat64)},
	{value.Int(math.MinInt64), value.Double(math.MinInt64)},
	{value.Double(-1.5)},
	{value.Int(-1), value.Double(-1)},
	{value.Double(-math.SmallestNonzeroFloat64)},
	{value.Int(0), value.Double(0), value.Double(math.Copysign(0, -1))},
	{value.Double(math.SmallestNonzeroFloat64)},
	{value.Int(1), value.Double(1)},
	{value.Double(1.5)},
	{value.Int(1 << 53), value.Double(1 << 53)},
	{value.Int(1<<53 + 1)},
	{value.Int(1<<53 + 2), value.Double(1<<53 + 2)},
	{value.Int(math.MaxInt64 - 1)},
	{value.Int(math.MaxInt64)},
	{value.Double(1 << 63)},
	{value.Double(math.Inf(1))},
	{value.Time(time.Unix(-1, 999_999_000))},
	{value.Time(time.Unix(0, 0))},
	{value.Time(time.Unix(0, 1000))},
	{str("")},
	{str("\x00")},
	{str("a")},
	{str("aa")},
	{str("b")},
	{str("é")},
	{str("\uffee")},
	{str("\U0001f600")}, // after U+FFEE by UTF-8 bytes, before it by UTF-16 units
	{octets()},
	{octets(0)},
	{octets(0, 255)},
	{octets(1)},
	{doc("a/b")},
	{doc("a/b/c/d")},
	{doc("a!/b")}, // segment by segment, though '!' sorts before '/'
	{geo(-90, 180)},
	{geo(0, -180)},
	{geo(0, 0)},
	{list()},
	{list(value.NullValue)},
	{list(value.Int(1)), list(value.Double(1))},
	{list(value.Int(1), value.Int(0))},
	{list(value.Int(2))},
	{vector(value.Int(9))},
	{vector(value.Int(1), value.Int(2))},
	{vector(value.Int(1), value.Int(3)), vector(value.Double(1), value.Double(3))},
	{object()},
	{object("a", value.Int(1))},
	{object("a", value.Int(1), "b", value.Int(0)), object("b", value.Double(0), "a", value.Int(1))},
	{object("a", value.Int(2))},
	{object("b", value.Int(0))},
}

func TestCompare(t *testing.T) {
	for i, group := range ascending {
		for j, other := range ascending {
			for _, a := range group {
				for _, b := range other {
					want := 0
					if i < j {
						want = -1
					} else if i > j {
						want = 1
					}
					if got := value.Compare(a, b); got != want {
						t.Errorf("Compare(%v, %v) = %d, want %d", a, b, got, want)
					}
				}
			}
		}
	}
}

func TestParsePath(t *testing.T) {
	for _, test := range []struct {
		in   string
		want []string // nil: refused
	}{
		{"a", []string{"a"}},
		{"a.b_1.C", []string{"a", "b_1", "C"}},
		{"__name__", []string{"__name__"}},
		{"`a.b`.c", []string{"a.b", "c"}},
		{"`a\\`b`", []string{"a`b"}},
		{"`a\\\\b`", []string{`a\b`}},
		{"`é`", []string{"é"}},
		{"", nil},
		{".", nil},
		{"a.", nil},
		{".a", nil},
		{"a..b", nil},
		{"1a", nil},
		{"é", nil},
		{"a-b", nil},
		{"``", nil},
		{"`a", nil},
		{"`a`b", nil},
		{"`a\\n`", nil},
		{"__x__", nil},
		{"a.__x__", nil},
		{"a.__name__", nil},
	} {
		t.Run(test.in, func(t *testing.T) {
			got, err := value.ParsePath(test.in)
			if (err == nil) != (test.want != nil) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			if err != nil {
				return
			}
			if fmt.Sprint([]string(got)) != fmt.Sprint(test.want) {
				t.Errorf("got %q, want %q", []string(got), test.want)
			}
			if again, err := value.ParsePath(got.String()); err != nil || fmt.Sprint(again) != fmt.Sprint(got) {
				t.Errorf("%q does not parse again: %q, %v", got.String(), []string(again), err)
			}
		})
	}
}
