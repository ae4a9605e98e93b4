package gcloud

import (
	"context"
	"sync"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxRepeats is how often a call is sent again, at most. The pauses before them add up to 1.5 s at
// the most.
const maxRepeats = 4

// backOff is the pauses between the tries of one call: random, and longer each time.
func backOff() gax.Backoff {
	return gax.Backoff{Initial: 100 * time.Millisecond, Max: time.Second, Multiplier: 2}
}

// reads are the methods of Firestore that change nothing, and the two that begin and end a
// transaction: sent twice, they do what they do once.
var reads = map[string]bool{
	firestorepb.Firestore_GetDocument_FullMethodName:         true,
	firestorepb.Firestore_ListDocuments_FullMethodName:       true,
	firestorepb.Firestore_BatchGetDocuments_FullMethodName:   true,
	firestorepb.Firestore_RunQuery_FullMethodName:            true,
	firestorepb.Firestore_RunAggregationQuery_FullMethodName: true,
	firestorepb.Firestore_PartitionQuery_FullMethodName:      true,
	firestorepb.Firestore_ListCollectionIds_FullMethodName:   true,
	firestorepb.Firestore_BeginTransaction_FullMethodName:    true,
	firestorepb.Firestore_Rollback_FullMethodName:            true,
}

// repeatedHere reports whether a read that ended in code, with nothing answered, is sent again.
// What Google's client repeats by itself is left to it (v1.29): a unary call and the opening of a
// stream, unless they are aborted; and documents that are read outside a transaction.
func repeatedHere(method string, message any, code codes.Code) bool {
	switch code {
	case codes.Aborted: // in a transaction, all of it is to begin again, and RunTransaction sees to that
		return !inTransaction(message)
	case codes.ResourceExhausted:
		return streams[method]
	case codes.Unavailable, codes.Internal:
		return streams[method] && (method != firestorepb.Firestore_BatchGetDocuments_FullMethodName || inTransaction(message))
	}
	return false
}

// streams are the reads that are answered by a stream.
var streams = map[string]bool{
	firestorepb.Firestore_BatchGetDocuments_FullMethodName:   true,
	firestorepb.Firestore_RunQuery_FullMethodName:            true,
	firestorepb.Firestore_RunAggregationQuery_FullMethodName: true,
}

// Within returns the pool as one sender's connection, whose calls are within the limit. A read that
// meets a passing fault before anything was answered is sent again, a few times: see repeatedHere.
func (p *ConnPool) Within(l *Limit) grpc.ClientConnInterface { return sender{p, l} }

type sender struct {
	pool  *ConnPool
	limit *Limit
}

// Invoke sends a call, and a read again if need be.
func (s sender) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	try := tries{backOff: backOff()}
	for {
		err := s.invoke(ctx, method, args, reply, opts)
		if err == nil || !reads[method] || !try.again(ctx, method, args, err) {
			return err
		}
	}
}

func (s sender) invoke(ctx context.Context, method string, args, reply any, opts []grpc.CallOption) error {
	leave, err := s.limit.admit(ctx, args)
	if err != nil {
		return status.FromContextError(err).Err()
	}
	defer func() { s.limit.ended(ctx, args, reply, err != nil, leave) }()
	conn := s.pool.take()
	defer s.pool.give(conn)
	err = conn.Invoke(ctx, method, args, reply, opts...)
	return err
}

// NewStream opens a stream.
func (s sender) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if !reads[method] || desc.ClientStreams {
		return s.open(ctx, desc, method, opts)
	}
	r := &repeated{ctx: ctx, method: method, try: tries{backOff: backOff()}, open: func() (grpc.ClientStream, error) {
		return s.open(ctx, desc, method, opts)
	}}
	if err := r.begin(); err != nil {
		return nil, err
	}
	return r, nil
}

func (s sender) open(ctx context.Context, desc *grpc.StreamDesc, method string, opts []grpc.CallOption) (grpc.ClientStream, error) {
	leave, err := s.limit.admit(ctx, nil) // what opens a stream begins no transaction
	if err != nil {
		return nil, status.FromContextError(err).Err()
	}
	conn := s.pool.take()
	end := sync.OnceFunc(func() {
		leave()
		s.pool.give(conn)
	})
	opened, err := conn.NewStream(ctx, desc, method, withCall(opts, grpc.OnFinish(func(error) { end() }))...)
	if err != nil {
		end()
		return nil, err
	}
	return opened, nil
}

// tries counts the tries of one call.
type tries struct {
	made    int
	backOff gax.Backoff
}

// again reports, after a pause, whether to send a read once more that ended in err.
func (t *tries) again(ctx context.Context, method string, message any, err error) bool {
	if !repeatedHere(method, message, status.Code(err)) {
		return false
	}
	if t.made++; t.made > maxRepeats {
		return false
	}
	return gax.Sleep(ctx, t.backOff.Pause()) == nil
}

// inTransaction reports whether a message is part of a transaction.
func inTransaction(message any) bool {
	m, ok := message.(interface{ GetTransaction() []byte })
	return ok && len(m.GetTransaction()) > 0
}
