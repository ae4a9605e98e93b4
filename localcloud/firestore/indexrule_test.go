package firestore_test

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	client "cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
)

// enforcing starts a server that refuses what has no index, with the database "main".
func enforcing(t *testing.T) (*cloud, *client.Client) {
	t.Helper()
	c, _ := startWith(t, firestore.Config{Dir: t.TempDir(), Indexes: firestore.IndexesEnforced})
	c.create("main")
	return c, c.client("main")
}

const asc, desc = client.Asc, client.Desc

// TestWhichQueriesNeedIndexes holds queries to the rule. What a refusal asks for is made from its
// own link, and then the query has to run.
func TestWhichQueriesNeedIndexes(t *testing.T) {
	c, db := enforcing(t)
	for i, test := range []struct {
		name  string
		query func(client.Query) client.Query
		needs string // the index that the refusal asks for; "": it runs
	}{
		{"everything", func(q client.Query) client.Query { return q }, ""},
		{"by name", func(q client.Query) client.Query { return q.OrderBy(client.DocumentID, asc) }, ""},
		{"by name descending", func(q client.Query) client.Query { return q.OrderBy(client.DocumentID, desc) }, "__name__ DESC"},
		{"one equality", func(q client.Query) client.Query { return q.Where("a", "==", 1) }, ""},
		{"equalities", func(q client.Query) client.Query {
			return q.Where("a", "==", 1).Where("b", "==", nil).Where("c.d", "==", 2)
		}, ""},
		{"equalities, by name descending", func(q client.Query) client.Query {
			return q.Where("a", "==", 1).Where("b", "==", 2).OrderBy(client.DocumentID, desc)
		}, ""},
		{"in", func(q client.Query) client.Query { return q.Where("a", "in", []int{1, 2}).Where("b", "==", 1) }, ""},
		{"a range", func(q client.Query) client.Query { return q.Where("a", ">", 1).Where("a", "<", 5) }, ""},
		{"a range of names", func(q client.Query) client.Query { return q.Where(client.DocumentID, ">", db.Doc("c/x")) }, ""},
		{"equality, a range of names", func(q client.Query) client.Query {
			return q.Where("a", "==", 1).Where(client.DocumentID, ">", db.Doc("c/x"))
		}, ""},
		{"not equal", func(q client.Query) client.Query { return q.Where("a", "!=", 1) }, ""},
		{"not in", func(q client.Query) client.Query { return q.Where("a", "not-in", []int{1}) }, ""},
		{"one order", func(q client.Query) client.Query { return q.OrderBy("a", asc) }, ""},
		{"one order descending", func(q client.Query) client.Query { return q.OrderBy("a", desc) }, ""},
		{"a range in its order descending", func(q client.Query) client.Query { return q.Where("a", ">", 1).OrderBy("a", desc) }, ""},
		{"the name against the order", func(q client.Query) client.Query { return q.OrderBy("a", asc).OrderBy(client.DocumentID, desc) },
			"a ASC, __name__ DESC"},
		{"an order of what is equal", func(q client.Query) client.Query { return q.Where("a", "==", 1).OrderBy("a", desc) }, ""},
		{"contains", func(q client.Query) client.Query { return q.Where("a", "array-contains", 1) }, ""},
		{"contains and equality", func(q client.Query) client.Query {
			return q.Where("a", "array-contains-any", []int{1}).Where("b", "==", 1)
		}, ""},

		{"equality and a range", func(q client.Query) client.Query { return q.Where("a", "==", 1).Where("b", ">", 1) }, "a ASC, b ASC"},
		{"in and a range", func(q client.Query) client.Query { return q.Where("b", "in", []int{1, 2}).Where("a", ">", 1) }, "b ASC, a ASC"},
		{"equality and an order", func(q client.Query) client.Query { return q.Where("a", "==", 1).OrderBy("b", asc) }, "a ASC, b ASC"},
		{"equality and an order descending", func(q client.Query) client.Query { return q.Where("a", "==", 1).OrderBy("b", desc) }, "a ASC, b DESC"},
		{"null and an order", func(q client.Query) client.Query { return q.Where("a", "==", nil).OrderBy("b", asc) }, "a ASC, b ASC"},
		{"not null and equality", func(q client.Query) client.Query { return q.Where("b", "!=", nil).Where("a", "==", 1) }, "a ASC, b ASC"},
		{"equality and not in", func(q client.Query) client.Query { return q.Where("a", "==", 1).Where("b", "not-in", []int{1}) }, "a ASC, b ASC"},
		{"two orders", func(q client.Query) client.Query { return q.OrderBy("b", desc).OrderBy("a", asc) }, "b DESC, a ASC"},
		{"two ranges", func(q client.Query) client.Query { return q.Where("b", ">", 1).Where("a", ">", 1) }, "a ASC, b ASC"},
		{"two ranges in an order", func(q client.Query) client.Query { return q.Where("b", ">", 1).Where("a", ">", 1).OrderBy("b", desc) },
			"b DESC, a DESC"},
		{"an order of what is equal, between others", func(q client.Query) client.Query {
			return q.Where("a", "in", []int{1}).OrderBy("b", desc).OrderBy("a", asc)
		}, "a ASC, b DESC, __name__ ASC"},
		{"contains and a range", func(q client.Query) client.Query { return q.Where("a", "array-contains", 1).Where("b", ">", 1) },
			"a CONTAINS, b ASC"},
		{"contains and an order", func(q client.Query) client.Query {
			return q.Where("a", "array-contains", 1).Where("c", "==", 1).OrderBy("b", desc)
		}, "a CONTAINS, c ASC, b DESC"},
		{"contains, by name descending", func(q client.Query) client.Query {
			return q.Where("a", "array-contains", 1).OrderBy(client.DocumentID, desc)
		}, "a CONTAINS, __name__ DESC"},
		{"or of equalities", func(q client.Query) client.Query { return q.WhereEntity(or(is("a", "==", 1), is("b", "==", 1))) }, ""},
		{"or, one part with a range", func(q client.Query) client.Query {
			return q.WhereEntity(or(and(is("a", "==", 1), is("b", ">", 1)), is("b", "<", 0)))
		}, "a ASC, b ASC"},
		{"or under and", func(q client.Query) client.Query {
			return q.WhereEntity(and(or(is("b", ">", 6), is("b", "<", 3)), is("a", "==", 1)))
		}, "a ASC, b ASC"},
		{"a name with a dot in it", func(q client.Query) client.Query {
			return q.WherePath(client.FieldPath{"a.b"}, "==", 1).OrderBy("b", asc)
		}, "`a.b` ASC, b ASC"},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := test.query(db.Collection(fmt.Sprint("c", i)).Query)
			refused(t, c, test.needs, func() error {
				_, err := q.Documents(ctx).GetAll()
				return err
			})
		})
	}
}

