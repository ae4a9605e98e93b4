package main

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// answer is what a side answered, in a form that two sides can be compared by: values are text that
// tells an integer from a double, and 0 from -0.
type answer struct {
	code      codes.Code
	message   string // of the error; not compared
	documents []string
	values    []string
}

func failure(err error) answer {
	return answer{code: status.Code(err), message: status.Convert(err).Message()}
}

// same reports whether two answers are.
func (a answer) same(b answer) bool {
	return a.code == b.code && slices.Equal(a.documents, b.documents) && slices.Equal(a.values, b.values)
}

// beside returns the answer as text. Of documents that the other answer has in the same place it
// tells the name alone.
func (a answer) beside(other answer) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %s", a.code, a.message)
	for _, v := range a.values {
		b.WriteString("\n      " + v)
	}
	for i, d := range a.documents {
		if i == 5 && other.code != a.code {
			break // they differ whatever follows
		}
		if i < len(other.documents) && d == other.documents[i] {
			d, _, _ = strings.Cut(d, " {")
		}
		b.WriteString("\n      " + d)
	}
	return b.String()
}

func canonicalDocument(d *firestorepb.Document) string {
	return short(d.Name) + " " + canonicalFields(d.Fields)
}

func canonicalFields(fields map[string]*firestorepb.Value) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, name := range slices.Sorted(maps.Keys(fields)) {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s: %s", strconv.QuoteToASCII(name), canonicalValue(fields[name]))
	}
	b.WriteByte('}')
	return b.String()
}

func canonicalValue(v *firestorepb.Value) string {
	switch t := v.GetValueType().(type) {
	case *firestorepb.Value_NullValue:
		return "null"
	case *firestorepb.Value_BooleanValue:
		return strconv.FormatBool(t.BooleanValue)
	case *firestorepb.Value_IntegerValue:
		return strconv.FormatInt(t.IntegerValue, 10)
	case *firestorepb.Value_DoubleValue:
		if math.IsNaN(t.DoubleValue) {
			return "NaN"
		}
		return strconv.FormatFloat(t.DoubleValue, 'g', -1, 64) + "d"
	case *firestorepb.Value_TimestampValue:
		return canonicalTime(t.TimestampValue)
	case *firestorepb.Value_StringValue:
		return shortened(strconv.QuoteToASCII(t.StringValue))
	case *firestorepb.Value_BytesValue:
		return shortened(fmt.Sprintf("bytes(%x)", t.BytesValue))
	case *firestorepb.Value_ReferenceValue:
		return "ref(" + short(t.ReferenceValue) + ")"
	case *firestorepb.Value_GeoPointValue:
		return fmt.Sprintf("geo(%v, %v)", t.GeoPointValue.GetLatitude(), t.GeoPointValue.GetLongitude())
	case *firestorepb.Value_ArrayValue:
		var elements []string
		for _, e := range t.ArrayValue.GetValues() {
			elements = append(elements, canonicalValue(e))
		}
		return "[" + strings.Join(elements, ", ") + "]"
	case *firestorepb.Value_MapValue:
		return canonicalFields(t.MapValue.GetFields())
	}
	return fmt.Sprintf("%T", v.GetValueType())
}

// canonicalTime does not tell what the server's clock said; it differs between sides.
func canonicalTime(t *timestamppb.Timestamp) string {
	if since := time.Since(t.AsTime()); since > -time.Hour && since < 24*time.Hour {
		return "now"
	}
	return fmt.Sprintf("time(%d.%09d)", t.GetSeconds(), t.GetNanos())
}

// timing tells whether a write changed its document: its update time is then the commit's.
func timing(updated, committed *timestamppb.Timestamp) string {
	switch {
	case updated == nil:
		return "no update time"
	case updated.AsTime().Equal(committed.AsTime()):
		return "updated"
	}
	return "unchanged"
}

var prefix = regexp.MustCompile("projects/" + project + "/databases/world-[0-9]+/documents")

// short leaves out of a text what a person need not see of the names in it.
func short(s string) string { return prefix.ReplaceAllString(s, "") }

// shortened keeps long values printable: their length and both ends tell them apart.
func shortened(s string) string {
	if len(s) < 200 {
		return s
	}
	return fmt.Sprintf("%s...(%d)...%s", s[:40], len(s), s[len(s)-40:])
}
