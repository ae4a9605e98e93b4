package guard_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/guard"
)

// limited is a scope with a collection of each kind, and one document of its own.
func limited(root string) guard.Scope {
	s := guard.Scope{
		Project: "p", Database: "d", Root: root,
		Collections: map[string]guard.Verbs{
			"notes": guard.Read, "log": guard.Read | guard.Append, "box": guard.Append, "drafts": guard.Read | guard.Write,
		},
		Documents: map[string]guard.Verbs{"profiles/u1": guard.Read | guard.Write},
	}
	return s
}

// Each request is judged by the collections that it touches, in a database of one's own and below a
// root alike.
func TestCollections(t *testing.T) {
	for _, root := range []string{"", "tenants/t1"} {
		g := must(limited(root))
		top := "projects/p/databases/d/documents"
		if root != "" {
			top += "/" + root
		}
		for _, c := range collectionCases(top) {
			t.Run(fmt.Sprintf("%s/%s %s", root, c.method, c.what), func(t *testing.T) {
				if err := judge(g, service+c.method, c.message); !is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
			})
		}
	}
}

// is is errors.Is for which nil is an error like any other, and no refusal is of two kinds.
func is(err, want error) bool {
	for _, kind := range []error{guard.ErrForeign, guard.ErrNotPermitted} {
		if errors.Is(err, kind) && kind != want {
			return false
		}
	}
	return errors.Is(err, want)
}

type collectionCase struct {
	method, what string
	message      any
	want         error
}

