package query

import (
	"cmp"
	"math"
	"slices"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

const maxNearest = 1000

// nearest is a search for the vectors closest to one.
type nearest struct {
	field     value.Path
	to        []float64
	measure   firestorepb.StructuredQuery_FindNearest_DistanceMeasure
	limit     int
	result    value.Path // nil: the distance is not told
	threshold *float64
}

func parseNearest(q *firestorepb.StructuredQuery) (*nearest, error) {
	pb := q.FindNearest
	if pb == nil {
		return nil, nil
	}
	if len(q.OrderBy) > 0 || q.StartAt != nil || q.EndAt != nil {
		return nil, invalid("a nearest-neighbor search has its own order and takes no cursors")
	}
	n := &nearest{measure: pb.DistanceMeasure, limit: int(pb.GetLimit().GetValue())}
	if n.limit < 1 || n.limit > maxNearest {
		return nil, invalid("a nearest-neighbor search needs a limit of 1 to %d", maxNearest)
	}
	switch n.measure {
	case firestorepb.StructuredQuery_FindNearest_EUCLIDEAN, firestorepb.StructuredQuery_FindNearest_COSINE,
		firestorepb.StructuredQuery_FindNearest_DOT_PRODUCT:
	default:
		return nil, invalid("unknown distance measure %v", n.measure)
	}
	if value.ClassOf(pb.QueryVector) != value.Vector {
		return nil, invalid("the query vector is not a vector")
	}
	if err := value.CheckOperand(pb.QueryVector); err != nil {
		return nil, err
	}
	n.to = doubles(pb.QueryVector)
	if t := pb.DistanceThreshold; t != nil {
		if math.IsNaN(t.Value) || math.IsInf(t.Value, 0) {
			return nil, invalid("the distance threshold must be a finite number")
		}
		n.threshold = &t.Value
	}
	var err error
	if pb.DistanceResultField != "" {
		if n.result, err = value.ParsePath(pb.DistanceResultField); err != nil {
			return nil, err
		}
	}
	n.field, err = value.ParsePath(pb.GetVectorField().GetFieldPath())
	return n, err
}

func doubles(v *firestorepb.Value) []float64 {
	elements := value.Elements(v)
	out := make([]float64, len(elements))
	for i, e := range elements {
		out[i] = value.AsDouble(e)
	}
	return out
}

// runNearest returns the documents nearest first, each with its distance if that is wanted.
func (q *Query) runNearest(snapshot *store.Snapshot) Result {
	n := q.nearest
	type neighbor struct {
		doc      *store.Document
		distance float64
	}
	var near []neighbor
	for _, r := range q.rows(snapshot, -1) {
		v := n.field.Get(r.doc.Fields)
		if value.ClassOf(v) != value.Vector || len(value.Elements(v)) != len(n.to) {
			continue
		}
		if d := n.distance(doubles(v)); n.threshold == nil || n.closeness(d, *n.threshold) <= 0 {
			near = append(near, neighbor{r.doc, d})
		}
	}
	slices.SortFunc(near, func(a, b neighbor) int {
		return cmp.Or(n.closeness(a.distance, b.distance), a.doc.Key.Compare(b.doc.Key))
	})
	result := Result{Time: snapshot.Time()}
	for _, b := range near[:min(n.limit, len(near))] {
		d := &store.Document{Key: b.doc.Key, Fields: b.doc.Fields, Created: b.doc.Created, Updated: b.doc.Updated}
		if n.result != nil {
			d.Fields = n.result.With(d.Fields, value.Double(b.distance))
		}
		result.Found = append(result.Found, d)
	}
	return result
}

// closeness is negative if distance a is the nearer. Dot products grow with nearness. A distance
// that is not a number, as the cosine's to or from a vector of zeros, counts as greater than all
// numbers, so it comes last and beyond any threshold unless it is a dot product.
func (n *nearest) closeness(a, b float64) int {
	if n.measure == firestorepb.StructuredQuery_FindNearest_DOT_PRODUCT {
		a, b = b, a
	}
	switch {
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	case math.IsNaN(b):
		return -1
	}
	return cmp.Compare(a, b)
}

func (n *nearest) distance(v []float64) float64 {
	var squares, dot, lengthA, lengthB float64
	for i, a := range v {
		b := n.to[i]
		squares += (a - b) * (a - b)
		dot += a * b
		lengthA += a * a
		lengthB += b * b
	}
	switch n.measure {
	case firestorepb.StructuredQuery_FindNearest_COSINE:
		return 1 - dot/math.Sqrt(lengthA*lengthB)
	case firestorepb.StructuredQuery_FindNearest_DOT_PRODUCT:
		return dot
	}
	return math.Sqrt(squares)
}
