package firestore_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	client "cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func TestWatchDocument(t *testing.T) {
	_, db := fresh(t)
	doc := db.Doc("a/b")
	it := doc.Snapshots(ctx)
	defer it.Stop()
	for _, step := range []struct {
		do   func() error
		want any // of field n; nil: no document
	}{
		{func() error { return nil }, nil},
		{func() error { _, err := doc.Create(ctx, map[string]any{"n": 1}); return err }, int64(1)},
		{func() error { _, err := doc.Set(ctx, map[string]any{"n": 2}); return err }, int64(2)},
		{func() error { _, err := doc.Delete(ctx); return err }, nil},
		{func() error { _, err := doc.Create(ctx, map[string]any{"n": 3}); return err }, int64(3)},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		snap := must[*client.DocumentSnapshot](t)(it.Next())
		if got := snap.Data()["n"]; got != step.want {
			t.Fatalf("got %v, want %v", got, step.want)
		}
	}
}

func TestWatchQueryWithLimit(t *testing.T) {
	_, db := fresh(t)
	set := func(id string, n int) {
		t.Helper()
		must[*client.WriteResult](t)(db.Collection("a").Doc(id).Set(ctx, map[string]any{"n": n}))
	}
	set("x", 1)
	set("y", 2)
	set("z", 3)
	it := db.Collection("a").OrderBy("n", client.Asc).Limit(2).Snapshots(ctx)
	defer it.Stop()
	expect := func(want ...string) {
		t.Helper()
		snap := must[*client.QuerySnapshot](t)(it.Next())
		var got []string
		for _, d := range must[[]*client.DocumentSnapshot](t)(snap.Documents.GetAll()) {
			got = append(got, fmt.Sprintf("%s=%v", d.Ref.ID, d.Data()["n"]))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
	expect("x=1", "y=2")
	must[*client.WriteResult](t)(db.Doc("a/x").Delete(ctx))
	expect("y=2", "z=3") // z moves up
	set("w", 0)
	expect("w=0", "y=2") // z is pushed out
	must[*client.WriteResult](t)(db.Doc("b/x").Set(ctx, map[string]any{"n": 0}))
	set("y", 1)
	expect("w=0", "y=1")
}

// listening is a raw stream of one target.
type listening struct {
	t      *testing.T
	stream firestorepb.Firestore_ListenClient
}

func (c *cloud) listen(target *firestorepb.Target) *listening {
	c.t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	c.t.Cleanup(cancel)
	stream, err := c.raw().Listen(ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	err = stream.Send(&firestorepb.ListenRequest{
		Database: mainDatabase, TargetChange: &firestorepb.ListenRequest_AddTarget{AddTarget: target},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return &listening{c.t, stream}
}

// next returns what is told until all is consistent again, and the token to resume from there.
func (l *listening) next() (told []string, token []byte) {
	l.t.Helper()
	for {
		res, err := l.stream.Recv()
		if err != nil {
			l.t.Fatal(err)
		}
		id := func(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
		switch r := res.ResponseType.(type) {
		case *firestorepb.ListenResponse_TargetChange:
			if r.TargetChange.TargetChangeType == firestorepb.TargetChange_NO_CHANGE {
				slices.SortStableFunc(told, strings.Compare)
				return told, r.TargetChange.ResumeToken
			}
			told = append(told, r.TargetChange.TargetChangeType.String())
		case *firestorepb.ListenResponse_DocumentChange:
			told = append(told, "change "+id(r.DocumentChange.Document.Name))
		case *firestorepb.ListenResponse_DocumentDelete:
			told = append(told, "delete "+id(r.DocumentDelete.Document))
		case *firestorepb.ListenResponse_DocumentRemove:
			told = append(told, "remove "+id(r.DocumentRemove.Document))
		}
	}
}

func inCollection(id string) *firestorepb.Target {
	return &firestorepb.Target{TargetId: 7, TargetType: &firestorepb.Target_Query{Query: &firestorepb.Target_QueryTarget{
		Parent: mainDatabase + "/documents",
		QueryType: &firestorepb.Target_QueryTarget_StructuredQuery{StructuredQuery: &firestorepb.StructuredQuery{
			From: []*firestorepb.StructuredQuery_CollectionSelector{{CollectionId: id}},
			Where: &firestorepb.StructuredQuery_Filter{FilterType: &firestorepb.StructuredQuery_Filter_FieldFilter{
				FieldFilter: &firestorepb.StructuredQuery_FieldFilter{
					Field: &firestorepb.StructuredQuery_FieldReference{FieldPath: "on"},
					Op:    firestorepb.StructuredQuery_FieldFilter_EQUAL,
					Value: &firestorepb.Value{ValueType: &firestorepb.Value_BooleanValue{BooleanValue: true}},
				},
			}},
		}},
	}}}
}

func TestResume(t *testing.T) {
	c, db := fresh(t)
	set := func(id string, on bool) {
		t.Helper()
		must[*client.WriteResult](t)(db.Collection("a").Doc(id).Set(ctx, map[string]any{"on": on}))
	}
	set("stays", true)
	set("leaves", true)
	set("goes", true)
	set("comes", false)
	told, token := c.listen(inCollection("a")).next()
	if diff := cmp.Diff([]string{"ADD", "CURRENT", "change goes", "change leaves", "change stays"}, told); diff != "" {
		t.Errorf("at first: %s", diff)
	}
	set("comes", true)
	set("leaves", false)
	must[*client.WriteResult](t)(db.Doc("a/goes").Delete(ctx))

	target := inCollection("a")
	target.ResumeType = &firestorepb.Target_ResumeToken{ResumeToken: token}
	told, _ = c.listen(target).next()
	if diff := cmp.Diff([]string{"ADD", "CURRENT", "change comes", "delete goes", "remove leaves"}, told); diff != "" {
		t.Errorf("resumed: %s", diff)
	}
}

// What a token promises does not outlive the process; then the client is told to start anew.
func TestResumeAfterRestart(t *testing.T) {
	dir := t.TempDir()
	c, stop := start(t, dir)
	c.create("main")
	must[*client.WriteResult](t)(c.client("main").Doc("a/x").Set(ctx, map[string]any{"on": true}))
	_, token := c.listen(inCollection("a")).next()
	stop()
	c, _ = start(t, dir)
	target := inCollection("a")
	target.ResumeType = &firestorepb.Target_ResumeToken{ResumeToken: token}
	told, _ := c.listen(target).next()
	if diff := cmp.Diff([]string{"ADD", "CURRENT", "RESET", "change x"}, told); diff != "" {
		t.Error(diff)
	}
}

func TestTargetsComeAndGo(t *testing.T) {
	c, db := fresh(t)
	l := c.listen(inCollection("a"))
	l.next()
	other := inCollection("b")
	other.TargetId = 8
	must[*client.WriteResult](t)(db.Doc("b/x").Set(ctx, map[string]any{"on": true}))
	send := func(req *firestorepb.ListenRequest) {
		t.Helper()
		req.Database = mainDatabase
		if err := l.stream.Send(req); err != nil {
			t.Fatal(err)
		}
	}
	send(&firestorepb.ListenRequest{TargetChange: &firestorepb.ListenRequest_AddTarget{AddTarget: other}})
	told, _ := l.next()
	if diff := cmp.Diff([]string{"ADD", "CURRENT", "change x"}, told); diff != "" {
		t.Errorf("added: %s", diff)
	}
	if err := together(db, set(db.Doc("a/1"), map[string]any{"on": true}), set(db.Doc("b/2"), map[string]any{"on": true})); err != nil {
		t.Fatal(err)
	}
	told, _ = l.next()
	if diff := cmp.Diff([]string{"change 1", "change 2"}, told); diff != "" {
		t.Errorf("both: %s", diff)
	}
	send(&firestorepb.ListenRequest{TargetChange: &firestorepb.ListenRequest_RemoveTarget{RemoveTarget: 7}})
	if res, err := l.stream.Recv(); err != nil || res.GetTargetChange().GetTargetChangeType() != firestorepb.TargetChange_REMOVE {
		t.Errorf("removed: %v, %v", res, err)
	}
	must[*client.WriteResult](t)(db.Doc("a/1").Delete(ctx))
	must[*client.WriteResult](t)(db.Doc("b/2").Delete(ctx))
	told, _ = l.next()
	if diff := cmp.Diff([]string{"delete 2"}, told); diff != "" {
		t.Errorf("one is left: %s", diff)
	}
}

func TestListenOnce(t *testing.T) {
	c, db := fresh(t)
	must[*client.WriteResult](t)(db.Doc("a/x").Set(ctx, map[string]any{"on": true}))
	target := inCollection("a")
	target.Once = true
	target.ExpectedCount = wrapperspb.Int32(1)
	l := c.listen(target)
	l.next()
	if res, err := l.stream.Recv(); err != nil || res.GetTargetChange().GetTargetChangeType() != firestorepb.TargetChange_REMOVE {
		t.Errorf("got %v, %v", res, err)
	}
}
