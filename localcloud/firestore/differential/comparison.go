package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

// casesPerWorld is how many cases the documents of a world are drawn for.
const casesPerWorld = 100

// comparison compares the two sides, case by case.
type comparison struct {
	seed         uint64
	ours, theirs *side
	out          io.Writer
	most         int // differences, before it stops

	cases, differences int
	found, refused     int            // of the cases answered alike: those that found something, those that were errors
	excepted           map[string]int // by reason
	byKind             map[string]int
}

// request is a case: a query, an aggregation or writes.
type request struct {
	query     *firestorepb.RunQueryRequest
	aggregate *firestorepb.RunAggregationQueryRequest
	write     *writeCase
}

func (r request) kind() string {
	switch {
	case r.query != nil:
		return "queries"
	case r.aggregate != nil:
		return "aggregations"
	}
	return "commits"
}

// run tries cases from the world of the case first on. The error says that they could not be tried.
func (c *comparison) run(ctx context.Context, first, cases int) error {
	c.byKind, c.excepted = map[string]int{}, map[string]int{}
	for nth := first / casesPerWorld; c.cases < cases && c.differences < c.most; nth++ {
		r := c.draw(nth, 0, nil)
		r.valid, r.whole = true, true
		docs := r.documents()
		for _, s := range []*side{c.ours, c.theirs} {
			if err := s.fill(ctx, r.world, docs); err != nil {
				return err
			}
		}
		for i := range min(casesPerWorld, cases-c.cases) {
			if err := ctx.Err(); err != nil {
				return err
			}
			c.try(ctx, docs, nth, i)
			if c.differences == c.most {
				break
			}
		}
	}
	return nil
}

// draw returns the source that a case follows from. The documents of the world are its case 0, the
// first is case 1.
func (c *comparison) draw(nth, n int, docs []*firestorepb.Document) random {
	return random{
		Rand:  rand.New(rand.NewPCG(c.seed, uint64(nth*(casesPerWorld+1)+n))),
		world: world(fmt.Sprint("world-", nth)),
		docs:  docs,
	}
}

// try tries the ith case of a world.
func (c *comparison) try(ctx context.Context, docs []*firestorepb.Document, nth, i int) {
	r := c.draw(nth, i+1, docs)
	var req request
	switch r.IntN(8) {
	case 0:
		req.aggregate = r.aggregation()
	case 1, 2:
		req.write = r.write()
	default:
		req.query = r.query()
	}
	c.cases++
	c.byKind[req.kind()]++
	ours, theirs := c.both(ctx, req)
	switch {
	case ours.same(theirs):
		if ours.code != codes.OK {
			c.refused++
		} else if len(ours.documents)+len(ours.values) > 0 {
			c.found++
		}
	case excepted(req, ours, theirs) != "":
		c.excepted[excepted(req, ours, theirs)]++
	default:
		c.differences++
		if req.write == nil {
			req, ours, theirs = c.reduce(ctx, req, ours, theirs)
		}
		fmt.Fprintf(c.out, "case %d of seed %d:\n%s\n  %s: %s\n  %s: %s\n\n",
			nth*casesPerWorld+i, c.seed, req, c.ours.name, ours.beside(theirs), c.theirs.name, theirs.beside(ours))
	}
	if req.write != nil && !ours.same(theirs) {
		c.both(ctx, request{write: req.write.undo()}) // later cases find the same on both sides
	}
}

// both sends the request to both sides.
func (c *comparison) both(ctx context.Context, req request) (ours, theirs answer) {
	var wait sync.WaitGroup
	wait.Go(func() { ours = c.ours.answer(ctx, req) })
	wait.Go(func() { theirs = c.theirs.answer(ctx, req) })
	wait.Wait()
	return ours, theirs
}

func (s *side) answer(ctx context.Context, req request) answer {
	switch {
	case req.query != nil:
		return s.query(ctx, req.query)
	case req.aggregate != nil:
		return s.aggregate(ctx, req.aggregate)
	}
	return s.commit(ctx, req.write)
}

func (r request) String() string {
	var messages []proto.Message
	switch {
	case r.query != nil:
		messages = append(messages, r.query)
	case r.aggregate != nil:
		messages = append(messages, r.aggregate)
	default:
		for _, w := range r.write.writes {
			messages = append(messages, w)
		}
	}
	var lines []string
	for _, m := range messages {
		lines = append(lines, "  "+short(strings.ReplaceAll(prototext.MarshalOptions{}.Format(m), "  ", " ")))
	}
	return strings.Join(lines, "\n")
}

// printExcepted prints how many cases each exception let pass.
func (c *comparison) printExcepted() {
	for _, e := range exceptions {
		if n := c.excepted[e.why]; n > 0 {
			fmt.Fprintf(c.out, "excepted %d: %s\n", n, e.why)
		}
	}
}

// kinds tells how many cases of each kind there were.
func (c *comparison) kinds() string {
	var out []string
	for _, kind := range slices.Sorted(maps.Keys(c.byKind)) {
		out = append(out, fmt.Sprintf("%d %s", c.byKind[kind], kind))
	}
	return strings.Join(out, ", ")
}
