package query

import (
	"fmt"
	"math"
	"math/big"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

const maxAggregations = 5

// Aggregation counts, sums and averages what a query finds.
type Aggregation struct {
	Query *Query
	parts []part
}

// part computes one aggregate of the found documents.
type part struct {
	alias string
	field value.Path // nil: of the documents themselves
	over  func([]*store.Document, value.Path) *firestorepb.Value
}

// CompileAggregation checks an aggregation below parent in database db, and takes ownership of it.
// The error is InvalidArgument, or Unimplemented.
func CompileAggregation(db resource.Database, parent string, pb *firestorepb.StructuredAggregationQuery) (*Aggregation, error) {
	a := &Aggregation{}
	if n := len(pb.Aggregations); n < 1 || n > maxAggregations {
		return nil, invalid("a request may have 1 to %d aggregations, not %d", maxAggregations, n)
	}
	var fields []value.Path
	unnamed := 0
	for _, pb := range pb.Aggregations {
		p, err := parsePart(pb)
		if err != nil {
			return nil, err
		}
		if p.alias == "" {
			unnamed++
			p.alias = fmt.Sprintf("field_%d", unnamed)
		}
		for _, other := range a.parts {
			if other.alias == p.alias {
				return nil, invalid("two aggregations have the alias %q", p.alias)
			}
		}
		a.parts = append(a.parts, p)
		if p.field != nil {
			addPath(&fields, p.field)
		}
	}
	if len(fields) > 0 && len(pb.GetStructuredQuery().GetSelect().GetFields()) > 0 {
		return nil, invalid("a query with a projection can be counted, but not summed or averaged")
	}
	var err error
	a.Query, err = compile(db, parent, pb.GetStructuredQuery(), fields)
	return a, err
}

func parsePart(pb *firestorepb.StructuredAggregationQuery_Aggregation) (part, error) {
	p := part{alias: pb.Alias}
	var field *firestorepb.StructuredQuery_FieldReference
	switch op := pb.Operator.(type) {
	case *firestorepb.StructuredAggregationQuery_Aggregation_Count_:
		limit := int64(math.MaxInt64)
		if up := op.Count.GetUpTo(); up != nil {
			if limit = up.Value; limit < 1 {
				return p, invalid("a count up to %d counts nothing", limit)
			}
		}
		p.over = func(found []*store.Document, _ value.Path) *firestorepb.Value {
			return value.Int(min(int64(len(found)), limit))
		}
		return p, nil
	case *firestorepb.StructuredAggregationQuery_Aggregation_Sum_:
		field, p.over = op.Sum.GetField(), sum
	case *firestorepb.StructuredAggregationQuery_Aggregation_Avg_:
		field, p.over = op.Avg.GetField(), average
	default:
		return p, invalid("an aggregation has no operator")
	}
	var err error
	if p.field, err = value.ParsePath(field.GetFieldPath()); err == nil && p.field.IsDocumentName() {
		err = invalid("%s cannot be aggregated", value.DocumentName)
	}
	return p, err
}

// Over returns the aggregates of what the query found.
func (a *Aggregation) Over(found []*store.Document) map[string]*firestorepb.Value {
	out := map[string]*firestorepb.Value{}
	for _, p := range a.parts {
		out[p.alias] = p.over(found, p.field)
	}
	return out
}

// sum skips what is not a number. Integers sum to an integer unless the sum is out of range or
// there is a double.
func sum(found []*store.Document, field value.Path) *firestorepb.Value {
	whole, doubles, isDouble, _ := add(found, field)
	if !isDouble && whole.IsInt64() {
		return value.Int(whole.Int64())
	}
	rounded, _ := new(big.Float).SetInt(whole).Float64()
	return value.Double(rounded + doubles)
}

// average skips what is not a number; of no numbers at all it is null.
func average(found []*store.Document, field value.Path) *firestorepb.Value {
	whole, doubles, _, n := add(found, field)
	if n == 0 {
		return value.NullValue
	}
	rounded, _ := new(big.Float).SetInt(whole).Float64()
	return value.Double((rounded + doubles) / float64(n))
}

// add sums the field's integers and its doubles apart, so that integers lose nothing.
func add(found []*store.Document, field value.Path) (whole *big.Int, doubles float64, isDouble bool, n int) {
	whole = new(big.Int)
	lost := 0.0 // what rounding took from doubles
	for _, d := range found {
		switch v := field.Get(d.Fields).GetValueType().(type) {
		case *firestorepb.Value_IntegerValue:
			whole.Add(whole, big.NewInt(v.IntegerValue))
			n++
		case *firestorepb.Value_DoubleValue:
			next := doubles + v.DoubleValue
			if math.Abs(doubles) >= math.Abs(v.DoubleValue) {
				lost += doubles - next + v.DoubleValue
			} else {
				lost += v.DoubleValue - next + doubles
			}
			doubles = next
			isDouble = true
			n++
		}
	}
	if sum := doubles + lost; !math.IsNaN(sum) {
		doubles = sum
	}
	return whole, doubles, isDouble, n
}
