package guard

import (
	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
)

func runQuery(r request, m *fs.RunQueryRequest) error {
	need, err := r.reads(m.GetTransaction(), m.GetNewTransaction())
	if err != nil {
		return err
	}
	return r.checkQuery(need, m.GetParent(), m.GetStructuredQuery())
}

func runAggregationQuery(r request, m *fs.RunAggregationQueryRequest) error {
	need, err := r.reads(m.GetTransaction(), m.GetNewTransaction())
	if err != nil {
		return err
	}
	q := m.GetStructuredAggregationQuery()
	if err := known(q); err != nil {
		return err
	}
	return r.checkQuery(need, m.GetParent(), q.GetStructuredQuery())
}

func partitionQuery(r request, m *fs.PartitionQueryRequest) error {
	if err := r.checkQuery(Read, m.GetParent(), m.GetStructuredQuery()); err != nil {
		return err
	}
	return r.checkPage(m.GetPageToken())
}

// checkQuery judges a query by the collections that it selects from. One that names none selects
// from all.
func (g *Guard) checkQuery(need Verbs, parent string, q *fs.StructuredQuery) error {
	if err := known(q); err != nil {
		return err
	}
	if len(q.GetFrom()) == 0 {
		return g.checkCollection(need, parent, "", true)
	}
	for _, from := range q.GetFrom() {
		if err := known(from); err != nil {
			return err
		}
		if err := g.checkCollection(need, parent, from.GetCollectionId(), from.GetAllDescendants()); err != nil {
			return err
		}
	}
	return nil
}

// checkCollection judges what is done with the documents of a collection below parent. An empty id
// means all of them. With descendants, so do the collections of that id at any depth.
func (g *Guard) checkCollection(need Verbs, parent, id string, descendants bool) error {
	if id != "" && !segment(id) { // in the REST form of some calls the id becomes part of a path
		return refuse(ErrForeign, "collection %q", id)
	}
	var have Verbs
	if parent == g.root {
		if have = g.least; id != "" && !descendants {
			have = g.collection(id)
		}
	} else {
		path, ok := g.below(parent)
		if !ok {
			return refuse(ErrForeign, "parent %q", parent)
		}
		have = g.collection(firstOf(path))
	}
	switch {
	case have.Has(need):
		return nil
	case have == 0:
		return refuse(ErrForeign, "collection %q below %q", id, parent)
	}
	return refuse(ErrNotPermitted, "%v of collection %q below %q", need&^have, id, parent)
}
