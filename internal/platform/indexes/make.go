package indexes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	admin "cloud.google.com/go/firestore/apiv1/admin"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ErrBroken reports an index that the service has given up building.
var ErrBroken = errors.New("indexes: the service could not build an index")

// Make makes those of the indexes that the database lacks, and waits until all of them serve
// queries. It takes the database's full name. What an earlier or another run has begun it waits
// for, too; so a run that was cut off is completed by the next.
//
// patience bounds the waiting: an index of an empty database takes minutes, one of many documents
// hours. It returns the error of the service, NotFound for the database among them; ErrBroken; or
// that of a context, with the index that it waited for. What was begun by then goes on.
func Make(ctx context.Context, databases *admin.FirestoreAdminClient, database string, patience time.Duration, wanted []Index) error {
	if len(wanted) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	begun := map[string]bool{}
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		waiting, err := advance(ctx, databases, database, wanted, begun)
		if err != nil || waiting == "" {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fmt.Errorf("indexes: %w, while waiting for %s of %s", ctx.Err(), waiting, database)
		}
	}
}

// advance begins what is missing and returns an index that is not ready, or nothing. begun are
// those that were asked for already, by their text: a list may lag behind.
func advance(ctx context.Context, databases *admin.FirestoreAdminClient, database string, wanted []Index, begun map[string]bool) (waiting string, err error) {
	states, err := statesOf(ctx, databases, database)
	if err != nil {
		return "", err
	}
	for _, w := range wanted {
		text := w.String()
		state, there := states[text]
		switch {
		case state == adminpb.Index_READY:
			continue
		case state == adminpb.Index_NEEDS_REPAIR:
			return "", fmt.Errorf("%w: %s of %s: delete it, and run again", ErrBroken, text, database)
		case !there && !begun[text]:
			if begun[text], err = create(ctx, databases, database, w); err != nil {
				return "", fmt.Errorf("indexes: %s of %s: %w", text, database, err)
			}
		}
		waiting = text
	}
	return waiting, nil
}

// create begins an index, and reports whether it is begun. If it is not, and there is no error, the
// service has no room for it now.
func create(ctx context.Context, databases *admin.FirestoreAdminClient, database string, w Index) (begun bool, err error) {
	_, err = databases.CreateIndex(ctx, &adminpb.CreateIndexRequest{
		Parent: database + "/collectionGroups/" + w.group, Index: w.index,
	})
	switch status.Code(err) {
	case codes.OK, codes.AlreadyExists:
		return true, nil
	case codes.Aborted, codes.ResourceExhausted, codes.Unavailable:
		return false, nil
	}
	return false, err
}

// statesOf returns the state of each index of the database, by its text.
func statesOf(ctx context.Context, databases *admin.FirestoreAdminClient, database string) (map[string]adminpb.Index_State, error) {
	states := map[string]adminpb.Index_State{}
	all := databases.ListIndexes(ctx, &adminpb.ListIndexesRequest{Parent: database + "/collectionGroups/-"})
	for {
		index, err := all.Next()
		if errors.Is(err, iterator.Done) {
			return states, nil
		}
		if err != nil {
			return nil, fmt.Errorf("indexes: of %s: %w", database, err)
		}
		_, rest, _ := strings.Cut(index.GetName(), "/collectionGroups/")
		group, _, _ := strings.Cut(rest, "/")
		states[Index{group, index}.String()] = index.GetState()
	}
}
