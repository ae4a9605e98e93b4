package write

import (
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
)

func checkCondition(p *firestorepb.Precondition) error {
	switch t := p.GetConditionType().(type) {
	case *firestorepb.Precondition_UpdateTime:
		if err := t.UpdateTime.CheckValid(); err != nil {
			return invalid("invalid update time in a precondition: %v", err)
		}
	case *firestorepb.Precondition_Exists:
	default:
		if p != nil {
			return invalid("a precondition has no condition")
		}
	}
	return nil
}

// check reports why the current document, nil if there is none, does not meet the write's
// precondition.
func (w *Write) check(current *store.Document) error {
	switch t := w.condition.GetConditionType().(type) {
	case *firestorepb.Precondition_Exists:
		if t.Exists && current == nil {
			return status.Errorf(codes.NotFound, "No document to update: %s", w.Key.Path())
		}
		if !t.Exists && current != nil {
			return status.Errorf(codes.AlreadyExists, "Document already exists: %s", w.Key.Path())
		}
	case *firestorepb.Precondition_UpdateTime:
		if current == nil {
			return status.Errorf(codes.FailedPrecondition, "the document %s does not exist", w.Key.Path())
		}
		if want := t.UpdateTime.AsTime(); !current.Updated.Equal(want) {
			return status.Errorf(codes.FailedPrecondition, "the document %s was last updated at %v, not at %v",
				w.Key.Path(), current.Updated, want)
		}
	}
	return nil
}
