package fault

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/rest"
)

const (
	// ahead is how much of a request's body is read before a delay: only once a body has ended does
	// the server notice that its caller went away. In bytes.
	ahead = 1 << 20
	// drain is how much of a failed request's body is read before the answer, in bytes: a client
	// that is still sending would lose the answer with the connection.
	drain = 64 << 20
)

// Middleware strikes the requests that next serves. describe says who calls and on which resource;
// it leaves the request as it was.
func (i *Injector) Middleware(describe func(*http.Request) Call, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !i.some.Load() {
			next.ServeHTTP(w, r)
			return
		}
		rule, hit := i.hit(describe(r))
		if !hit {
			next.ServeHTTP(w, r)
			return
		}
		if rule.Delay > 0 {
			lift(w)
			Peek(r, ahead)
		}
		if !rule.After {
			if err := i.strike(r.Context(), rule); err != nil {
				fail(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
			return
		}
		late := &lateWriter{ResponseWriter: w, strike: func() error { return i.strike(r.Context(), rule) }}
		next.ServeHTTP(late, r)
		if err := late.begin(); err != nil {
			clear(w.Header())
			fail(w, r, err)
		}
	})
}

// lift takes the server's bounds on how long this request may take away: the rule has the say now.
func lift(w http.ResponseWriter) {
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Time{})
	_ = rc.SetWriteDeadline(time.Time{})
}

// Peek returns the beginning of a request's body, at most n bytes, and leaves it to be read again.
func Peek(r *http.Request, n int64) []byte {
	begin, err := io.ReadAll(io.LimitReader(r.Body, n))
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failed{err}
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(begin), rest), r.Body}
	return begin
}

type failed struct{ error }

func (f failed) Read([]byte) (int, error) { return 0, f.error }

// fail answers a struck request, or ends it without an answer.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errCut) || r.Context().Err() != nil {
		panic(http.ErrAbortHandler)
	}
	_, _ = io.CopyN(io.Discard, r.Body, drain)
	rest.WriteError(w, err)
}

// lateWriter strikes before the first byte of an answer, and swallows an answer that was struck.
type lateWriter struct {
	http.ResponseWriter
	strike func() error // nil once it was called
	struck error
}

func (l *lateWriter) begin() error {
	if l.strike != nil {
		l.struck = l.strike()
		l.strike = nil
	}
	return l.struck
}

func (l *lateWriter) WriteHeader(status int) {
	if l.begin() == nil {
		l.ResponseWriter.WriteHeader(status)
	}
}

func (l *lateWriter) Write(p []byte) (int, error) {
	if l.begin() != nil {
		return len(p), nil
	}
	return l.ResponseWriter.Write(p)
}