func TestWhichAggregationsNeedIndexes(t *testing.T) {
	c, db := enforcing(t)
	for i, test := range []struct {
		name  string
		query func(*client.CollectionRef) *client.AggregationQuery
		needs string
	}{
		{"a count", func(q *client.CollectionRef) *client.AggregationQuery { return q.NewAggregationQuery().WithCount("n") }, ""},
		{"a count of what is equal", func(q *client.CollectionRef) *client.AggregationQuery {
			q2 := q.Where("a", "==", 1)
			return q2.NewAggregationQuery().WithCount("n")
		}, ""},
		{"a sum", func(q *client.CollectionRef) *client.AggregationQuery {
			return q.NewAggregationQuery().WithSum("a", "n")
		}, ""},
		{"a sum of what is in a range", func(q *client.CollectionRef) *client.AggregationQuery {
			q2 := q.Where("a", ">", 1)
			return q2.NewAggregationQuery().WithSum("a", "n")
		}, ""},
		{"a sum beside a range", func(q *client.CollectionRef) *client.AggregationQuery {
			q2 := q.Where("b", ">", 1)
			return q2.NewAggregationQuery().WithSum("a", "n")
		}, "b ASC, a ASC"},
		{"a sum of what is equal", func(q *client.CollectionRef) *client.AggregationQuery {
			q2 := q.Where("b", "==", 1)
			return q2.NewAggregationQuery().WithAvg("a", "n")
		}, "b ASC, a ASC"},
		{"two sums", func(q *client.CollectionRef) *client.AggregationQuery {
			return q.NewAggregationQuery().WithSum("b", "n").WithAvg("a", "m")
		}, "a ASC, b ASC"},
		{"a count beside a range", func(q *client.CollectionRef) *client.AggregationQuery {
			q2 := q.Where("b", "==", 1).Where("a", ">", 1)
			return q2.NewAggregationQuery().WithCount("n")
		}, "b ASC, a ASC"},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := test.query(db.Collection(fmt.Sprint("c", i)))
			refused(t, c, test.needs, func() error {
				_, err := q.Get(ctx)
				return err
			})
		})
	}
}

