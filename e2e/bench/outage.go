package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
)

// difficult stands in for Service B: it answers at once that every file is clean, but for what is
// of one tenant, as long as it is dead or slow for it.
type difficult struct {
	tenant string
	state  atomic.Int32 // well, dead or slow
}

const (
	well = iota
	dead // no answer
	slow // an answer after slowTime
)

const slowTime = 10 * time.Second

func (d *difficult) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // until then nobody tells that the caller has hung up
	of := r.Header.Get("X-TenantId")   // of a client's token; a key says it itself
	if rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer bik_"); ok {
		of, _, _ = strings.Cut(rest, "_")
	}
	if of == d.tenant {
		switch d.state.Load() {
		case dead:
			panic(http.ErrAbortHandler) // cuts the line
		case slow:
			select {
			case <-time.After(slowTime):
			case <-r.Context().Done():
				return
			}
		}
	}
	rw.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasSuffix(r.URL.Path, "/keys"):
		fmt.Fprintf(rw, `{"key":"bik_%s_secret"}`, of)
	case r.Method == http.MethodDelete:
		rw.WriteHeader(http.StatusNoContent)
	default:
		fmt.Fprint(rw, `{"state":"done","verdict":"clean","report":{"type":"text/plain"}}`)
	}
}

// outage measures what a tenant notices of a Service B that is dead, or slow, for another who goes
// on sending files. The peer is the same while Service B is well.
func (b *bench) outage(ctx context.Context) error {
	c, err := b.theCloud(ctx)
	if err != nil {
		return err
	}
	theirs, ours := c.Tenants[0], c.Tenants[1]
	inspection := &difficult{tenant: theirs.ID}
	server := httptest.NewServer(inspection)
	defer server.Close()
	defer server.CloseClientConnections()
	s, err := b.startSite(ctx, c, server.URL)
	if err != nil {
		return err
	}
	defer s.end()
	sends, asks := caller{s.origin, theirs, theirs.Users[0]}, caller{s.origin, ours, ours.Users[0]}
	for _, q := range []struct {
		what string
		ask  func() error
	}{
		{"a list of files", func() error { return asks.call(ctx, http.MethodGet, "/uploads", nil, nil) }},
		{"the start of an upload", func() error { _, err := asks.announce(ctx, "ours.txt", 1); return err }},
	} {
		ask := one(n(b, 100, 60), []*child{s.web}, q.ask)
		while := func(state int32) rounds.Side {
			return func() (rounds.Cost, error) {
				inspection.state.Store(state)
				sending, stop := context.WithCancel(ctx)
				sent := make(chan error, 1)
				go func() { sent <- sends.keepSending(sending) }()
				cost, err := ask()
				stop()
				return cost, errors.Join(err, <-sent)
			}
		}
		all, err := rounds.Paired(n(b, 15, 9), while(well), while(dead), while(slow))
		if err != nil {
			return err
		}
		for i, state := range []string{"dead", "slow"} {
			row := rounds.Timed("16", fmt.Sprintf("%s, p50, while Service B is %s for another tenant", q.what, state), "while it is well", all[i])
			ratio, _ := all[i].Ratio(rounds.Usual)
			row.AtMost("ratio", ratio.Median, 1.1)
			b.row(row)
		}
	}
	return nil
}

// sendEvery is how far apart the files are of the tenant for whom Service B is difficult.
const sendEvery = 100 * time.Millisecond

// keepSending sends a small file again and again, until ctx ends.
func (c caller) keepSending(ctx context.Context) error {
	for {
		a, err := c.announce(ctx, "theirs.txt", 1)
		if err == nil {
			err = a.Upload.send(ctx, strings.NewReader("x"), 1)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(sendEvery):
		}
	}
}
