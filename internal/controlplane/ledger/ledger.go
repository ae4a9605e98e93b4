package ledger

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"cloud.google.com/go/firestore"
)

// Decision is what was decided about a vend, or about a request of a vended client.
type Decision string

// The decisions.
const (
	Vended Decision = "vended" // a grant was made; its credential came from the vault, or from the cache Count times
	Denied Decision = "denied" // refused before anything was sent
	Failed Decision = "failed" // not decided: the vault could not be read
)

// Row is a row of the ledger: who was given, or refused, what. It holds no secret.
type Row struct {
	ID         string    `firestore:"-"` // where the row is stored; rows sort by it as by their time
	Time       time.Time `firestore:"time"`
	Decision   Decision  `firestore:"decision"`
	Alert      bool      `firestore:"alert"` // somebody reached across: a person should look
	Tenant     string    `firestore:"tenant"`
	Subject    string    `firestore:"subject"`
	Role       string    `firestore:"role"`
	Region     int64     `firestore:"region"`
	Method     string    `firestore:"method"` // how the caller was authenticated
	Scope      string    `firestore:"scope"`
	Account    string    `firestore:"account"`
	KeyID      string    `firestore:"keyId"`
	Generation int64     `firestore:"generation"`
	Warm       int64     `firestore:"warm"` // vends from the cache that this row sums up
	Request    string    `firestore:"request"`
	Route      string    `firestore:"route"`
	Reason     string    `firestore:"reason"`
}

// LogValue is the row for the log.
func (r Row) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("decision", string(r.Decision)), slog.Bool("alert", r.Alert),
		slog.String("tenant", r.Tenant), slog.String("subject", r.Subject), slog.String("role", r.Role),
		slog.Int64("region", r.Region), slog.String("method", r.Method), slog.String("scope", r.Scope),
		slog.String("account", r.Account), slog.String("keyId", r.KeyID), slog.Int64("generation", r.Generation),
		slog.Int64("warm", r.Warm), slog.String("request", r.Request), slog.String("route", r.Route),
		slog.String("reason", r.Reason))
}

const (
	rowCollection   = "ledger"
	alertCollection = "alerts"
	queueSize       = 4096 // rows that wait to be written; when it is full, rows are only logged
	batchSize       = 100  // rows written at once
	writeTimeout    = 10 * time.Second
	writeTries      = 3
)

// Ledger records every cold vend and every denial: at once in the log, and soon after in the control plane's database.
// Warm vends are counted per caller and recorded as a sum. A row that is an alert is written together with an alert record,
// which stays open until an operator has seen to it. Safe for concurrent use.
type Ledger struct {
	db    *firestore.Client
	now   func() time.Time
	queue chan entry
	done  chan struct{}
	lost  atomic.Int64
}

// entry is a row, or a mark that everything before it has been written.
type entry struct {
	row  Row
	mark chan<- struct{}
}

// New returns a ledger in the database "platform". now is the clock; nil: time.Now. Close it to write what is left.
func New(db *firestore.Client, now func() time.Time) *Ledger {
	if now == nil {
		now = time.Now
	}
	l := &Ledger{db: db, now: now, queue: make(chan entry, queueSize), done: make(chan struct{})}
	go l.run()
	return l
}

// Add queues a row. It never waits: a vend must not depend on the ledger's database.
func (l *Ledger) Add(r Row) {
	select {
	case l.queue <- entry{row: r}:
	default:
		l.lost.Add(1)
	}
}

// Lost is how many rows were not stored, because the queue was full or the database did not take them. All were logged.
func (l *Ledger) Lost() int64 { return l.lost.Load() }

// Flush returns when the rows added before it are stored or given up, or with the context's error.
func (l *Ledger) Flush(ctx context.Context) error {
	mark := make(chan struct{})
	select {
	case l.queue <- entry{mark: mark}:
	case <-l.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-mark:
		return nil
	case <-l.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close writes what is queued, as long as ctx allows, and stops. Rows added later are only logged. It is called once.
func (l *Ledger) Close(ctx context.Context) error {
	err := l.Flush(ctx)
	select {
	case l.queue <- entry{}: // the zero entry ends run
		<-l.done
	case <-ctx.Done():
		err = ctx.Err()
	}
	return err
}

// run writes rows in batches until the zero entry arrives.
func (l *Ledger) run() {
	defer close(l.done)
	for {
		batch, marks, last := l.collect()
		l.write(batch)
		for _, m := range marks {
			close(m)
		}
		if last {
			return
		}
	}
}

// collect waits for an entry and takes those that are there already.
func (l *Ledger) collect() (batch []Row, marks []chan<- struct{}, last bool) {
	e := <-l.queue
	for {
		switch {
		case e.mark != nil:
			marks = append(marks, e.mark)
		case e.row == Row{}:
			return batch, marks, true
		default:
			batch = append(batch, e.row)
		}
		if len(batch) == batchSize {
			return batch, marks, false
		}
		select {
		case e = <-l.queue:
		default:
			return batch, marks, false
		}
	}
}

// write stores the rows together. Their identifiers are made before the first try, so that a try that succeeded without
// our hearing of it does not store them twice.
func (l *Ledger) write(batch []Row) {
	if len(batch) == 0 {
		return
	}
	for i := range batch {
		batch[i].ID = batch[i].Time.UTC().Format(rowTime) + "-" + rand.Text()[:10]
	}
	store := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
		defer cancel()
		return l.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
			for _, row := range batch {
				if err := tx.Set(l.db.Collection(rowCollection).Doc(row.ID), row); err != nil {
					return err
				}
				if !row.Alert {
					continue
				}
				if err := tx.Set(l.db.Collection(alertCollection).Doc(row.ID), Alert{Row: row, Open: true}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	var err error
	for try := range writeTries {
		if try > 0 {
			time.Sleep(time.Duration(try) * 200 * time.Millisecond)
		}
		if err = store(); err == nil {
			return
		}
	}
	l.lost.Add(int64(len(batch)))
	slog.Error("ledger: ledger rows are not stored", "rows", len(batch), "error", err)
}

// Format prints no more than what it is.
func (l *Ledger) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "ledger") }
