package index

import (
	"slices"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

// serves reports whether the indexes that are ready serve the need; with building, those under way
// count too.
func (s *Schema) serves(n Need, now time.Time, building bool) bool {
	missing := map[string]bool{}
	for _, p := range n.Equal {
		missing[p.String()] = true
	}
	if n.Contains != nil {
		missing[contains(n.Contains.String())] = true
	}
	if n.Vector != nil {
		return s.servesVector(n, missing, now, building)
	}
	served := len(n.Orders) == 1 && !n.Orders[0].Desc // the documents themselves are in that order
	for _, fields := range s.candidates(n, now, building) {
		if prefix, ok := n.fits(fields); ok {
			served = true
			for _, key := range prefix {
				delete(missing, key)
			}
		}
	}
	return served && len(missing) == 0
}

// candidates returns the fields of each index that may serve the need, with the document's name.
func (s *Schema) candidates(n Need, now time.Time, building bool) (out [][]*adminpb.Index_IndexField) {
	for _, m := range s.Made {
		if (building || m.ready(now)) && groupOf(m.Index.Name) == n.Collection && m.Index.QueryScope == n.scope() {
			out = append(out, m.Index.Fields)
		}
	}
	paths := slices.Clone(n.Equal)
	if n.Contains != nil {
		paths = append(paths, n.Contains)
	}
	if first := n.Orders[0].Path; !first.IsDocumentName() {
		paths = append(paths, first)
	}
	for _, p := range paths {
		indexes, _ := s.Field(n.Collection, p)
		for _, i := range indexes {
			if i.QueryScope == n.scope() {
				out = append(out, withName(i.Fields))
			}
		}
	}
	return out
}

// fits reports whether an index has fields filtered by equality and then the need's order, and
// which those fields are.
func (n Need) fits(fields []*adminpb.Index_IndexField) (prefix []string, ok bool) {
	rest := len(fields) - len(n.Orders)
	if rest < 0 {
		return nil, false
	}
	for i, o := range n.Orders {
		f := fields[rest+i]
		if f.FieldPath != o.Path.String() || f.GetOrder() != direction(o.Desc) {
			return nil, false
		}
	}
	for _, f := range fields[:rest] {
		switch {
		case f.GetArrayConfig() == adminpb.Index_IndexField_CONTAINS && n.Contains != nil && f.FieldPath == n.Contains.String():
			prefix = append(prefix, contains(f.FieldPath))
		case f.GetOrder() != adminpb.Index_IndexField_ORDER_UNSPECIFIED && n.equals(f.FieldPath):
			prefix = append(prefix, f.FieldPath)
		default:
			return nil, false
		}
	}
	return prefix, true
}

func (n Need) equals(path string) bool {
	return slices.ContainsFunc(n.Equal, func(p value.Path) bool { return p.String() == path })
}

// servesVector reports whether there is an index of the vector and exactly the filtered fields.
func (s *Schema) servesVector(n Need, filtered map[string]bool, now time.Time, building bool) bool {
	return slices.ContainsFunc(s.Made, func(m Made) bool {
		if !building && !m.ready(now) || groupOf(m.Index.Name) != n.Collection || m.Index.QueryScope != n.scope() {
			return false
		}
		found, has := false, map[string]bool{}
		for _, f := range m.Index.Fields {
			switch {
			case f.GetVectorConfig() != nil:
				found = f.FieldPath == n.Vector.Path.String() && int(f.GetVectorConfig().Dimension) == n.Vector.Dimension
			case f.GetArrayConfig() == adminpb.Index_IndexField_CONTAINS:
				has[contains(f.FieldPath)] = true
			case f.FieldPath != value.DocumentName:
				has[f.FieldPath] = true
			}
		}
		for key := range has {
			if !filtered[key] {
				return false
			}
		}
		return found && len(has) == len(filtered)
	})
}

func (n Need) scope() adminpb.Index_QueryScope {
	if n.Group {
		return adminpb.Index_COLLECTION_GROUP
	}
	return adminpb.Index_COLLECTION
}

// contains is the key of a field filtered by ARRAY_CONTAINS, beside those filtered by equality.
func contains(path string) string { return path + " CONTAINS" }