func collectionCases(top string) []collectionCase {
	const db = "projects/p/databases/d"
	get := func(paths ...string) any {
		m := &fs.BatchGetDocumentsRequest{Database: db}
		for _, p := range paths {
			m.Documents = append(m.Documents, top+"/"+p)
		}
		return m
	}
	from := func(id string, all bool) *fs.StructuredQuery {
		return &fs.StructuredQuery{From: []*fs.StructuredQuery_CollectionSelector{{CollectionId: id, AllDescendants: all}}}
	}
	query := func(below string, q *fs.StructuredQuery) any {
		return &fs.RunQueryRequest{Parent: top + below, QueryType: &fs.RunQueryRequest_StructuredQuery{StructuredQuery: q}}
	}
	count := func(q *fs.StructuredQuery) any {
		return &fs.RunAggregationQueryRequest{Parent: top, QueryType: &fs.RunAggregationQueryRequest_StructuredAggregationQuery{
			StructuredAggregationQuery: &fs.StructuredAggregationQuery{
				QueryType: &fs.StructuredAggregationQuery_StructuredQuery{StructuredQuery: q},
			},
		}}
	}
	partition := func(q *fs.StructuredQuery) any {
		return &fs.PartitionQueryRequest{Parent: top, QueryType: &fs.PartitionQueryRequest_StructuredQuery{StructuredQuery: q}}
	}
	watch := func(q *fs.StructuredQuery) any {
		return &fs.ListenRequest{Database: db, TargetChange: &fs.ListenRequest_AddTarget{AddTarget: &fs.Target{
			TargetType: &fs.Target_Query{Query: &fs.Target_QueryTarget{
				Parent: top, QueryType: &fs.Target_QueryTarget_StructuredQuery{StructuredQuery: q},
			}},
		}}}
	}
	watchOne := func(path string) any {
		return &fs.ListenRequest{Database: db, TargetChange: &fs.ListenRequest_AddTarget{AddTarget: &fs.Target{
			TargetType: &fs.Target_Documents{Documents: &fs.Target_DocumentsTarget{Documents: []string{top + "/" + path}}},
		}}}
	}
	both := from("notes", false)
	both.From = append(both.From, from("secrets", false).From...)
	list := func(below, id string) any { return &fs.ListDocumentsRequest{Parent: top + below, CollectionId: id} }
	ids := func(below string) any { return &fs.ListCollectionIdsRequest{Parent: top + below} }
	commit := func(writes ...*fs.Write) any { return &fs.CommitRequest{Database: db, Writes: writes} }
	batch := func(writes ...*fs.Write) any { return &fs.BatchWriteRequest{Database: db, Writes: writes} }
	create := func(path string) *fs.Write { return creating(top + "/" + path) }
	set := func(path string) *fs.Write { return update(top + "/" + path)[0] }
	foreign, not := guard.ErrForeign, guard.ErrNotPermitted
	return []collectionCase{
		{"BatchGetDocuments", "what may be read", get("notes/a", "log/a", "drafts/a", "profiles/u1"), nil},
		{"BatchGetDocuments", "deep in what may be read", get("notes/a/parts/b/secrets/c"), nil},
		{"BatchGetDocuments", "a collection without a name in the scope", get("secrets/a"), foreign},
		{"BatchGetDocuments", "one of two", get("notes/a", "secrets/a"), foreign},
		{"BatchGetDocuments", "what may be appended to", get("box/a"), not},
		{"BatchGetDocuments", "another's profile", get("profiles/u2"), foreign},
		{"BatchGetDocuments", "beneath the own document", get("profiles/u1/keys/k"), foreign},
		{"BatchGetDocuments", "a longer name", get("notesx/a"), foreign},
		{"RunQuery", "what may be read", query("", from("notes", false)), nil},
		{"RunQuery", "beneath what may be read", query("/notes/a", from("secrets", true)), nil},
		{"RunQuery", "beneath what may not", query("/secrets/a", from("notes", false)), foreign},
		{"RunQuery", "beneath the own document", query("/profiles/u1", from("notes", false)), foreign},
		{"RunQuery", "the collection of the own document", query("", from("profiles", false)), foreign},
		{"RunQuery", "what may be appended to", query("", from("box", false)), not},
		{"RunQuery", "a collection without a name in the scope", query("", from("secrets", false)), foreign},
		{"RunQuery", "all collections of a name", query("", from("notes", true)), foreign},
		{"RunQuery", "all collections", query("", from("", false)), foreign},
		{"RunQuery", "all documents", query("", from("", true)), foreign},
		{"RunQuery", "a query from nothing", query("", &fs.StructuredQuery{}), foreign},
		{"RunQuery", "one of two", query("", both), foreign},
		{"RunQuery", "an id with a slash", query("", from("notes/a/secrets", false)), foreign},
		{"RunQuery", "an id of dots", query("/notes/a", from("..", false)), foreign},
		{"RunAggregationQuery", "what may be read", count(from("notes", false)), nil},
		{"RunAggregationQuery", "what may be appended to", count(from("box", false)), not},
		{"RunAggregationQuery", "all collections of a name", count(from("notes", true)), foreign},
		{"PartitionQuery", "what may be read", partition(from("notes", false)), nil},
		{"PartitionQuery", "all collections of a name", partition(from("notes", true)), foreign},
		{"Listen", "what may be read", watch(from("drafts", false)), nil},
		{"Listen", "a collection without a name in the scope", watch(from("secrets", false)), foreign},
		{"Listen", "all collections of a name", watch(from("drafts", true)), foreign},
		{"Listen", "the own document", watchOne("profiles/u1"), nil},
		{"Listen", "another's document", watchOne("profiles/u2"), foreign},
		{"ListDocuments", "what may be read", list("", "notes"), nil},
		{"ListDocuments", "what may be appended to", list("", "box"), not},
		{"ListDocuments", "a collection without a name in the scope", list("", "secrets"), foreign},
		{"ListDocuments", "all collections", list("", ""), foreign},
		{"ListDocuments", "an id with a slash", list("", "notes/a/secrets"), foreign},
		{"ListCollectionIds", "at the root", ids(""), foreign},
		{"ListCollectionIds", "beneath what may be read", ids("/notes/a"), nil},
		{"ListCollectionIds", "beneath the own document", ids("/profiles/u1"), foreign},
		{"Commit", "where everything may be written", commit(create("drafts/a"), set("drafts/b"), remove(top+"/drafts/c")), nil},
		{"Commit", "the own document", commit(set("profiles/u1"), remove(top+"/profiles/u1")), nil},
		{"Commit", "another's document", commit(set("profiles/u2")), foreign},
		{"Commit", "beneath the own document", commit(set("profiles/u1/keys/k")), foreign},
		{"Commit", "what may be read", commit(create("notes/a")), not},
		{"Commit", "an append", commit(create("log/a"), create("box/b")), nil},
		{"Commit", "an append beneath an entry", commit(create("log/a/parts/b")), nil},
		{"Commit", "over what was appended", commit(set("log/a")), not},
		{"Commit", "away with what was appended", commit(remove(top + "/log/a")), not},
		{"Commit", "an append and a change", commit(create("log/a"), set("log/a")), not},
		{"Commit", "an append and a deletion", commit(remove(top+"/log/a"), create("log/a")), not},
		{"BatchWrite", "an append", batch(create("log/a")), nil},
		{"BatchWrite", "over what was appended", batch(set("log/a")), not},
		{"BatchWrite", "a collection without a name in the scope", batch(create("secrets/a")), foreign},
	}
}

