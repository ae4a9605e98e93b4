package iam

import (
	"context"
	"slices"
	"sync"
	"time"
)

// maxDecisions is how many decisions are remembered.
const maxDecisions = 1000

// Decision is one entry of the log: a permission asked for and what came of it, or a credential that was refused.
type Decision struct {
	Seq        int // counts from 1, in the order of the decisions
	Time       time.Time
	Method     string // what was called, where the service said so (see WithMethod): "/google.firestore.v1.Firestore/GetDocument"
	Caller     string // e-mail address; what the credential claimed when it was refused; empty: anonymous
	KeyID      string // of the key that signed, when one did
	Permission string // empty when the credential was refused
	Resource   string // its name; the service's address when the credential was refused
	Allowed    bool
	Reason     string // "allowed: roles/datastore.user on projects/p, condition `...`", "denied: condition `...` is false"
}

type methodKey struct{}

// WithMethod returns a context under which decisions are logged as those of the named method. The interceptors do so for
// each gRPC method; an HTTP service names its routes.
func WithMethod(ctx context.Context, method string) context.Context {
	return context.WithValue(ctx, methodKey{}, method)
}

func methodFrom(ctx context.Context) string {
	method, _ := ctx.Value(methodKey{}).(string)
	return method
}

// decisions is a ring of the latest decisions, in memory alone.
type decisions struct {
	mu    sync.Mutex
	ring  []Decision
	total int // ever recorded; the next one goes to total modulo maxDecisions
}

func newDecisions() *decisions {
	return &decisions{ring: make([]Decision, 0, maxDecisions)}
}

func (s *Service) record(d Decision) {
	d.Time = s.cfg.Now()
	l := s.log
	l.mu.Lock()
	defer l.mu.Unlock()
	d.Seq = l.total + 1
	if len(l.ring) < maxDecisions {
		l.ring = append(l.ring, d)
	} else {
		l.ring[l.total%maxDecisions] = d
	}
	l.total++
}

// Decisions returns the latest decisions, at most max, the newest first.
func (s *Service) Decisions(max int) []Decision {
	l := s.log
	l.mu.Lock()
	defer l.mu.Unlock()
	next := 0
	if len(l.ring) == maxDecisions {
		next = l.total % maxDecisions
	}
	ordered := slices.Concat(l.ring[next:], l.ring[:next])
	slices.Reverse(ordered)
	return ordered[:min(max, len(ordered))]
}
