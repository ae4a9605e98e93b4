package iam_test

import (
	"context"
	"io"
	"testing"

	firestore "cloud.google.com/go/firestore/apiv1"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// echo is a service that says who calls.
type echo struct {
	firestorepb.UnimplementedFirestoreServer
}

func (echo) GetDocument(ctx context.Context, _ *firestorepb.GetDocumentRequest) (*firestorepb.Document, error) {
	c, _ := iam.CallerFrom(ctx)
	return &firestorepb.Document{Name: c.Email}, nil
}

func (echo) DeleteDocument(context.Context, *firestorepb.DeleteDocumentRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (echo) Rollback(context.Context, *firestorepb.RollbackRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (echo) Write(stream firestorepb.Firestore_WriteServer) error {
	for {
		if _, err := stream.Recv(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		c, _ := iam.CallerFrom(stream.Context())
		if err := stream.Send(&firestorepb.WriteResponse{StreamId: c.Email}); err != nil {
			return err
		}
	}
}

func withEcho(g *grpc.Server, rules map[string]iam.Rule) {
	firestorepb.RegisterFirestoreServer(g, echo{})
	onDatabase := func(_ string, req proto.Message) (iam.Resource, error) {
		if m, ok := req.(interface{ GetDatabase() string }); ok {
			return iam.Resource{Name: m.GetDatabase(), Holders: []string{projectHolder}}, nil
		}
		return database("d"), nil
	}
	rules["/google.firestore.v1.Firestore/GetDocument"] = iam.Rule{
		Audience: firestoreAud, Permission: "datastore.entities.get", Resource: onDatabase,
	}
	rules["/google.firestore.v1.Firestore/Rollback"] = iam.Rule{Audience: firestoreAud, Resource: onDatabase} // needs nothing
	rules["/google.firestore.v1.Firestore/Write"] = iam.Rule{
		Audience: firestoreAud, Permission: "datastore.databases.get", Resource: onDatabase,
		Permissions: func(req proto.Message) []string {
			if len(req.(*firestorepb.WriteRequest).Writes) > 0 {
				return []string{"datastore.entities.update"}
			}
			return nil
		},
	}
}

func (w *world) firestore(key []byte) *firestore.Client {
	w.t.Helper()
	c, err := firestore.NewClient(w.t.Context(), w.options(key)...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	return c
}

func TestMethodsAreHeldAgainstTheirRows(t *testing.T) {
	w := newWorld(t, withEcho)
	ctx := t.Context()
	a := w.account("web-server", "roles/datastore.viewer")
	_, file := w.key(a)
	_, strangerFile := w.key(w.account("web-worker"))
	client := w.firestore(file)

	doc, err := client.GetDocument(ctx, &firestorepb.GetDocumentRequest{Name: "x"})
	if err != nil || doc.Name != a.Email {
		t.Errorf("a granted method: %v, %v", doc, err)
	}
	_, err = w.firestore(strangerFile).GetDocument(ctx, &firestorepb.GetDocumentRequest{Name: "x"})
	wantCode(t, "an account without a grant", err, codes.PermissionDenied)
	err = w.firestore(w.ownerKey).DeleteDocument(ctx, &firestorepb.DeleteDocumentRequest{Name: "x"})
	wantCode(t, "a method without a row, as the owner", err, codes.PermissionDenied)
	err = w.firestore(w.ownerKey).Rollback(ctx, &firestorepb.RollbackRequest{})
	wantCode(t, "a row that asks for nothing, as the owner", err, codes.PermissionDenied)
}

func TestOneAuthorizationHeader(t *testing.T) {
	w := newWorld(t, withEcho)
	_, file := w.key(w.account("web-server", "roles/datastore.viewer"))
	for name, ctx := range map[string]context.Context{
		"a second, forged":  metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer owner"),
		"a second, genuine": metadata.AppendToOutgoingContext(t.Context(), "authorization", w.authorization(file, true)),
	} {
		_, err := w.firestore(file).GetDocument(ctx, &firestorepb.GetDocumentRequest{Name: "x"})
		wantCode(t, name, err, codes.Unauthenticated)
	}
}

// A stream that was opened rightfully is asked again with each message.
func TestStreamsAreHeldMessageByMessage(t *testing.T) {
	w := newWorld(t, withEcho)
	a := w.account("tn-0123456789")
	w.bind(projectHolder, &iampb.Binding{
		Role: "roles/datastore.viewer", Members: []string{"serviceAccount:" + a.Email}, Condition: onlyDatabase("mine"),
	})
	_, file := w.key(a)
	mine, theirs := projectHolder+"/databases/mine", projectHolder+"/databases/theirs"
	write := &firestorepb.Write{Operation: &firestorepb.Write_Delete{Delete: "x"}}
	for name, c := range map[string]struct {
		second *firestorepb.WriteRequest
		want   codes.Code
	}{
		"the same again":       {&firestorepb.WriteRequest{Database: mine}, codes.OK},
		"another's database":   {&firestorepb.WriteRequest{Database: theirs}, codes.PermissionDenied},
		"a write, as a viewer": {&firestorepb.WriteRequest{Database: mine, Writes: []*firestorepb.Write{write}}, codes.PermissionDenied},
	} {
		t.Run(name, func(t *testing.T) {
			stream, err := w.firestore(file).Write(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := stream.Send(&firestorepb.WriteRequest{Database: mine}); err != nil {
				t.Fatal(err)
			}
			res, err := stream.Recv()
			if err != nil || res.StreamId != a.Email {
				t.Fatalf("first message: %v, %v", res, err)
			}
			if err := stream.Send(c.second); err != nil {
				t.Fatal(err)
			}
			_, err = stream.Recv()
			wantCode(t, "second message", err, c.want)
		})
	}
}
