package firestore

import (
	"context"
	"errors"
	"io"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
)

// Listen tells a client what its targets are and how they change. Each commit that changes a target
// is told by itself, and followed by the time up to which the client then has seen everything.
func (s *documents) Listen(stream firestorepb.Firestore_ListenServer) error {
	first, err := stream.Recv()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	db, err := s.database(first.Database)
	if err != nil {
		return err
	}
	feed, err := db.Subscribe()
	if err != nil {
		return err
	}
	defer feed.Close()
	l := &listener{server: s.Server, stream: stream, database: db, feed: feed, targets: map[int32]*target{}}
	if err := l.handle(first); err != nil {
		return err
	}
	return l.run(first.Database)
}

type listener struct {
	server   *Server
	stream   firestorepb.Firestore_ListenServer
	database *store.Database
	feed     *store.Feed
	targets  map[int32]*target
}

func (l *listener) run(database string) error {
	ctx, cancel := context.WithCancel(l.stream.Context())
	defer cancel()
	requests, failed := make(chan *firestorepb.ListenRequest), make(chan error, 1)
	go func() {
		for {
			req, err := l.stream.Recv()
			if err != nil {
				failed <- err
				return
			}
			select {
			case requests <- req:
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case <-l.feed.Ready():
			if _, err := l.follow(); err != nil {
				return err
			}
		case req := <-requests:
			if req.Database != database {
				return invalid("a stream listens to one database")
			}
			if err := l.handle(req); err != nil {
				return err
			}
		case err := <-failed:
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

func (l *listener) handle(req *firestorepb.ListenRequest) error {
	switch change := req.TargetChange.(type) {
	case *firestorepb.ListenRequest_AddTarget:
		return l.add(change.AddTarget)
	case *firestorepb.ListenRequest_RemoveTarget:
		delete(l.targets, change.RemoveTarget)
		return l.send(&firestorepb.TargetChange{
			TargetChangeType: firestorepb.TargetChange_REMOVE,
			TargetIds:        []int32{change.RemoveTarget},
		})
	}
	return invalid("a request neither adds nor removes a target")
}

// follow tells all events that wait, and returns the database as they leave it.
func (l *listener) follow() (*store.Snapshot, error) {
	events, now, err := l.feed.Take()
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		told := false
		for _, t := range l.targets {
			results, touched := t.after(e)
			if !touched {
				continue
			}
			told = true
			if err := l.sendAll(t.changes(results, e.After)); err != nil {
				return nil, err
			}
		}
		if told {
			if err := l.consistent(e.Time); err != nil {
				return nil, err
			}
		}
	}
	return now, nil
}

// add adds a target: what it is now, or how that differs from what the client knows.
func (l *listener) add(pb *firestorepb.Target) error {
	if pb.TargetId == 0 {
		pb.TargetId = l.freeID()
	}
	if l.targets[pb.TargetId] != nil {
		return invalid("the target %d is there already", pb.TargetId)
	}
	now, err := l.follow()
	if err != nil {
		return err
	}
	t, err := l.server.parseTarget(l.database, pb)
	var since time.Time
	if err == nil {
		since, err = resumeTime(pb)
	}
	if err != nil {
		return l.refuse(pb.TargetId, err)
	}
	ids := []int32{t.id}
	if err := l.send(&firestorepb.TargetChange{TargetChangeType: firestorepb.TargetChange_ADD, TargetIds: ids}); err != nil {
		return err
	}
	if !since.IsZero() {
		if then, err := l.database.SnapshotAt(since); err == nil {
			t.found = t.results(then)
		} else if err := l.send(&firestorepb.TargetChange{TargetChangeType: firestorepb.TargetChange_RESET, TargetIds: ids}); err != nil {
			return err
		}
	}
	if err := l.sendAll(append(t.changes(t.results(now), now), t.missing(now)...)); err != nil {
		return err
	}
	err = l.send(&firestorepb.TargetChange{
		TargetChangeType: firestorepb.TargetChange_CURRENT,
		TargetIds:        ids,
		ResumeToken:      resumeToken(now.Time()),
		ReadTime:         timestamppb.New(now.Time()),
	})
	if err != nil {
		return err
	}
	if err := l.consistent(now.Time()); err != nil {
		return err
	}
	if pb.Once {
		return l.send(&firestorepb.TargetChange{TargetChangeType: firestorepb.TargetChange_REMOVE, TargetIds: ids})
	}
	l.targets[t.id] = t
	return nil
}

// freeID returns an id for a target that came without one.
func (l *listener) freeID() int32 {
	id := int32(1)
	for l.targets[id] != nil {
		id++
	}
	return id
}

// refuse tells that a target cannot be listened to.
func (l *listener) refuse(id int32, err error) error {
	s := status.Convert(err)
	if s.Code() == codes.Unknown {
		s = status.New(codes.InvalidArgument, err.Error())
	}
	return l.send(&firestorepb.TargetChange{
		TargetChangeType: firestorepb.TargetChange_REMOVE,
		TargetIds:        []int32{id},
		Cause:            &rpcstatus.Status{Code: int32(s.Code()), Message: s.Message()},
	})
}

// consistent tells that the client has seen everything up to t.
func (l *listener) consistent(t time.Time) error {
	return l.send(&firestorepb.TargetChange{
		TargetChangeType: firestorepb.TargetChange_NO_CHANGE,
		ResumeToken:      resumeToken(t),
		ReadTime:         timestamppb.New(t),
	})
}

func (l *listener) send(change *firestorepb.TargetChange) error {
	return l.stream.Send(&firestorepb.ListenResponse{
		ResponseType: &firestorepb.ListenResponse_TargetChange{TargetChange: change},
	})
}

func (l *listener) sendAll(messages []*firestorepb.ListenResponse) error {
	for _, m := range messages {
		if err := l.stream.Send(m); err != nil {
			return err
		}
	}
	return nil
}
