package httpserver_test

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
)

// TestAmbiguousFraming: a request with two ends is refused and its connection closed; all others
// are answered, whatever their bodies look like, over one connection.
func TestAmbiguousFraming(t *testing.T) {
	behind, err := door.NewWorker(door.WorkerConfig{
		Callers: map[string]*tenancy.PlatformCaller{"/jobs/tick": new(tenancy.PlatformCaller)}, Logger: slog.New(slog.DiscardHandler), PublicURL: "http://worker.test",
	})
	if err != nil {
		t.Fatal(err)
	}
	table := behind.Table("")
	table.Public(http.MethodPost, "/", func(c echo.Context) error {
		body, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		return c.String(http.StatusOK, fmt.Sprintf("<%s>", body))
	}, door.AnyHost)
	h, err := table.Handler()
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := httpserver.New(h)
	go func() { _ = server.Serve(httpserver.Framed(ln)) }()
	t.Cleanup(func() { _ = server.Close() })

	const (
		post    = "POST / HTTP/1.1\r\nHost: a\r\n"
		chunked = post + "Transfer-Encoding: chunked\r\n\r\n"
		smuggle = "0\r\n\r\nPOST / HTTP/1.1\r\n"
		end     = post + "Connection: close\r\nContent-Length: 3\r\n\r\nend"
	)
	for name, tt := range map[string]struct {
		sent    string
		answers []string // the bodies, of those with 200
		refused bool
	}{
		"a length":                     {post + "Content-Length: 4\r\n\r\nfour" + end, []string{"<four>", "<end>"}, false},
		"no body":                      {post + "\r\n" + end, []string{"<>", "<end>"}, false},
		"chunks":                       {chunked + "4\r\nfour\r\n11;x=y\r\nPOST / HTTP/1.1\r\n\r\n0\r\n\r\n" + end, []string{"<fourPOST / HTTP/1.1\r\n>", "<end>"}, false},
		"chunks of lines":              {chunked + "6\r\na: b\r\n\r\n0\r\nT: x\r\n\r\n" + end, []string{"<a: b\r\n>", "<end>"}, false},
		"a body that looks like heads": {post + "Content-Length: 64\r\n\r\n" + fmt.Sprintf("%-64s", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n") + end, []string{fmt.Sprintf("<%-64s>", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"), "<end>"}, false},
		"both":                         {post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggle + end, nil, true},
		"both, the other way round":    {post + "transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n" + smuggle + end, nil, true},
		"chunks of HTTP/1.0":           {"POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggle + end, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for i := range tt.sent { // byte by byte: a head may come in any number of pieces
				if _, err := io.WriteString(conn, tt.sent[i:i+1]); err != nil {
					break
				}
			}
			all, _ := io.ReadAll(conn) // it ends by a reset where the server did not read all
			got := string(all)
			for _, want := range tt.answers {
				if !strings.Contains(got, want) {
					t.Errorf("no %q in %q", want, got)
				}
			}
			if refused := strings.Contains(got, "400 Bad Request"); refused != tt.refused || refused && strings.Contains(got, "200 OK") {
				t.Errorf("answered %q", got)
			}
		})
	}
}
