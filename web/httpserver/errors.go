package httpserver

import "errors"

// What can be wrong with a request as HTTP has it.
var (
	// ErrMalformed reports a request that makes no sense, or that could be read in two ways.
	ErrMalformed = errors.New("web: malformed request")
	// ErrMediaType reports a body of a form that the address does not take.
	ErrMediaType = errors.New("web: unsupported media type")
	// ErrBodyTooLarge reports a body of more than MaxBody bytes.
	ErrBodyTooLarge = errors.New("web: body too large")
	// ErrCrossOrigin reports a request that a page of another site has sent.
	ErrCrossOrigin = errors.New("web: cross-origin request")
)
