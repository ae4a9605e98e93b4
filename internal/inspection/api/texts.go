package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/inspect"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/intake"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/records"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/sandbox"
)

const (
	mostText = 64 << 10 // bytes
	textTime = 20 * time.Second
)

// SentText is a text to be inspected.
type SentText struct {
	Text  string `json:"text" doc:"At most 64 KiB as UTF-8."`
	About string `json:"about" enum:"name,note" doc:"What of the document it is."`
}

// InspectedText is what was found. Nothing of the text is kept.
type InspectedText struct {
	About   string          `json:"about" enum:"name,note"`
	Verdict string          `json:"verdict" enum:"clean,harmful,uninspected"`
	Reason  string          `json:"reason,omitempty" enum:"timed_out,crashed"`
	Report  *inspect.Report `json:"report,omitempty"`
}

type textInput struct {
	InDocument
	Body SentText
}

type textOutput struct{ Body InspectedText }

// texts registers the operation on texts.
func (a *api) texts() {
	huma.Register(a.huma, a.describe(huma.Operation{
		OperationID: "inspectText", Method: http.MethodPost, Path: "/v1/documents/{doc}/texts",
		Summary:     "Inspects a text at once",
		Description: "A note on the document, or its name. Nothing of it is kept.",
	}, client), operation(a, func(ctx context.Context, c caller, in *textInput) (*textOutput, error) {
		if len(in.Body.Text) > mostText {
			return nil, errTextLength
		}
		ctx, cancel := context.WithTimeout(ctx, cmp.Or(a.Limits.Text, textTime))
		defer cancel()
		found := InspectedText{About: in.Body.About, Verdict: string(records.Uninspected)}
		report, err := a.Intake.Text(ctx, c.document.Tenant, in.Body.Text)
		switch {
		case errors.Is(err, intake.ErrBusy):
			return nil, err
		case errors.Is(err, sandbox.ErrTimedOut), errors.Is(err, context.DeadlineExceeded):
			found.Reason = string(records.TimedOut)
		case errors.Is(err, sandbox.ErrCrashed):
			found.Reason = string(records.Crashed)
		case err != nil:
			return nil, err
		default:
			found.Verdict, found.Report = string(intake.VerdictOf(report)), &report
		}
		return &textOutput{found}, nil
	}))
}
