package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
)

const (
	fullFile   = 1 << 30   // bytes
	quickFile  = 128 << 20 // bytes
	glanceFile = 9 << 20   // bytes: two parts
)

// largeFile sends a large file through everything, and looks at how much the memory of each server
// grows meanwhile.
func (b *bench) largeFile(ctx context.Context) error {
	size := int64(fullFile)
	switch {
	case b.glance:
		size = glanceFile
	case b.quick:
		size = quickFile
	}
	c, err := b.theCloud(ctx)
	if err != nil {
		return err
	}
	s, err := b.startSite(ctx, c, "")
	if err != nil {
		return err
	}
	defer s.end()
	who := caller{s.origin, c.Tenants[0], c.Tenants[0].Users[0]}
	for range 3 { // what a server makes once is made
		if err := who.through(ctx, 9<<20); err != nil {
			return err
		}
	}
	servers := []*child{s.web, s.worker, s.adapter, s.b}
	look := watch(servers)
	began := time.Now()
	err = who.through(ctx, size)
	took := time.Since(began)
	grown, watchErr := look()
	if err := errors.Join(err, watchErr); err != nil {
		return err
	}
	const mib = 1 << 20
	var each []string
	for i, name := range []string{"web", "worker", "Adapter", "Service B"} {
		each = append(each, fmt.Sprintf("%s %.1f", name, float64(grown[i])/mib))
	}
	row := rounds.Row{
		Goal: "15", What: fmt.Sprintf("memory of each server while a file of %d MiB is sent and inspected", size/mib),
		Ours: fmt.Sprintf("%s MiB more, in %.0f s", strings.Join(each, ", "), took.Seconds()),
	}
	row.AtMost("MiB", float64(slices.Max(grown))/mib, 32)
	b.row(row)
	return nil
}

// watch looks at the memory of processes, again and again, and returns what ends that: by how many
// bytes each has grown at most.
func watch(of []*child) func() ([]int64, error) {
	first, most := make([]int64, len(of)), make([]int64, len(of))
	var fault error
	look := func() {
		for i, c := range of {
			now, err := c.rss()
			fault = errors.Join(fault, err)
			if first[i] == 0 {
				first[i] = now
			}
			most[i] = max(most[i], now-first[i])
		}
	}
	look()
	end := make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		for fault == nil {
			select {
			case <-end:
				return
			case <-time.After(20 * time.Millisecond):
				look()
			}
		}
	})
	return func() ([]int64, error) {
		close(end)
		looking.Wait()
		return most, fault
	}
}

// inspectTime bounds an inspection.
const inspectTime = 5 * time.Minute

// through sends a file in parts, four at a time as a browser does, and waits for its verdict.
func (c caller) through(ctx context.Context, size int64) error {
	a, err := c.announce(ctx, "large.txt", size)
	if err != nil {
		return err
	}
	if a.Parts.Count == 0 {
		return errors.New("the file is not sent in parts")
	}
	sending, sent := errgroup.WithContext(ctx)
	sending.SetLimit(4)
	for number := 1; number <= a.Parts.Count; number++ {
		sending.Go(func() error {
			var out struct {
				Parts []struct{ Request signedRequest }
			}
			if err := c.call(sent, http.MethodPost, "/uploads/"+a.ID+"/parts", map[string]any{"numbers": []int{number}}, &out); err != nil {
				return err
			}
			length := min(a.Parts.Size, size-int64(number-1)*a.Parts.Size)
			return out.Parts[0].Request.send(sent, io.LimitReader(text{}, length), length)
		})
	}
	if err := sending.Wait(); err != nil {
		return err
	}
	if err := c.call(ctx, http.MethodPost, "/uploads/"+a.ID+"/complete", nil, nil); err != nil {
		return err
	}
	for end := time.Now().Add(inspectTime); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var f struct{ Inspection struct{ State string } }
		if err := c.call(ctx, http.MethodGet, "/uploads/"+a.ID, nil, &f); err != nil {
			return err
		}
		switch f.Inspection.State {
		case "clean", "opaque":
			return nil
		case "asked", "accepted", "forwarding", "inspecting":
		default:
			return fmt.Errorf("the inspection has ended as %s", f.Inspection.State)
		}
	}
	return errors.New("the inspection does not end")
}

// text is a long text.
type text struct{}

func (text) Read(p []byte) (int, error) {
	const line = "All work and no play makes a dull file.\n"
	for n := 0; n < len(p); {
		n += copy(p[n:], line)
	}
	return len(p), nil
}
