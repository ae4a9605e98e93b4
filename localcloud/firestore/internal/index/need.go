// Package index holds the rule by which a query needs an index, and what is known of a database's
// indexes.
//
// The rule is that of Firestore's Standard edition, as Google's documents state it ("Index types in
// Cloud Firestore", "Query with range and inequality filters on multiple fields", "Search with
// vector embeddings", and the reference of google.firestore.admin.v1.Index):
//
//   - Each field of each collection has an ascending, a descending and an array-contains index of
//     its own, in the scope of one collection. Field settings change that, and alone make one in
//     the scope of a collection group.
//   - An index ends in the document's name, in the direction of its last field unless it says
//     otherwise. An array-contains field has no direction, and the name after it ascends.
//   - A conjunction of filters is served by an index that has the fields filtered by equality
//     first, in any sequence and direction, then exactly the fields that order the query, with
//     their directions. IN counts as equality, ARRAY_CONTAINS_ANY as ARRAY_CONTAINS. A range or
//     inequality filter orders by its field, and so does an aggregation.
//   - Several indexes are merged if each ends in that order, and together they have all fields
//     filtered by equality. So a query of equalities alone, with one ARRAY_CONTAINS or none, needs
//     none but those of single fields.
//   - An index is never read backwards, and never serves a query that does not name all its fields.
//   - A disjunction needs an index for each of its conjunctions.
//   - A query without filters and orders, or by ascending document names alone, needs no index.
//
// Simplified: the service plans some merges of composite indexes that this rule finds, and then
// refuses all the same; and it may take an index that has fields of inequalities or aggregations in
// another sequence, where the query leaves the sequence open. Here the one sequence that serves is
// that of the query's order: as asked, then by name of the fields.
package index

import (
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// Need is what one conjunction of filters needs of indexes.
type Need struct {
	Collection string       // its id
	Group      bool         // all collections of that id
	Equal      []value.Path // filtered by equality, each once, in their order
	Contains   value.Path   // filtered by ARRAY_CONTAINS; nil: none
	Orders     []Order      // the rest of the order; the last is the document's name
	Vector     *Vector      // nil: no search for the nearest
}

// Order is one key of an order.
type Order struct {
	Path value.Path
	Desc bool
}

// Vector is a search for the nearest vectors. Its filters all count as equalities.
type Vector struct {
	Path      value.Path
	Dimension int
}
