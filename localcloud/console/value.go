package console

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
)

const (
	maxText    = 160 // characters of a value before it is cut
	maxInline  = 48  // of a value in a preview
	openLevels = 2   // how deep maps and arrays are open at first
)

// fieldView is a field of a map, or an element of an array.
type fieldView struct {
	Name  string // or index
	Value valueView
}

// valueView is a value of a document.
type valueView struct {
	Type  string
	Text  string // the whole of it, for a value that has no parts
	Cut   string // its beginning, when it is long
	URL   string // of the document that it refers to
	Parts []fieldView
	Open  bool // its parts show at once
}

// fields are the fields of a map at a level of nesting, by name.
func (c *console) fields(all map[string]*firestorepb.Value, level int) []fieldView {
	var v []fieldView
	for _, name := range slices.Sorted(maps.Keys(all)) {
		v = append(v, fieldView{name, c.value(all[name], level)})
	}
	return v
}

func (c *console) value(pb *firestorepb.Value, level int) valueView {
	v := valueView{Open: level < openLevels}
	switch t := pb.GetValueType().(type) {
	case *firestorepb.Value_MapValue:
		v.Type, v.Text = "map", "empty"
		if vector, ok := vectorOf(t.MapValue); ok {
			v.Type, v.Open = "vector", false
			v.Parts = c.elements(vector, level+1)
			return v
		}
		v.Parts = c.fields(t.MapValue.GetFields(), level+1)
		return v
	case *firestorepb.Value_ArrayValue:
		v.Type, v.Text, v.Parts = "array", "empty", c.elements(t.ArrayValue, level+1)
		return v
	case *firestorepb.Value_ReferenceValue:
		v.URL = c.resourceURL(t.ReferenceValue)
	}
	v.Type, v.Text = scalar(pb)
	if short, ok := cut(v.Text, maxText); ok {
		v.Cut = short
	}
	return v
}

func (c *console) elements(a *firestorepb.ArrayValue, level int) []fieldView {
	var v []fieldView
	for i, e := range a.GetValues() {
		v = append(v, fieldView{strconv.Itoa(i), c.value(e, level)})
	}
	return v
}

// vectorOf returns the numbers of a map that stands for a vector, as the client libraries write
// one.
func vectorOf(m *firestorepb.MapValue) (*firestorepb.ArrayValue, bool) {
	is := len(m.GetFields()) == 2 && m.Fields["__type__"].GetStringValue() == "__vector__" && m.Fields["value"].GetArrayValue() != nil
	return m.GetFields()["value"].GetArrayValue(), is
}

// scalar is the type and the text of a value that has no parts. A text that holds a secret is
// hidden.
func scalar(pb *firestorepb.Value) (kind, text string) {
	switch t := pb.GetValueType().(type) {
	case *firestorepb.Value_BooleanValue:
		return "boolean", strconv.FormatBool(t.BooleanValue)
	case *firestorepb.Value_IntegerValue:
		return "integer", strconv.FormatInt(t.IntegerValue, 10)
	case *firestorepb.Value_DoubleValue:
		return "double", strconv.FormatFloat(t.DoubleValue, 'g', -1, 64)
	case *firestorepb.Value_TimestampValue:
		return "timestamp", t.TimestampValue.AsTime().Format(time.RFC3339Nano)
	case *firestorepb.Value_StringValue:
		return "string", hide(t.StringValue)
	case *firestorepb.Value_BytesValue:
		kind = "bytes, " + strconv.Itoa(len(t.BytesValue))
		if holdsSecret(string(t.BytesValue)) {
			return kind, hidden
		}
		return kind, base64.StdEncoding.EncodeToString(t.BytesValue)
	case *firestorepb.Value_ReferenceValue:
		return "reference", t.ReferenceValue
	case *firestorepb.Value_GeoPointValue:
		p := t.GeoPointValue
		return "geo point", strconv.FormatFloat(p.GetLatitude(), 'f', -1, 64) + ", " + strconv.FormatFloat(p.GetLongitude(), 'f', -1, 64)
	}
	return "null", "null"
}

// preview is a value on one short line.
func preview(pb *firestorepb.Value) string {
	switch t := pb.GetValueType().(type) {
	case *firestorepb.Value_MapValue:
		if a, ok := vectorOf(t.MapValue); ok {
			return "vector of " + strconv.Itoa(len(a.Values))
		}
		return "{" + count(len(t.MapValue.GetFields()), "field") + "}"
	case *firestorepb.Value_ArrayValue:
		return "[" + count(len(t.ArrayValue.GetValues()), "element") + "]"
	}
	_, text := scalar(pb)
	short, _ := cut(oneLine(text), maxInline)
	return short
}