// refused runs a query that needs an index, none if that is "": makes the one that the refusal's
// link says, and runs the query again.
func refused(t *testing.T, c *cloud, needs string, run func() error) {
	t.Helper()
	err := run()
	if needs == "" {
		mustCode(t, err, codes.OK)
		return
	}
	mustCode(t, err, codes.FailedPrecondition)
	group, index := linked(t, err)
	if got := written(index); got != needs && got != needs+", __name__ "+needs[strings.LastIndexByte(needs, ' ')+1:] {
		t.Errorf("the refusal asks for %q, want %q", got, needs)
	}
	op, err := c.admin().CreateIndex(ctx, &adminpb.CreateIndexRequest{Parent: group, Index: index})
	if err != nil {
		t.Fatal(err)
	}
	must[*adminpb.Index](t)(op.Wait(ctx))
	mustCode(t, run(), codes.OK)
}

var link = regexp.MustCompile(`\?create_(?:composite|exemption)=([\w-]+)`)

// linked returns the index in the link of a refusal, and the name of its collection group.
func linked(t *testing.T, refusal error) (group string, index *adminpb.Index) {
	t.Helper()
	found := link.FindStringSubmatch(status.Convert(refusal).Message())
	if found == nil {
		t.Fatalf("there is no link in %v", refusal)
	}
	b := must[[]byte](t)(base64.RawURLEncoding.DecodeString(found[1]))
	index = new(adminpb.Index)
	if err := proto.Unmarshal(b, index); err != nil {
		t.Fatal(err)
	}
	group, _, _ = strings.Cut(index.Name, "/indexes/")
	return group, index
}

// written writes an index as the tests do.
func written(index *adminpb.Index) string {
	var out []string
	for _, f := range index.Fields {
		mode := "ASC"
		switch {
		case f.GetArrayConfig() == adminpb.Index_IndexField_CONTAINS:
			mode = "CONTAINS"
		case f.GetVectorConfig() != nil:
			mode = fmt.Sprint("VECTOR ", f.GetVectorConfig().Dimension)
		case f.GetOrder() == adminpb.Index_IndexField_DESCENDING:
			mode = "DESC"
		}
		out = append(out, f.FieldPath+" "+mode)
	}
	return strings.Join(out, ", ")
}

func is(path, op string, v any) client.EntityFilter {
	return client.PropertyFilter{Path: path, Operator: op, Value: v}
}

func or(f ...client.EntityFilter) client.EntityFilter { return client.OrFilter{Filters: f} }

func and(f ...client.EntityFilter) client.EntityFilter { return client.AndFilter{Filters: f} }
