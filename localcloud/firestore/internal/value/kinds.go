package value

import (
	"math"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// NullValue is the null.
var NullValue = &firestorepb.Value{ValueType: &firestorepb.Value_NullValue{NullValue: structpb.NullValue_NULL_VALUE}}

// Int returns an integer.
func Int(i int64) *firestorepb.Value {
	return &firestorepb.Value{ValueType: &firestorepb.Value_IntegerValue{IntegerValue: i}}
}

// Double returns a double.
func Double(d float64) *firestorepb.Value {
	return &firestorepb.Value{ValueType: &firestorepb.Value_DoubleValue{DoubleValue: d}}
}

// Time returns a timestamp.
func Time(t time.Time) *firestorepb.Value {
	return &firestorepb.Value{ValueType: &firestorepb.Value_TimestampValue{TimestampValue: timestamppb.New(t)}}
}

// Ref returns a reference to the document of that full name.
func Ref(name string) *firestorepb.Value {
	return &firestorepb.Value{ValueType: &firestorepb.Value_ReferenceValue{ReferenceValue: name}}
}

// List returns an array.
func List(values []*firestorepb.Value) *firestorepb.Value {
	return &firestorepb.Value{ValueType: &firestorepb.Value_ArrayValue{ArrayValue: &firestorepb.ArrayValue{Values: values}}}
}

// Fields returns a map.
func Fields(fields map[string]*firestorepb.Value) *firestorepb.Value {
	return &firestorepb.Value{ValueType: &firestorepb.Value_MapValue{MapValue: &firestorepb.MapValue{Fields: fields}}}
}

// IsNull reports whether v is null.
func IsNull(v *firestorepb.Value) bool {
	_, ok := v.GetValueType().(*firestorepb.Value_NullValue)
	return ok
}

// IsNaN reports whether v is the double NaN.
func IsNaN(v *firestorepb.Value) bool {
	d, ok := v.GetValueType().(*firestorepb.Value_DoubleValue)
	return ok && math.IsNaN(d.DoubleValue)
}

// AsDouble returns a number as a double, rounding large integers. v must be a Number.
func AsDouble(v *firestorepb.Value) float64 {
	if i, ok := v.GetValueType().(*firestorepb.Value_IntegerValue); ok {
		return float64(i.IntegerValue)
	}
	return v.GetDoubleValue()
}

// A vector is a map that says so: {"__type__": "__vector__", "value": [numbers]}.
const (
	typeField   = "__type__"
	vectorType  = "__vector__"
	vectorField = "value"
)

func isVector(m *firestorepb.MapValue) bool {
	return len(m.GetFields()) == 2 && m.Fields[typeField].GetStringValue() == vectorType &&
		m.Fields[vectorField].GetArrayValue() != nil
}

// fieldsOf returns the fields of a map. Paths do not reach into vectors.
func fieldsOf(v *firestorepb.Value) map[string]*firestorepb.Value {
	m := v.GetMapValue()
	if isVector(m) {
		return nil
	}
	return m.GetFields()
}

// Elements returns the elements of an array or a vector, and nil for all else.
func Elements(v *firestorepb.Value) []*firestorepb.Value {
	switch ClassOf(v) {
	case Array:
		return v.GetArrayValue().GetValues()
	case Vector:
		return v.GetMapValue().GetFields()[vectorField].GetArrayValue().GetValues()
	}
	return nil
}
