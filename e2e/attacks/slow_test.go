package attacks_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// patience is how long the server listens to somebody who sends the header of a request and never
// comes to its end: see httpserver.New. A body has three times as long, which is not waited for
// here.
const patience = 10 * time.Second

// TestSlowClients: clients who send a byte now and then are hung up on, and keep nobody else from
// being served (RE-05).
func TestSlowClients(t *testing.T) {
	t.Parallel()
	w := &town{World: vendingtest.Start(t), log: new(journal), said: new(scroll)}
	w.server = w.serve(t, unlimited)
	host := strings.TrimPrefix(w.origin, "http://")
	const clients = 64
	ended := make(chan time.Duration, clients)
	for range clients {
		conn, err := net.Dial("tcp", host)
		must(t, err)
		t.Cleanup(func() { conn.Close() })
		must(t, conn.SetDeadline(time.Now().Add(patience+slack+time.Minute)))
		began := time.Now()
		go func() {
			_, _ = io.WriteString(conn, "GET /status HTTP/1.1\r\nHost: "+host+"\r\n")
			drip := time.NewTicker(250 * time.Millisecond)
			defer drip.Stop()
			hungUp := make(chan struct{})
			go func() {
				defer close(hungUp)
				_, _ = io.Copy(io.Discard, bufio.NewReader(conn)) // until the server hangs up
			}()
			for {
				select {
				case <-hungUp:
					ended <- time.Since(began)
					return
				case <-drip.C:
					_, _ = io.WriteString(conn, "X-A: b\r\n")
				}
			}
		}()
	}
	stranger := caller{t: t, said: w.said, origin: w.origin}
	for range 20 {
		if x := stranger.send("GET", w.origin+"/status", ""); x.status != http.StatusOK {
			t.Errorf("meanwhile: %v", x)
		}
	}
	for range clients {
		if took := <-ended; took > patience+slack {
			t.Errorf("a client was listened to for %v", took)
		}
	}
}
