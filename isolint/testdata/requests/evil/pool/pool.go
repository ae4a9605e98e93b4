package pool

import (
	"bytes"
	"math/rand"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"
)

// buffers come back with what another tenant's page left in them.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }} // want "state: package variable buffers holds sync.Pool"

var page bytes.Buffer // want "state: package variable page holds bytes.Buffer"

var dice = rand.New(rand.NewSource(1)) // want "state: package variable dice holds rand.Rand"

var anything any = &sync.Map{} // want "state: package variable anything holds sync.Map"

var handler http.Handler = http.NewServeMux() // want "state: package variable handler holds http.ServeMux"

var given = newHandler() // want "state: package variable given holds http.Handler"

var compress = http.MaxBytesHandler(nil, 1) // want "state: package variable compress holds http.Handler"

var limited = echo.WrapMiddleware(nil) // want "state: package variable limited is a function that echo.WrapMiddleware has made"

func newHandler() http.Handler { return nil }

func Tune() {
	http.DefaultClient.Timeout = 1 // want "state: http.DefaultClient.Timeout is changed"
	http.DefaultTransport = nil    // want "state: http.DefaultTransport is changed"
}
