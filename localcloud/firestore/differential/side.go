package main

import (
	"context"
	"errors"
	"io"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

const project = "differential"

// world is a database, of which every one is made for a hundred cases.
type world string

func (w world) database() string { return "projects/" + project + "/databases/" + string(w) }

// documents is what the database's documents and collections are below.
func (w world) documents() string { return w.database() + "/documents" }

// side is one of the two that are compared.
type side struct {
	name string
	conn *grpc.ClientConn
	api  firestorepb.FirestoreClient
	stop func() error

	create func(context.Context, world) error // makes a database
}

func dial(name, address string, stop func() error) (*side, error) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			return invoke(owning(ctx), method, req, reply, cc, opts...)
		}),
		grpc.WithStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, stream grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			return stream(owning(ctx), desc, cc, method, opts...)
		}))
	return &side{name: name, conn: conn, api: firestorepb.NewFirestoreClient(conn), stop: stop}, err
}

// owning is how the emulator is told that its security rules do not apply.
func owning(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer owner")
}

// ready waits until the side answers, whatever it does.
func (s *side) ready(ctx context.Context) error {
	_, err := s.api.Commit(ctx, &firestorepb.CommitRequest{Database: world("none").database()}, grpc.WaitForReady(true))
	if ctx.Err() != nil {
		return err
	}
	return nil
}

func (s *side) close() error { return errors.Join(s.conn.Close(), s.stop()) }

// query runs a query.
func (s *side) query(ctx context.Context, req *firestorepb.RunQueryRequest) answer {
	stream, err := s.api.RunQuery(ctx, req)
	if err != nil {
		return failure(err)
	}
	var a answer
	for {
		res, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return a
		case err != nil:
			return failure(err)
		}
		if res.Document != nil {
			a.documents = append(a.documents, canonicalDocument(res.Document))
		}
	}
}

// aggregate runs an aggregation.
func (s *side) aggregate(ctx context.Context, req *firestorepb.RunAggregationQueryRequest) answer {
	stream, err := s.api.RunAggregationQuery(ctx, req)
	if err != nil {
		return failure(err)
	}
	var a answer
	for {
		res, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return a
		case err != nil:
			return failure(err)
		case res.Result != nil:
			a.values = append(a.values, canonicalFields(res.Result.AggregateFields))
		}
	}
}

// commit commits writes, of which each knows how to be written for the side, and reads what they
// left.
func (s *side) commit(ctx context.Context, w *writeCase) answer {
	writes, err := w.forSide(ctx, s)
	if err != nil {
		return failure(err)
	}
	res, err := s.api.Commit(ctx, &firestorepb.CommitRequest{Database: w.world.database(), Writes: writes})
	a := failure(err)
	for _, r := range res.GetWriteResults() {
		for _, v := range r.TransformResults {
			a.values = append(a.values, canonicalValue(v))
		}
		a.values = append(a.values, timing(r.UpdateTime, res.CommitTime))
	}
	left, err := s.get(ctx, w.world, w.names())
	if err != nil {
		return failure(err)
	}
	for _, d := range left {
		a.documents = append(a.documents, canonicalDocument(d))
	}
	return a
}

// get gets documents in the order of their names, without those that are not there.
func (s *side) get(ctx context.Context, w world, names []string) ([]*firestorepb.Document, error) {
	stream, err := s.api.BatchGetDocuments(ctx, &firestorepb.BatchGetDocumentsRequest{Database: w.database(), Documents: names})
	if err != nil {
		return nil, err
	}
	found := map[string]*firestorepb.Document{}
	for {
		res, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if d := res.GetFound(); d != nil {
			found[d.Name] = d
		}
	}
	var out []*firestorepb.Document
	for _, name := range names {
		if d := found[name]; d != nil {
			out = append(out, d)
		}
	}
	return out, nil
}
