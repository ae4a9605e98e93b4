// Package httpserver is what HTTP asks of every request and of every answer, whoever sends the
// request and whatever it is for. It knows no route, no tenant and no caller.
//
// # The connection
//
// A server made by [New] limits the time of each phase of a connection and the size of a head. It
// serves on listeners made by [Framed], which notice a request that says its length in two ways.
//
// # The request
//
// [LimitBody], [SameOrigin] and [CheckQuery] refuse a request that is too large, that a page of
// another site has sent, or whose query two readers could take in two ways. Each refuses with an
// error of this package. Which status and sentence a client is told is decided by the caller.
//
// # The answer
//
// [Headers] adds the headers that keep a browser from using an answer in a way that we did not
// intend. [AsGet] answers HEAD. [Recover] turns a panic into an error.
package httpserver
