package main

import (
	"math"
	"math/rand/v2"
	"strings"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/genproto/googleapis/type/latlng"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// random draws cases. Values are drawn from a few, so that documents meet the operands of filters.
type random struct {
	*rand.Rand
	world world
	docs  []*firestorepb.Document // of the world
	valid bool                    // draws only values that may be stored
	whole bool                    // draws times of whole microseconds
}

func pick[T any](r random, of ...T) T { return of[r.IntN(len(of))] }

// chance is true once in n times.
func (r random) chance(n int) bool { return r.IntN(n) == 0 }

// fieldNames are the top-level fields of documents.
var fieldNames = []string{"a", "b", "c", "m", "odd name", "x.y", "back`tick", "é", "0"}

// paths are what queries name. Some lead into the maps, some nowhere, some are of a form that must
// be refused.
var paths = []string{
	"a", "b", "c", "a", "b", "c", "m", "m.a", "m.b", "m.a.b", "`odd name`", "`x.y`", "`back\\`tick`", "`é`", "`0`", "`a`", "m.`x.y`",
	"missing", "a.missing",
}

var badPaths = []string{"", "x-y", "a..b", ".a", "a.", "`a", "``", "é", "0", "__x__", "m.__x__", "a b", "a.`b`c"}

func (r random) path() string {
	switch {
	case r.chance(200):
		return pick(r, badPaths...)
	case r.chance(16):
		return "__name__"
	}
	return pick(r, paths...)
}

func (r random) integer() int64 {
	return pick[int64](r, -1, 0, 1, 2, 3, 1<<53, 1<<53+1, 1<<53+2, math.MinInt64, math.MaxInt64)
}

func (r random) double() float64 {
	return pick(r, 0.0, math.Copysign(0, -1), 1, 1.5, 2, -1, 1<<53, 1<<63, -1<<63, 1e300, 5e-324, math.NaN(), math.Inf(1), math.Inf(-1))
}

func (r random) text() string {
	if r.chance(40) {
		return strings.Repeat("l", 1500) + pick(r, "", "a", "b")
	}
	return pick(r, "", "a", "b", "ab", "B", "é", "\x00", "a\x00b", "\uffff", "\U0001F600", "\ue000", "e\u0301")
}

func (r random) bytes() []byte {
	return []byte(pick(r, "", "\x00", "a", "ab", "\xff", "\xff\x00"))
}

func (r random) time() *timestamppb.Timestamp {
	t := &timestamppb.Timestamp{
		Seconds: pick(r, int64(0), 1, -1, 1_600_000_000, -62135596800, 253402300799),
		Nanos:   pick(r, int32(0), 0, 1000, 1001, 999_999_999),
	}
	if r.whole {
		t.Nanos -= t.Nanos % 1000
	}
	return t
}

func (r random) geoPoint() *latlng.LatLng {
	return &latlng.LatLng{Latitude: pick(r, 0.0, -90, 90, 1.5), Longitude: pick(r, 0.0, -180, 180, 1.5)}
}

func (r random) ref() string {
	if r.chance(8) {
		return pick(r, "projects/"+project+"/databases/other/documents/c/a", "projects/elsewhere/databases/other/documents/c/a")
	}
	return r.document(r.collection(), pick(r, ids...))
}

// value draws any value. Depth bounds how deep it nests.
func (r random) value(depth int) *firestorepb.Value {
	kinds := 14
	if depth == 0 {
		kinds = 11
	}
	switch r.IntN(kinds) {
	case 0:
		return &firestorepb.Value{ValueType: &firestorepb.Value_NullValue{NullValue: structpb.NullValue_NULL_VALUE}}
	case 1:
		return &firestorepb.Value{ValueType: &firestorepb.Value_BooleanValue{BooleanValue: r.chance(2)}}
	case 2, 3:
		return integer(r.integer())
	case 4, 5:
		return double(r.double())
	case 6:
		return &firestorepb.Value{ValueType: &firestorepb.Value_TimestampValue{TimestampValue: r.time()}}
	case 7:
		return &firestorepb.Value{ValueType: &firestorepb.Value_StringValue{StringValue: r.text()}}
	case 8:
		return &firestorepb.Value{ValueType: &firestorepb.Value_BytesValue{BytesValue: r.bytes()}}
	case 9:
		return reference(r.ref())
	case 10:
		return &firestorepb.Value{ValueType: &firestorepb.Value_GeoPointValue{GeoPointValue: r.geoPoint()}}
	case 11:
		return r.vector()
	case 12:
		return r.list(depth - 1)
	}
	return object(r.fields(depth-1, []string{"a", "b", "x.y"}))
}

func (r random) vector() *firestorepb.Value {
	var elements []*firestorepb.Value
	for range r.IntN(3) + 1 {
		elements = append(elements, double(pick(r, 0.0, 1, -1, 2)))
	}
	return object(map[string]*firestorepb.Value{
		"__type__": {ValueType: &firestorepb.Value_StringValue{StringValue: "__vector__"}},
		"value":    array(elements),
	})
}

// list draws an array. Arrays of arrays and of vectors are refused, and seldom drawn.
func (r random) list(depth int) *firestorepb.Value {
	var elements []*firestorepb.Value
	for range r.IntN(4) {
		e := r.value(depth)
		_, vector := e.GetMapValue().GetFields()["__type__"]
		if e.GetArrayValue() == nil && !vector || !r.valid && r.chance(30) {
			elements = append(elements, e)
		}
	}
	return array(elements)
}

// fields draws some of the names, each with a value.
func (r random) fields(depth int, names []string) map[string]*firestorepb.Value {
	out := map[string]*firestorepb.Value{}
	for _, name := range names {
		if !r.chance(3) {
			out[name] = r.value(depth)
		}
	}
	return out
}

func integer(i int64) *firestorepb.Value {
	return &firestorepb.Value{ValueType: &firestorepb.Value_IntegerValue{IntegerValue: i}}
}

func double(d float64) *firestorepb.Value {
	return &firestorepb.Value{ValueType: &firestorepb.Value_DoubleValue{DoubleValue: d}}
}

func reference(name string) *firestorepb.Value {
	return &firestorepb.Value{ValueType: &firestorepb.Value_ReferenceValue{ReferenceValue: name}}
}

func array(elements []*firestorepb.Value) *firestorepb.Value {
	return &firestorepb.Value{ValueType: &firestorepb.Value_ArrayValue{ArrayValue: &firestorepb.ArrayValue{Values: elements}}}
}

func object(fields map[string]*firestorepb.Value) *firestorepb.Value {
	return &firestorepb.Value{ValueType: &firestorepb.Value_MapValue{MapValue: &firestorepb.MapValue{Fields: fields}}}
}
