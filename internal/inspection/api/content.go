package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/intake"
)

// sendContent is the operation that takes parts. It takes its time.
const sendContent = "sendContent"

type contentInput struct {
	InGeneration
	Range string `header:"Content-Range" required:"true" doc:"Where the part stands: bytes first-last/size." example:"bytes 0-1023/4096"`

	request *http.Request
}

// Resolve has the body read by the operation, as it comes: it is not kept in memory.
func (in *contentInput) Resolve(ctx huma.Context) []error {
	r, w := humago.Unwrap(ctx)
	in.request = r
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(partTime)) // a recorder of a test has none
	return nil
}

// Received is how much has come.
type Received struct {
	Received int64  `json:"received" doc:"Bytes that have come, and are safe. The next part begins here."`
	State    string `json:"state" enum:"receiving,inspecting,done,failed"`
}

type receivedOutput struct{ Body Received }

// content registers the operation that takes parts.
func (a *api) content() {
	op := a.describe(huma.Operation{
		OperationID: sendContent, Method: http.MethodPut, Path: generationPath + "/content",
		Summary: "Sends the next part of a file",
		Description: "A part has 16 MiB at most, and is safe once it is answered. A part that came before is answered alike. " +
			"One that does not follow what has come is refused with the code offset, which says where to go on. " +
			"After the last part the file is inspected.",
	}, clientOrKey)
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}
	huma.Register(a.huma, op, operation(a, a.receive))
}

func (a *api) receive(ctx context.Context, c caller, in *contentInput) (*receivedOutput, error) {
	body := in.request.Body
	// A client that sends all before it reads is to read the answer, too.
	defer func() { _, _ = io.CopyN(io.Discard, body, intake.MostPart) }()
	r, err := in.of(c)
	if err != nil {
		return nil, err
	}
	at, err := intake.ParseRange(in.Range)
	switch {
	case err != nil:
		return nil, err
	case in.request.ContentLength >= 0 && in.request.ContentLength != at.Length():
		return nil, errLength
	case in.request.Header.Get("Content-Encoding") != "":
		return nil, errEncoding
	}
	g, err := a.Intake.Receive(ctx, r, at, body)
	if err != nil {
		return nil, err
	}
	return &receivedOutput{Received{g.Received, string(g.State)}}, nil
}
