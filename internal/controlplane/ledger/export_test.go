package ledger

import (
	"context"
	"time"
)

// CloseWithin is Close with another bound.
func (l *Ledger) CloseWithin(ctx context.Context, patience time.Duration) error {
	return l.close(ctx, patience)
}

// LaneSize and QueueSize are how many rows wait.
const (
	LaneSize  = laneSize
	QueueSize = queueSize
)

// Queue is a ledger's queue without a ledger.
type Queue struct{ q *queue }

// NewQueue returns an empty one.
func NewQueue() Queue { return Queue{newQueue()} }

// Add queues a row.
func (q Queue) Add(r Row) { q.q.add(r) }

// Lost is how many rows are lost.
func (q Queue) Lost() int64 { return q.q.lost }

// Take takes n rows.
func (q Queue) Take(n int) (rows []Row) {
	for _, j := range q.q.take(n) {
		rows = append(rows, j.row)
	}
	return rows
}
