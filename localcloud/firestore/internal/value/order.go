// Package value knows what Firestore values are: how they are ordered across types, how big they
// are, which may be stored, and how field paths reach into them. Values are never changed in place;
// what must differ is copied.
package value

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// Class is the place of a type in the order across types. Integers and doubles share one.
type Class int

// The classes, in order.
const (
	Null Class = iota
	Boolean
	Number
	Timestamp
	String
	Bytes
	Reference
	GeoPoint
	Array
	Vector
	Map
	unknown
)

// ClassOf returns the class of v.
func ClassOf(v *firestorepb.Value) Class {
	switch t := v.GetValueType().(type) {
	case *firestorepb.Value_NullValue:
		return Null
	case *firestorepb.Value_BooleanValue:
		return Boolean
	case *firestorepb.Value_IntegerValue, *firestorepb.Value_DoubleValue:
		return Number
	case *firestorepb.Value_TimestampValue:
		return Timestamp
	case *firestorepb.Value_StringValue:
		return String
	case *firestorepb.Value_BytesValue:
		return Bytes
	case *firestorepb.Value_ReferenceValue:
		return Reference
	case *firestorepb.Value_GeoPointValue:
		return GeoPoint
	case *firestorepb.Value_ArrayValue:
		return Array
	case *firestorepb.Value_MapValue:
		if isVector(t.MapValue) {
			return Vector
		}
		return Map
	}
	return unknown
}

// Compare orders any two values as queries do: by class, then within it. 1 and 1.0 are equal, NaN
// comes before all other numbers and equals itself.
func Compare(a, b *firestorepb.Value) int {
	class := ClassOf(a)
	if c := cmp.Compare(class, ClassOf(b)); c != 0 {
		return c
	}
	switch class {
	case Boolean:
		return compareBools(a.GetBooleanValue(), b.GetBooleanValue())
	case Number:
		return compareNumbers(a, b)
	case Timestamp:
		x, y := a.GetTimestampValue(), b.GetTimestampValue()
		return cmp.Or(cmp.Compare(x.Seconds, y.Seconds), cmp.Compare(x.Nanos, y.Nanos))
	case String:
		return strings.Compare(a.GetStringValue(), b.GetStringValue())
	case Bytes:
		return bytes.Compare(a.GetBytesValue(), b.GetBytesValue())
	case Reference:
		return resource.ComparePaths(a.GetReferenceValue(), b.GetReferenceValue())
	case GeoPoint:
		x, y := a.GetGeoPointValue(), b.GetGeoPointValue()
		return cmp.Or(cmp.Compare(x.Latitude, y.Latitude), cmp.Compare(x.Longitude, y.Longitude))
	case Array:
		return slices.CompareFunc(a.GetArrayValue().GetValues(), b.GetArrayValue().GetValues(), Compare)
	case Vector:
		x, y := Elements(a), Elements(b)
		return cmp.Or(cmp.Compare(len(x), len(y)), slices.CompareFunc(x, y, Compare))
	case Map:
		return compareMaps(a.GetMapValue().GetFields(), b.GetMapValue().GetFields())
	}
	return 0
}

// Equal reports whether queries and array transforms take a and b for the same value.
func Equal(a, b *firestorepb.Value) bool { return Compare(a, b) == 0 }

// Contains reports whether one of list equals v.
func Contains(list []*firestorepb.Value, v *firestorepb.Value) bool {
	return slices.ContainsFunc(list, func(e *firestorepb.Value) bool { return Equal(e, v) })
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func compareMaps(a, b map[string]*firestorepb.Value) int {
	x, y := slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b))
	for i := range min(len(x), len(y)) {
		if c := strings.Compare(x[i], y[i]); c != 0 {
			return c
		}
		if c := Compare(a[x[i]], b[y[i]]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}

// compareNumbers compares integers and doubles by their exact numeric value. cmp.Compare puts NaN
// first and takes -0 and 0 for equal, which is the order wanted.
func compareNumbers(a, b *firestorepb.Value) int {
	x, xIsInt := a.GetValueType().(*firestorepb.Value_IntegerValue)
	y, yIsInt := b.GetValueType().(*firestorepb.Value_IntegerValue)
	switch {
	case xIsInt && yIsInt:
		return cmp.Compare(x.IntegerValue, y.IntegerValue)
	case xIsInt:
		return compareIntToDouble(x.IntegerValue, b.GetDoubleValue())
	case yIsInt:
		return -compareIntToDouble(y.IntegerValue, a.GetDoubleValue())
	}
	return cmp.Compare(a.GetDoubleValue(), b.GetDoubleValue())
}

// compareIntToDouble does not convert i to a double, for that would take 2^53 and 2^53+1 for the
// same number.
func compareIntToDouble(i int64, d float64) int {
	switch {
	case math.IsNaN(d):
		return 1
	case d >= 1<<63:
		return -1
	case d < -1<<63:
		return 1
	}
	whole := math.Trunc(d)
	return cmp.Or(cmp.Compare(i, int64(whole)), cmp.Compare(0, d-whole))
}