func creating(name string) *fs.Write {
	w := update(name)[0]
	w.CurrentDocument = &fs.Precondition{ConditionType: &fs.Precondition_Exists{}}
	return w
}

func remove(name string) *fs.Write { return &fs.Write{Operation: &fs.Write_Delete{Delete: name}} }

// A create with anything about it that could change a document which is there is not one.
func TestAppend(t *testing.T) {
	g := must(limited(""))
	const name = "projects/p/databases/d/documents/log/a"
	transform := func(t *fs.DocumentTransform_FieldTransform) *fs.Write {
		w := creating(name)
		w.UpdateTransforms = []*fs.DocumentTransform_FieldTransform{t}
		return w
	}
	now := &fs.DocumentTransform_FieldTransform{FieldPath: "at", TransformType: &fs.DocumentTransform_FieldTransform_SetToServerValue{
		SetToServerValue: fs.DocumentTransform_FieldTransform_REQUEST_TIME,
	}}
	increment := &fs.DocumentTransform_FieldTransform{FieldPath: "n", TransformType: &fs.DocumentTransform_FieldTransform_Increment{}}
	masked := creating(name)
	masked.UpdateMask = &fs.DocumentMask{FieldPaths: []string{"a"}}
	empty := creating(name)
	empty.UpdateMask = &fs.DocumentMask{}
	exists := creating(name)
	exists.CurrentDocument.ConditionType = &fs.Precondition_Exists{Exists: true}
	timed := creating(name)
	timed.CurrentDocument.ConditionType = &fs.Precondition_UpdateTime{}
	bare := creating(name)
	bare.CurrentDocument = &fs.Precondition{}
	legacy := &fs.Write{
		Operation:       &fs.Write_Transform{Transform: &fs.DocumentTransform{Document: name}},
		CurrentDocument: creating(name).CurrentDocument,
	}
	gone := remove(name)
	gone.CurrentDocument = creating(name).CurrentDocument
	for what, c := range map[string]struct {
		write *fs.Write
		want  error
	}{
		"a create":                         {creating(name), nil},
		"with the time":                    {transform(now), nil},
		"with an empty mask":               {empty, nil},
		"with an increment":                {transform(increment), guard.ErrNotPermitted},
		"with a mask":                      {masked, guard.ErrNotPermitted},
		"of what exists":                   {exists, guard.ErrNotPermitted},
		"of what was written at some time": {timed, guard.ErrNotPermitted},
		"with an empty precondition":       {bare, guard.ErrNotPermitted},
		"a transform alone":                {legacy, guard.ErrNotPermitted},
		"a deletion of what is not there":  {gone, guard.ErrNotPermitted},
	} {
		m := &fs.CommitRequest{Database: "projects/p/databases/d", Writes: []*fs.Write{c.write}}
		if err := judge(g, service+"Commit", m); !is(err, c.want) {
			t.Errorf("%s: got %v, want %v", what, err, c.want)
		}
	}
}

