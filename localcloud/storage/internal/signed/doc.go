// Package signed verifies V4 signed URLs: the query parameters X-Goog-Algorithm, -Credential,
// -Date, -Expires, -SignedHeaders and -Signature that let whoever holds a URL make one request as
// the account that signed it.
//
// The verifier rebuilds the canonical request from what arrived, never from what a router made of
// it: the path and the query are taken raw from the request line, and the query must already be in
// its canonical form (sorted by name, percent-encoded by RFC 3986, no name twice). Google sorts and
// re-encodes before it compares; refusing instead costs the official clients nothing, as they all
// write the canonical form, and leaves no second reading of a URL to exploit.
//
// A signature covers the headers it names. Every header of the x-goog- family that a request
// carries must be among them, for such headers change what a request does: preconditions, size
// limits, metadata.
package signed
