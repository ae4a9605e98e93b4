// Package openapi is the description of the API: it is written while operations are registered,
// sent to programs as OpenAPI 3.1, and read again for the page that shows it to people.
//
//	describe.go      what a feature says of an operation becomes part of the description
//	problems.go      which refusals an operation can answer with
//	encode.go        the description as programs are sent it
//	reference.go     the description as people read it
//	exampletext.go   an example as HTTP has it
//
// The package knows operations and problems of package api. It knows no feature and no caller.
package openapi