// A collection that is named has its own verbs instead of those of all.
func TestAllButOne(t *testing.T) {
	s := whole(guard.Read | guard.Write)
	s.Collections = map[string]guard.Verbs{"secrets": 0, "log": guard.Read | guard.Append}
	g := must(s)
	for path, want := range map[string]guard.Verbs{
		"users/u1": guard.Read | guard.Write, "secrets/a": 0, "secrets/a/b/c": 0, "log/a": guard.Read | guard.Append,
		"users/u1/secrets/a": guard.Read | guard.Write,
	} {
		if got := g.Document(ownRoot + "/" + path); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
	group := queryFor(ownRoot, "users", true)
	if err := judge(g, service+"RunQuery", group); !is(err, guard.ErrForeign) {
		t.Errorf("all collections of a name, where one is refused: got %v, want ErrForeign", err)
	}
	s.Collections = map[string]guard.Verbs{"log": guard.Read | guard.Append}
	if err := judge(must(s), service+"RunQuery", group); err != nil {
		t.Errorf("all collections of a name, where all may be read: %v", err)
	}
}

func queryFor(parent, id string, all bool) *fs.RunQueryRequest {
	return &fs.RunQueryRequest{Parent: parent, QueryType: &fs.RunQueryRequest_StructuredQuery{
		StructuredQuery: &fs.StructuredQuery{From: []*fs.StructuredQuery_CollectionSelector{{CollectionId: id, AllDescendants: all}}},
	}}
}

// The zero Scope permits nothing, and names that could not be in a path make no guard.
func TestNew(t *testing.T) {
	nothing := must(guard.Scope{Project: "p", Database: "tn-own0000000"})
	for _, c := range calls {
		if c.method == "Rollback" {
			continue // it ends a transaction, and reads nothing
		}
		if err := judge(nothing, service+c.method, c.message(own, ownUser)); !errors.Is(err, guard.ErrRefused) {
			t.Errorf("%s %s: got %v, want ErrRefused", c.method, c.place, err)
		}
	}
	if got := nothing.Object("a"); got != 0 {
		t.Errorf("an object: %v", got)
	}
	for what, change := range map[string]func(*guard.Scope){
		"no project":               func(s *guard.Scope) { s.Project = "" },
		"no database":              func(s *guard.Scope) { s.Database = "" },
		"a project of two":         func(s *guard.Scope) { s.Project = "p/databases/q" },
		"a database that goes up":  func(s *guard.Scope) { s.Database = ".." },
		"a root that is none":      func(s *guard.Scope) { s.Root = "tenants" },
		"a root that goes up":      func(s *guard.Scope) { s.Root = "tenants/.." },
		"a bucket with a path":     func(s *guard.Scope) { s.Bucket = "b/o/a" },
		"a prefix without its end": func(s *guard.Scope) { s.Prefix = "tn-a" },
		"a prefix that goes up":    func(s *guard.Scope) { s.Prefix = "a/../" },
		"objects to append to":     func(s *guard.Scope) { s.Objects = guard.Append },
		"a deep collection":        func(s *guard.Scope) { s.Collections = map[string]guard.Verbs{"a/b/c": guard.Read} },
		"a collection as document": func(s *guard.Scope) { s.Documents = map[string]guard.Verbs{"a": guard.Read} },
		"an unnamed document":      func(s *guard.Scope) { s.Documents = map[string]guard.Verbs{"a/": guard.Read} },
		"a deep collection of entries": func(s *guard.Scope) {
			s.Require = "a/b/c"
		},
	} {
		s := whole(guard.Read)
		change(&s)
		if g, err := guard.New(s); err == nil || g != nil || !strings.HasPrefix(err.Error(), "guard: ") {
			t.Errorf("%s: %v, %v", what, g, err)
		}
	}
}
