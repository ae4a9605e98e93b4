package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
)

// DeprecatedLife is how long at least an operation goes on after it was deprecated.
const DeprecatedLife = 180 * 24 * time.Hour

// Deprecation says that an operation of the API will go. Each answer of the operation says so, a
// refusal too (RFC 9745, RFC 8594), and so does the description.
type Deprecation struct {
	Since  time.Time // from when on it is deprecated
	Sunset time.Time // when it goes: DeprecatedLife after Since at the earliest
	Link   string    // where it stands what to call instead
}

// Fault says what is wrong with the deprecation, or "".
func (d Deprecation) Fault() string {
	switch {
	case d == Deprecation{}:
		return ""
	case d.Since.IsZero() || d.Link == "":
		return "is deprecated without a day, or without a page that says what to call instead"
	case d.Sunset.Sub(d.Since) < DeprecatedLife:
		return "goes less than 180 days after it was deprecated"
	}
	return ""
}

// Mark adds what the deprecation says to the form of an operation, and to each answer of it.
func (d Deprecation) Mark(op *huma.Operation) {
	op.Deprecated = true
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		d.show(humaecho.Unwrap(ctx).Response().Header())
		next(ctx)
	})
}

// show adds what the deprecation says to an answer.
func (d Deprecation) show(h http.Header) {
	h.Set("Deprecation", "@"+strconv.FormatInt(d.Since.Unix(), 10))
	h.Set("Sunset", d.Sunset.UTC().Format(http.TimeFormat))
	h.Add("Link", "<"+d.Link+`>; rel="deprecation"; type="text/html"`)
}
