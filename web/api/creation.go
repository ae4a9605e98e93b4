package api

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/internal/idempotency"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Creation answers an operation that makes something.
type Creation[Body any] struct {
	Location string `header:"Location" doc:"Where it stands." json:"location"`
	Replayed string `header:"Idempotency-Replayed" doc:"True: it was made by an earlier request with this Idempotency-Key." json:"-"`
	Body     Body   `json:"body"`
}

// Creating is the input of an operation that makes something
// (draft-ietf-httpapi-idempotency-key-header).
type Creating struct {
	Once string `header:"Idempotency-Key" maxLength:"255" doc:"A word of your own for this request. A repeat of it within a day makes nothing more and has the same answer, without what is shown only once. With another body it is refused."`
}

func (c Creating) once() string { return c.Once }

// keepTime bounds how long an answer takes to be kept. It goes on when the caller goes away.
const keepTime = 10 * time.Second

// NewCreation is NewOperation for what makes something: a repeat with the same Idempotency-Key is
// answered as the first was. public takes out of a body what is shown only once, a secret or a
// signed URL, and says so in it: nothing else is kept.
func NewCreation[In interface{ once() string }, Body any](does string,
	h func(context.Context, vending.Grant, *In) (*Creation[Body], error), public func(*Body),
) Operation {
	return Operation{summary: summary(does), register: func(r Route, op huma.Operation) {
		NewOperation(does, func(ctx context.Context, g vending.Grant, in *In) (*Creation[Body], error) {
			return once(ctx, g, r, in, h, public)
		}).register(r, op)
	}}
}

// once runs h, or answers as it did before.
func once[In interface{ once() string }, Body any](ctx context.Context, g vending.Grant, r Route, in *In,
	h func(context.Context, vending.Grant, *In) (*Creation[Body], error), public func(*Body),
) (*Creation[Body], error) {
	word := (*in).once()
	if word == "" {
		return h(ctx, g, in)
	}
	asked, err := json.Marshal(in, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("web: what is asked at %s: %w", r.Name(), err)
	}
	keeper, err := r.Keeper(ctx, g)
	if err != nil {
		return nil, err
	}
	first, answer, err := idempotency.Begin(ctx, keeper, r.Name(), word, asked)
	if err != nil {
		return nil, err
	}
	if answer != nil {
		made := new(Creation[Body])
		if err := json.Unmarshal(answer, made); err != nil {
			return nil, fmt.Errorf("web: what was answered at %s: %w", r.Name(), err)
		}
		made.Replayed = "true"
		return made, nil
	}
	made, err := h(ctx, g, in)
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	if err != nil {
		return nil, errors.Join(err, first.Drop(after))
	}
	// Whoever has made something is told so, whether or not that can be kept.
	if err := keep(after, first, *made, public); err != nil {
		r.Logger().WarnContext(ctx, "an answer is not kept", "route", r.Name(), "error", err)
	}
	return made, nil
}

func keep[Body any](ctx context.Context, first idempotency.Attempt, made Creation[Body], public func(*Body)) error {
	public(&made.Body) // made is a copy
	answer, err := json.Marshal(made)
	if err != nil {
		return err
	}
	return first.Keep(ctx, answer)
}
