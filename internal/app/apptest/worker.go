// Package apptest runs a worker on a test's local cloud.
package apptest

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// Worker is a worker process, as it were: it acts as worker@ alone.
type Worker struct {
	Origin string
	world  *vendingtest.World
}

// Start runs a worker on the world's cloud until the test ends.
func Start(t *testing.T, w *vendingtest.World) Worker {
	t.Helper()
	ln := listen(t)
	cfg := config(w)
	cfg.EventsTopic, cfg.AdapterKeyset, cfg.TicketKeyset = setup.UploadsTopic, w.AdapterKeyset, w.TicketKeyset
	cfg.PublicURL, cfg.WorkerKeyFile = origin(ln), keyFile(t, w, setup.Worker)
	return Worker{serve(t, ln, cfg, app.RoleWorker), w}
}

// Tick sends a tick as the scheduler does, and returns how many jobs were done. It fails the test
// unless every job that was due was done.
func (k Worker) Tick(t *testing.T) (done int) {
	t.Helper()
	status, body := k.Send(t, k.Token(t, setup.Tick, k.Origin+app.TickPath))
	if status != http.StatusOK || body["retried"] != 0. || body["parked"] != 0. || body["lost"] != 0. || body["unreadable"] != 0. {
		t.Fatalf("the tick: %d %v", status, body)
	}
	n, _ := body["done"].(float64)
	return int(n)
}

// Token is what Google signs for an account and an audience.
func (k Worker) Token(t *testing.T, a setup.Account, audience string) string {
	t.Helper()
	token, err := k.world.Cloud.IAM().IDToken(a.Email(vendingtest.Project), audience)
	must(t, err)
	return token
}

// Send sends what is, or is not, a tick and returns the answer. No token: no header either.
func (k Worker) Send(t *testing.T, token string) (status int, body map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, k.Origin+app.TickPath, nil)
	must(t, err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer answer.Body.Close()
	must(t, json.NewDecoder(answer.Body).Decode(&body))
	return answer.StatusCode, body
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
