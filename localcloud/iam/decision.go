package iam

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// maxDecisions is how many decisions are remembered.
const maxDecisions = 1000

// Decision is one entry of the log: a permission asked for and what came of it, or a credential
// that was refused.
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

// WithMethod returns a context under which decisions are logged as those of the named method. The
// interceptors do so for each gRPC method; an HTTP service names its routes.
func WithMethod(ctx context.Context, method string) context.Context {
	return context.WithValue(ctx, methodKey{}, method)
}

func methodFrom(ctx context.Context) string {
	method, _ := ctx.Value(methodKey{}).(string)
	return method
}

// decisions is the log: a ring of the latest, in memory alone, and two folded lists, of the denied
// and of the allowed. So however many calls are allowed, they push out no denial.
type decisions struct {
	mu      sync.Mutex
	ring    []Decision
	total   int // ever recorded; the next one goes to total modulo maxDecisions
	denied  *folds
	allowed *folds
	file    denialsFile // of denied
}

func newDecisions(cfg Config) (*decisions, error) {
	l := &decisions{
		ring: make([]Decision, 0, maxDecisions), denied: newFolds(), allowed: newFolds(),
		file: denialsFile{path: cfg.DenialsFile, log: cfg.Logger},
	}
	if err := l.file.load(l.denied); err != nil {
		return nil, fmt.Errorf("iam: remembered denials: %w", err)
	}
	return l, nil
}

func (s *Service) record(d Decision) {
	d = clipped(d)
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
	if d.Allowed {
		l.allowed.add(d)
	} else {
		l.file.append(l.denied.add(d), l.denied)
	}
}

// Denials returns the denied decisions that are remembered, repeats folded, the newest first. They
// outlast a restart where Config.DenialsFile is set; Seq then counts in the process that recorded
// them.
func (s *Service) Denials() []Folded {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.denied.newest()
}

// Permits returns the allowed decisions that are remembered, repeats folded, the newest first.
func (s *Service) Permits() []Folded {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.allowed.newest()
}

// Decisions returns the latest decisions one by one, at most max, the newest first.
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
