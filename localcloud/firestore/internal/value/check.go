package value

import (
	"strings"
	"unicode/utf8"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// What the service allows.
const (
	MaxDocumentBytes = 1 << 20
	maxNameBytes     = 1500
	maxPathBytes     = 1500 // of names joined by dots, without backquotes
	maxDepth         = 20
	maxDimensions    = 2048

	MaxIndexedBytes = 1500 // of the operand of a filter
)

// CheckFields reports, as InvalidArgument, the first thing in fields that may not be stored. It
// cuts timestamps to microseconds, the precision the service keeps; so it must run once before
// fields are shared, and may run again.
func CheckFields(fields map[string]*firestorepb.Value) error {
	return stored.checkFields(fields, place{depth: 1})
}

// Check is CheckFields for a single value.
func Check(v *firestorepb.Value) error { return stored.check(v, place{depth: 1}) }

// CheckOperand reports, as InvalidArgument, what is wrong with a value that others are compared
// with. It may be one that no field could have: an array of arrays, a time finer than a
// microsecond. It is left as it is.
func CheckOperand(v *firestorepb.Value) error { return compared.check(v, place{depth: 1}) }

// purpose is what a value is checked for.
type purpose int

const (
	stored purpose = iota
	compared
)

// place is where in a document a value is.
type place struct {
	depth int // of maps and arrays around it
	path  int // the bytes of the names around it, with a dot after each; arrays have none
}

func (p purpose) checkFields(fields map[string]*firestorepb.Value, at place) error {
	if at.depth > maxDepth {
		return invalid("maps and arrays are nested more than %d deep", maxDepth)
	}
	for name, v := range fields {
		if err := checkName(name); err != nil {
			return err
		}
		if n := at.path + len(name); p == stored && n > maxPathBytes {
			return invalid("the path of a field has %d bytes, more than the %d allowed", n, maxPathBytes)
		}
		if err := p.check(v, place{depth: at.depth, path: at.path + len(name) + 1}); err != nil {
			return err
		}
	}
	return nil
}

func (p purpose) check(v *firestorepb.Value, at place) error {
	switch t := v.GetValueType().(type) {
	case nil:
		return invalid("a value has no type")
	case *firestorepb.Value_TimestampValue:
		return p.checkTime(t.TimestampValue)
	case *firestorepb.Value_ReferenceValue:
		_, _, err := resource.ParseDocument(t.ReferenceValue)
		return err
	case *firestorepb.Value_GeoPointValue:
		g := t.GeoPointValue
		if !(g.GetLatitude() >= -90 && g.GetLatitude() <= 90 && g.GetLongitude() >= -180 && g.GetLongitude() <= 180) {
			return invalid("a geographical point lies off the globe")
		}
	case *firestorepb.Value_ArrayValue:
		return p.checkArray(t.ArrayValue.GetValues(), at)
	case *firestorepb.Value_MapValue:
		if _, typed := t.MapValue.GetFields()[typeField]; typed {
			return p.checkVector(t.MapValue)
		}
		return p.checkFields(t.MapValue.GetFields(), place{depth: at.depth + 1, path: at.path})
	default:
		if ClassOf(v) == unknown {
			return invalid("a value of type %T cannot be stored", t)
		}
	}
	return nil
}

func (p purpose) checkArray(values []*firestorepb.Value, at place) error {
	at.depth++
	if at.depth > maxDepth {
		return invalid("maps and arrays are nested more than %d deep", maxDepth)
	}
	for _, e := range values {
		if p == stored && e.GetArrayValue() != nil {
			return invalid("an array may not directly contain another array")
		}
		if p == stored && ClassOf(e) == Vector {
			return invalid("an array may not directly contain a vector")
		}
		if err := p.check(e, at); err != nil {
			return err
		}
	}
	return nil
}

func (p purpose) checkVector(m *firestorepb.MapValue) error {
	if !isVector(m) {
		return invalid("a map has the reserved field %s but is not a vector", typeField)
	}
	elements := m.Fields[vectorField].GetArrayValue().GetValues()
	if len(elements) == 0 {
		return invalid("a vector has no dimension")
	}
	if len(elements) > maxDimensions {
		return invalid("a vector has %d dimensions, more than the %d allowed", len(elements), maxDimensions)
	}
	for _, e := range elements {
		if ClassOf(e) != Number {
			return invalid("a vector holds something that is not a number")
		}
		if p == stored && IsNaN(e) {
			return invalid("a vector cannot hold NaN")
		}
	}
	return nil
}

func (p purpose) checkTime(t *timestamppb.Timestamp) error {
	if err := t.CheckValid(); err != nil {
		return invalid("invalid timestamp: %v", err)
	}
	if fine := t.Nanos % 1000; p == stored && fine != 0 {
		t.Nanos -= fine
	}
	return nil
}

func checkName(name string) error {
	switch {
	case name == "":
		return invalid("a field has an empty name")
	case len(name) > maxNameBytes:
		return invalid("a field name of %d bytes is longer than the %d allowed", len(name), maxNameBytes)
	case !utf8.ValidString(name):
		return invalid("a field name is not valid UTF-8")
	case resource.Reserved(name):
		return invalid("the field name %q is reserved, as all names of the form __.*__", name)
	}
	return nil
}

// CheckSize reports, as InvalidArgument, a document too large to be stored.
func CheckSize(key resource.Key, fields map[string]*firestorepb.Value) error {
	if n := DocumentSize(key, fields); n > MaxDocumentBytes {
		return invalid("document %q cannot be written because its size (%d bytes) exceeds the maximum allowed size of %d bytes",
			key.Path(), n, MaxDocumentBytes)
	}
	return nil
}

// DocumentSize returns the size of a document in bytes, counted as the service's storage
// calculation does.
func DocumentSize(key resource.Key, fields map[string]*firestorepb.Value) int {
	return pathSize(key.Path()) + fieldsSize(fields) + 32
}

func pathSize(path string) int {
	n := 16
	for id := range strings.SplitSeq(path, "/") {
		n += resource.IDSize(id)
	}
	return n
}

func fieldsSize(fields map[string]*firestorepb.Value) int {
	n := 0
	for name, v := range fields {
		n += len(name) + 1 + Size(v)
	}
	return n
}

// Size returns the size of a value in bytes, counted likewise.
func Size(v *firestorepb.Value) int {
	switch t := v.GetValueType().(type) {
	case *firestorepb.Value_NullValue, *firestorepb.Value_BooleanValue:
		return 1
	case *firestorepb.Value_StringValue:
		return len(t.StringValue) + 1
	case *firestorepb.Value_BytesValue:
		return len(t.BytesValue)
	case *firestorepb.Value_ReferenceValue:
		if _, key, err := resource.ParseDocument(t.ReferenceValue); err == nil {
			return pathSize(key.Path())
		}
		return len(t.ReferenceValue)
	case *firestorepb.Value_GeoPointValue:
		return 16
	case *firestorepb.Value_ArrayValue:
		n := 0
		for _, e := range t.ArrayValue.GetValues() {
			n += Size(e)
		}
		return n
	case *firestorepb.Value_MapValue:
		return fieldsSize(t.MapValue.GetFields())
	}
	return 8
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}
