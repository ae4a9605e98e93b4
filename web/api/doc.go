// Package api is what the JSON API is made of: its operations, and what they take and answer beside
// the feature's own values. Features write their operations with it; the route table of package
// door says who may call them.
//
// # An operation
//
// [NewOperation] makes an operation of a summary and a handler. The handler is called with a
// [vending.Grant], which the route's policy has obtained, and with input that was checked against
// its form. It returns every error as it is. [NewPublicOperation] is for what anyone may call, and
// [NewCreation] for what makes something: a repeat with the same Idempotency-Key makes nothing
// more.
//
//	ID          the input of an operation on one object
//	Creating    the input of one that makes something; Creation is its answer
//	Part        the input of one that lists; From, Next and Newest read and write its cursors
//	Tag         the ETag of a version; Matches compares If-Match
//	Problem     the answer of a refusal
//
// # What is said of it
//
// A [Doc] is what the description says of an operation beside its form. How it becomes OpenAPI is
// in package openapi. A [Deprecation] says that an operation will go, and since when.
package api
