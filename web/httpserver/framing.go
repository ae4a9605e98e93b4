package httpserver

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// A request that says both Content-Length and Transfer-Encoding has two ends: which one a reader
// takes decides where the next request begins, and two readers in a row can be made to disagree
// (RFC 9112, section 6.1). net/http drops the length and goes on, and handlers cannot see that it
// was there. So the bytes of a connection are read along here, as far as that takes.

// Framed returns a listener whose connections notice requests of ambiguous framing. A server of New
// that serves on it tells its handler of them: see IsAmbiguous.
func Framed(ln net.Listener) net.Listener { return framedListener{ln} }

type framedListener struct{ net.Listener }

func (l framedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &framedConn{Conn: conn, framing: framing{first: true}}, nil
}

type framedConn struct {
	net.Conn
	framing
	ambiguous atomic.Bool // a request was; none after it is to be trusted either
}

func (c *framedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.see(p[:n]) {
		c.ambiguous.Store(true)
	}
	return n, err
}

// CloseWrite closes the sending half, where the connection has one. Before it closes a connection
// whose request it did not read to the end, net/http ends its answer so: without it the client is
// reset, and may never read why.
func (c *framedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

type framedKey struct{}

// withFraming makes the connection known to its requests.
func withFraming(ctx context.Context, c net.Conn) context.Context {
	if framed, ok := c.(*framedConn); ok {
		return context.WithValue(ctx, framedKey{}, framed)
	}
	return ctx
}

// IsAmbiguous reports whether the request came over a connection on which framing was ambiguous. It
// is to be refused, and its connection closed.
func IsAmbiguous(r *http.Request) bool {
	c, ok := r.Context().Value(framedKey{}).(*framedConn)
	return ok && c.ambiguous.Load()
}

// maxLine is the longest line that is read along, in bytes: more than the server takes of a header.
const maxLine = 2 * MaxHeader

// framing follows the requests of one connection. Once it is lost it follows no more: the server
// refuses such a request and closes the connection.
type framing struct {
	lost  bool
	part  part
	line  []byte
	left  int64 // bytes to skip
	first bool  // the line is a request's first

	old, hasLength, hasCoding bool
	length                    int64
}

// part is what of a request comes next.
type part int

const (
	inHead part = iota
	inBody
	inChunkSize
	inChunk
	inTrailer
)

// see reads on, and reports whether it met a request of ambiguous framing.
func (f *framing) see(b []byte) (ambiguous bool) {
	for len(b) > 0 && !f.lost {
		if f.part == inBody || f.part == inChunk {
			n := min(int64(len(b)), f.left)
			b, f.left = b[n:], f.left-n
			if f.left == 0 {
				f.part = map[part]part{inBody: inHead, inChunk: inChunkSize}[f.part]
			}
			continue
		}
		line, rest, whole := bytes.Cut(b, []byte("\n"))
		f.line = append(f.line, line...)
		if b = rest; !whole {
			f.lost = len(f.line) > maxLine
			return false
		}
		text := strings.TrimSuffix(string(f.line), "\r")
		f.line = f.line[:0]
		if f.take(text) {
			f.lost = true
			return true
		}
	}
	return false
}

// take reads one line, and reports whether it ends the head of a request of ambiguous framing.
func (f *framing) take(line string) (ambiguous bool) {
	switch {
	case f.part == inChunkSize:
		f.chunk(line)
	case f.part == inTrailer:
		if line == "" {
			f.next(inHead, 0)
		}
	case f.first:
		f.first, f.old = false, !strings.HasSuffix(line, "HTTP/1.1")
	case line == "":
		return f.endHead()
	default:
		f.field(line)
	}
	return false
}

func (f *framing) field(line string) {
	name, value, _ := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "content-length":
		n, err := strconv.ParseInt(value, 10, 64)
		f.hasLength, f.length = true, n
		f.lost = f.lost || err != nil || n < 0
	case "transfer-encoding":
		f.hasCoding = true
	}
}

func (f *framing) endHead() (ambiguous bool) {
	switch {
	case f.hasCoding && (f.hasLength || f.old): // HTTP/1.0 knows no codings: some readers heed them all the same
		return true
	case f.hasCoding:
		f.part = inChunkSize
	case f.length > 0:
		f.next(inBody, f.length)
	default:
		f.next(inHead, 0)
	}
	return false
}

func (f *framing) chunk(line string) {
	size, _, _ := strings.Cut(line, ";")
	n, err := strconv.ParseInt(strings.TrimSpace(size), 16, 62)
	switch {
	case err != nil || n < 0:
		f.lost = true
	case n == 0:
		f.part = inTrailer
	default:
		f.part, f.left = inChunk, n+2 // and its line end
	}
}

// next begins a part, and with a head a request.
func (f *framing) next(p part, left int64) {
	f.part, f.left = p, left
	f.first, f.old, f.hasLength, f.hasCoding, f.length = true, false, false, false, 0
}
