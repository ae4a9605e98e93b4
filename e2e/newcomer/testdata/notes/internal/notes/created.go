package notes

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// CreatedKind is the event that a note was created, and the kind of the job that follows it.
const CreatedKind = "notes-created"

// created is the payload. It lies in the control plane, so it holds an identifier and no text.
type created struct {
	ID string `json:"id"`
}

// CreatedPurpose is what the job may touch of its tenant.
func CreatedPurpose() vending.Purpose {
	return vending.Purpose{Collections: map[string]guard.Verbs{collection: guard.Read | guard.Write}}
}

// Created does the job: it counts the words of a note that was created. Done twice, it counts the same.
func Created(ctx context.Context, g vending.Grant, payload []byte) error {
	var event created
	if err := json.Unmarshal(payload, &event); err != nil {
		return fmt.Errorf("notes: payload: %w", err)
	}
	id, err := ParseID(event.ID)
	if err != nil {
		return err
	}
	doc := g.Database().Collection(collection).Doc(id.String())
	snap, err := doc.Get(ctx)
	if status.Code(err) == codes.NotFound {
		return nil // it was never created, or is deleted by now
	}
	var rec record
	if err == nil {
		err = snap.DataTo(&rec)
	}
	if err == nil {
		words := len(strings.Fields(rec.Text))
		_, err = doc.Update(ctx, []firestore.Update{{Path: "words", Value: words}}, firestore.LastUpdateTime(snap.UpdateTime))
	}
	if err != nil {
		return fmt.Errorf("notes: count: %w", err)
	}
	return nil
}
