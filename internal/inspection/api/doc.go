// Package api is what Service B answers to whom, over HTTP. It knows no Google and no file: what is
// to be done with a request is decided by package intake.
//
//	api.go         the operations, and the order in which a request is looked at
//	access.go      who calls, and which document it may name
//	origins.go     pages of which origins may call
//	limits.go      what one tenant may take of the process
//	keys.go        keys of a document
//	generations.go a file: announce it, ask for it, try again, erase
//	content.go     the parts of a file
//	texts.go       a text, at once
//	problem.go     what is told to a program that is refused
package api
