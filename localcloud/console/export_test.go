package console

import (
	"context"
	"net/http"
)

// localAddress is an address of a listener, as it comes.
type localAddress string

func (a localAddress) Network() string { return "tcp" }
func (a localAddress) String() string  { return string(a) }

// Arriving is a request that arrived at an address.
func Arriving(r *http.Request, address string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, localAddress(address)))
}
