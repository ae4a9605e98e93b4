package ledger

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"cloud.google.com/go/firestore"
)

const (
	rowCollection   = "ledger"
	alertCollection = "alerts"
	settleEvery     = 10 * time.Second // counts of repeats whose minute is over are written so often
	lossEvery       = time.Second      // losses are reported so often
	closeTime       = 8 * time.Second  // Close waits no longer
)

// Ledger records every cold vend and every denial: at once in the log, and soon after in the
// control plane's database. Warm vends are counted per caller and recorded as a sum. A row that is
// an alert is written together with an alert record, which stays open until an operator has seen to
// it. Safe for concurrent use.
type Ledger struct {
	db    *firestore.Client
	log   *slog.Logger
	now   func() time.Time
	queue *queue

	closing chan struct{}   // closed when what waits is the last
	ctx     context.Context // ends when what still waits is lost
	abort   context.CancelFunc
	done    chan struct{} // closed when nothing is written any more
}

// New returns a ledger in the database "platform". log hears of rows that are lost; nil:
// slog.Default. now is the clock; nil: time.Now. Close it to write what is left.
func New(db *firestore.Client, log *slog.Logger, now func() time.Time) *Ledger {
	if log == nil {
		log = slog.Default()
	}
	if now == nil {
		now = time.Now
	}
	l := &Ledger{
		db: db, log: log, now: now, queue: newQueue(),
		closing: make(chan struct{}), done: make(chan struct{}),
	}
	l.ctx, l.abort = context.WithCancel(context.Background())
	go l.run()
	return l
}

// Add queues a row. It never waits: a vend must not depend on the ledger's database. A refusal that
// the same subject met for the same reason less than a minute ago is counted to that row.
func (l *Ledger) Add(r Row) {
	r.clean()
	l.queue.add(r)
}

// Lost is how many rows were not stored: their tenant's share of the queue was full, or the
// database did not take them. All were logged when they were added.
func (l *Ledger) Lost() int64 {
	l.queue.mu.Lock()
	defer l.queue.mu.Unlock()
	return l.queue.lost
}

// Flush returns when the rows added before it are stored or lost, or with the context's error.
func (l *Ledger) Flush(ctx context.Context) error {
	reached := l.queue.mark()
	select {
	case <-reached:
		return nil
	case <-l.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close writes what is queued, as long as ctx allows and for 8 s at most, and stops. What is not
// written by then is lost, and Close returns the context's error. Rows added later are lost, too.
// It is called once.
func (l *Ledger) Close(ctx context.Context) error { return l.close(ctx, closeTime) }

func (l *Ledger) close(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := l.Flush(ctx)
	close(l.closing)
	select {
	case <-l.done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	l.abort()
	<-l.done
	l.report()
	if err != nil {
		return fmt.Errorf("ledger: not all rows are written: %w", err)
	}
	return nil
}

// run writes rows in batches until the ledger is closed.
func (l *Ledger) run() {
	defer close(l.done)
	defer l.queue.shut()
	settle, loss := time.NewTicker(settleEvery), time.NewTicker(lossEvery)
	defer settle.Stop()
	defer loss.Stop()
	for l.ctx.Err() == nil {
		if batch := l.queue.take(batchSize); len(batch) > 0 {
			l.write(batch)
			select {
			case <-settle.C:
				l.queue.settleAll(l.now(), false)
			case <-loss.C:
				l.report()
			default:
			}
			continue
		}
		select {
		case <-l.queue.wake:
		case <-settle.C:
			l.queue.settleAll(l.now(), false)
		case <-loss.C:
			l.report()
		case <-l.closing:
			return
		}
	}
}

// report writes an error line for each tenant whose rows were lost since the last report.
func (l *Ledger) report() {
	all, since := l.queue.losses()
	for tenant, rows := range since {
		l.log.Error("ledger: rows are lost", "tenant", tenant, "rows", rows, "lost", all)
	}
}

// Format prints no more than what it is.
func (l *Ledger) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "ledger") }
