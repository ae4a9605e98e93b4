package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
)

// sameness measures whether the time of an answer tells a stranger what exists: each question about
// something that exists where the caller may not look stands beside the same question about what
// exists nowhere.
func (b *bench) sameness(ctx context.Context) error {
	c, err := b.theCloud(ctx)
	if err != nil {
		return err
	}
	acme, globex := c.Tenants[0], c.Tenants[1]
	caller, theirs := acme.Users[0], globex.Users[0]
	_, addr, err := b.serve(multiServer, c.plan())
	if err != nil {
		return err
	}
	at := "http://" + addr + "/api/v1"
	body := func(format string) func(string) string {
		return func(s string) string { return fmt.Sprintf(format, s) }
	}
	for _, q := range []struct {
		what, beside   string
		method, path   string
		body           func(subject string) string
		there, nowhere string
		want           int
	}{
		{"a person of another tenant, read", "one of no tenant", http.MethodGet, "/users/%s", nil, theirs.ID, strings.Repeat("z", len(theirs.ID)), 404},
		{"a letter for a forgotten password", "to an address of nobody", http.MethodPost, "/password-letters", body(`{"email":"%s"}`),
			acme.Users[1].Email, "nobody@acme.test", 204},
	} {
		ask := func(subject string) rounds.Side {
			return rounds.Calls(n(b, 20, 10), func() error {
				path, text := q.path, ""
				if q.body == nil {
					path = fmt.Sprintf(q.path, subject)
				} else {
					text = q.body(subject)
				}
				return askStatus(ctx, q.method, at+path, acme.ID, caller.Token, text, q.want)
			})
		}
		all, err := rounds.Paired(n(b, 15, 9), ask(q.nowhere), ask(q.there))
		if err != nil {
			return fmt.Errorf("%s: %w", q.what, err)
		}
		row := rounds.Compared("10", q.what, q.beside, all[0])
		row.CPU, row.Allocs = "", ""
		apart := time.Duration(all[0].Ours(rounds.PerOp) - all[0].Peer(rounds.PerOp)).Abs()
		row.AtMost("ms apart", apart.Seconds()*1e3, 2)
		b.row(row)
	}
	return nil
}

// askStatus sends a request, as the caller if it has no body, and wants an answer of this status.
func askStatus(ctx context.Context, method, address, tenantID, token, body string, want int) error {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("X-TenantId", tenantID)
	if body == "" {
		req.Header.Set("Authorization", "Bearer "+token)
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != want {
		return fmt.Errorf("%s %s: %s, want %d", method, address, resp.Status, want)
	}
	return nil
}
