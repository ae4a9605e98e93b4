package files

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// A large file is sent in parts, each by a signed request that is asked for when its turn comes.

// Parts says how a file is sent in parts.
type Parts struct {
	Size  int64 `json:"size" doc:"Of each part but the last, in bytes."`
	Count int   `json:"count" minimum:"1" maximum:"10000" doc:"Parts are numbered from 1."`
}

// SignedPart is a signed request that sends one part.
type SignedPart struct {
	Number  int           `json:"number" minimum:"1" maximum:"10000"`
	Request SignedRequest `json:"request"`
}

// partNumbers asks for signed requests.
type partNumbers struct {
	Numbers []int `json:"numbers" minItems:"1" maxItems:"10" doc:"Of the parts to send now: a signed request lives a minute."`
}

// signedParts answers it.
type signedParts struct {
	Parts []SignedPart `json:"parts" maxItems:"10"`
}

// arrivedParts says what has arrived.
type arrivedParts struct {
	Parts   Parts `json:"parts"`
	Arrived []int `json:"arrived" maxItems:"10000" doc:"The numbers of the parts that are there, in order."`
}

// newCreated is the answer to an intent: one signed request, or how to send the file in parts.
func newCreated(u uploads.Upload, signed vending.SignedRequest) createdUpload {
	out := createdUpload{ID: u.ID.String()}
	if u.Parts.Count > 0 {
		out.Parts = &Parts{u.Parts.Size, u.Parts.Count}
	} else {
		out.Upload = new(newSignedRequest(signed))
	}
	return out
}

func sign(ctx context.Context, g vending.Grant, name string, numbers []int) (out signedParts, err error) {
	id, err := parse(name)
	if err != nil {
		return out, err
	}
	all, err := uploads.NewRepository(g).SignParts(ctx, id, numbers)
	for _, p := range all {
		out.Parts = append(out.Parts, SignedPart{p.Number, newSignedRequest(p.SignedRequest)})
	}
	return out, err
}

func arrived(ctx context.Context, g vending.Grant, name string) (out arrivedParts, err error) {
	id, err := parse(name)
	if err != nil {
		return out, err
	}
	how, there, err := uploads.NewRepository(g).Arrived(ctx, id)
	return arrivedParts{Parts{how.Size, how.Count}, there}, err
}

// SignParts signs requests that send parts of a file, for our own script.
func (f Feature) SignParts(c echo.Context, g vending.Grant) error {
	var in partNumbers
	if err := door.ReceiveJSON(c.Request(), &in); err != nil {
		return err
	}
	out, err := sign(c.Request().Context(), g, c.Param("id"), in.Numbers)
	if err != nil {
		return err
	}
	return door.SendJSON(c, http.StatusOK, out)
}

// ArrivedParts tells our own script which parts of a file have arrived.
func (f Feature) ArrivedParts(c echo.Context, g vending.Grant) error {
	out, err := arrived(c.Request().Context(), g, c.Param("id"))
	if err != nil {
		return err
	}
	return door.SendJSON(c, http.StatusOK, out)
}

const examplePart = `{"method":"PUT","url":"` + exampleURL + `","headers":{"x-goog-content-length-range":"8388608,8388608"},"expires":"2026-03-02T09:31:00Z"}`

type signPartsInput struct {
	api.ID
	Body partNumbers
}

type signedPartsOutput struct{ Body signedParts }

// SignPartsAPI signs requests that send parts of a file.
func (f Feature) SignPartsAPI() api.Operation {
	return api.NewOperation("Ask for signed requests that send parts of a file", f.signPartsAPI).Described(api.Doc{
		Says:  "Ask for a part when its turn comes: whoever may write no files any more is refused the next part. A part that is sent twice counts once.",
		Given: "a large file was announced", ID: exampleID, Problems: []string{"in_bin", "replaced", "no_parts"},
		Asks:    `{"numbers":[1]}`,
		Answers: `{"parts":[{"number":1,"request":` + examplePart + `}]}`,
	})
}

func (f Feature) signPartsAPI(ctx context.Context, g vending.Grant, in *signPartsInput) (*signedPartsOutput, error) {
	out, err := sign(ctx, g, in.ID.ID, in.Body.Numbers)
	if err != nil {
		return nil, err
	}
	return &signedPartsOutput{out}, nil
}

type arrivedPartsOutput struct{ Body arrivedParts }

// ArrivedPartsAPI says which parts of a file have arrived.
func (f Feature) ArrivedPartsAPI() api.Operation {
	return api.NewOperation("Ask which parts of a file have arrived", f.arrivedPartsAPI).Described(api.Doc{
		Says:  "Whoever was cut off goes on with the parts that are missing. A file is given up a week after its last part was asked for.",
		Given: "a large file was announced", ID: exampleID, Problems: []string{"in_bin", "replaced", "no_parts"},
		Answers: `{"parts":{"size":8388608,"count":2},"arrived":[]}`,
	})
}

func (f Feature) arrivedPartsAPI(ctx context.Context, g vending.Grant, in *api.ID) (*arrivedPartsOutput, error) {
	out, err := arrived(ctx, g, in.ID)
	if err != nil {
		return nil, err
	}
	return &arrivedPartsOutput{out}, nil
}
