// Package visit is what is learnt about a request on its way: its identifier, its client, its
// caller, and what it was refused for. It is for the log and for the frame of a page, never for a
// decision.
//
// The door begins a visit with [Begin], fills it in as rules find things out, and has [Log] write
// one line of it when the request is done.
package visit
