package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/inspect"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/intake"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/records"
)

// InGeneration is the input of an operation on one generation of a document.
type InGeneration struct {
	InDocument
	Generation string `path:"generation" pattern:"^[1-9][0-9]{0,18}$" doc:"The generation of the object that holds the content." example:"1732848000000001"`
}

// of returns the generation as the caller may name it. One that no object can have is not found.
func (in InGeneration) of(c caller) (records.Ref, error) {
	n, err := strconv.ParseInt(in.Generation, 10, 64)
	if err != nil || n < 1 {
		return records.Ref{}, records.ErrNotFound
	}
	return records.Ref{Document: c.document, Generation: n}, nil
}

// Announcement is what a client says of a file before it sends it.
type Announcement struct {
	Size   int64  `json:"size" minimum:"0" doc:"The size of the whole, in bytes."`
	CRC32C uint32 `json:"crc32c" doc:"The CRC-32C of the whole."`
	Name   string `json:"name,omitempty" maxLength:"1024"`
	Type   string `json:"type,omitempty" maxLength:"255" doc:"The media type that the client supposes. Nothing depends on it."`
}

// State is where a generation stands.
type State struct {
	Generation string          `json:"generation"`
	State      string          `json:"state" enum:"receiving,inspecting,done,failed"`
	Received   int64           `json:"received" doc:"Bytes that have come, and are safe. The next part begins here."`
	Size       int64           `json:"size" doc:"Bytes of the whole."`
	Deadline   *time.Time      `json:"deadline,omitempty" doc:"When receiving or inspecting is given up."`
	Verdict    string          `json:"verdict,omitempty" enum:"clean,harmful,uninspected" doc:"Uninspected: something of it, or all, could not be looked at."`
	Reason     string          `json:"reason,omitempty" enum:"too_large,timed_out,crashed,damaged,expired" doc:"Why it has failed."`
	Report     *inspect.Report `json:"report,omitempty"`
}

// stateOf is what is told of a generation.
func stateOf(r records.Ref, g records.Generation) (State, error) {
	s := State{
		Generation: strconv.FormatInt(r.Generation, 10), State: string(g.State), Received: g.Received, Size: g.Size,
		Verdict: string(g.Verdict), Reason: string(g.Reason),
	}
	if !g.Ended() {
		s.Deadline = &g.Deadline
	}
	var err error
	s.Report, err = intake.ReportOf(g)
	return s, err
}

type announceInput struct {
	InGeneration
	Body Announcement
}

type stateOutput struct {
	Status int
	Body   State
}

// answer is the output of an operation that tells a state.
func answer(status int, r records.Ref, g records.Generation, err error) (*stateOutput, error) {
	if err != nil {
		return nil, err
	}
	s, err := stateOf(r, g)
	return &stateOutput{status, s}, err
}

const generationPath = "/v1/documents/{doc}/generations/{generation}"

// generations registers the operations on generations and documents.
func (a *api) generations() {
	huma.Register(a.huma, a.describe(huma.Operation{
		OperationID: "announceGeneration", Method: http.MethodPut, Path: generationPath,
		Summary: "Announces a file",
		Description: "Its content is sent next, in parts. To announce the same again changes nothing and answers with the state. " +
			"A file that is too large is refused here, as a state.",
	}, clientOrKey), operation(a, func(ctx context.Context, c caller, in *announceInput) (*stateOutput, error) {
		r, err := in.of(c)
		if err != nil {
			return nil, err
		}
		b := in.Body
		g, made, err := a.Intake.Announce(ctx, r, intake.Announced{Size: b.Size, CRC32C: b.CRC32C, Name: b.Name, Type: b.Type})
		status := http.StatusOK
		if made {
			status = http.StatusCreated
		}
		return answer(status, r, g, err)
	}))
	huma.Register(a.huma, a.describe(huma.Operation{
		OperationID: "readGeneration", Method: http.MethodGet, Path: generationPath,
		Summary:     "Tells what became of a file",
		Description: "Ask again while it is receiving or inspecting. It is neither for ever: see the deadline.",
	}, clientOrKey), operation(a, func(ctx context.Context, c caller, in *InGeneration) (*stateOutput, error) {
		r, err := in.of(c)
		if err != nil {
			return nil, err
		}
		g, err := a.Intake.Get(ctx, r)
		return answer(http.StatusOK, r, g, err)
	}))
	huma.Register(a.huma, a.describe(huma.Operation{
		OperationID: "retryGeneration", Method: http.MethodPost, Path: generationPath + "/retry",
		Summary:     "Begins again with a file that has failed",
		Description: "Its content is to be sent anew, from the first byte.",
	}, clientOrKey), operation(a, func(ctx context.Context, c caller, in *InGeneration) (*stateOutput, error) {
		r, err := in.of(c)
		if err != nil {
			return nil, err
		}
		g, err := a.Intake.Retry(ctx, r)
		return answer(http.StatusOK, r, g, err)
	}))
	huma.Register(a.huma, a.describe(huma.Operation{
		OperationID: "readReport", Method: http.MethodGet, Path: "/v1/documents/{doc}/report",
		Summary: "Tells what became of the latest generation",
	}, client), operation(a, func(ctx context.Context, c caller, _ *InDocument) (*stateOutput, error) {
		r, g, err := a.Intake.Latest(ctx, c.document)
		return answer(http.StatusOK, r, g, err)
	}))
	huma.Register(a.huma, a.describe(huma.Operation{
		OperationID: "eraseDocument", Method: http.MethodDelete, Path: "/v1/documents/{doc}", DefaultStatus: http.StatusNoContent,
		Summary:     "Erases all that there is of a document",
		Description: "Its content, its reports and its keys, the one that asks among them.",
	}, clientOrKey), operation(a, func(ctx context.Context, c caller, _ *InDocument) (*struct{}, error) {
		return nil, a.Intake.Erase(ctx, c.document)
	}))
}
