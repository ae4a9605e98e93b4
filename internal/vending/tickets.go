package vending

import (
	"net/http"
	"net/url"
	"sync"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// tickets are names that the cloud has given one caller, to be shown with a later request: of a transaction, or of a
// resumable upload. They do not say whose they are, so where tenants share a database and a bucket the guard remembers whom
// it saw them given to, and nobody else's are let through. A nil *tickets lets all through: in a silo the cloud gives out
// none but the tenant's own.
type tickets struct {
	mu    sync.Mutex
	given *simplelru.LRU[string, struct{}]
}

// maxTickets is how many a caller may have in use at a time. A transaction ends within five minutes.
const maxTickets = 1024

func newTickets() *tickets {
	given, _ := simplelru.NewLRU[string, struct{}](maxTickets, nil) // fails for a size below one alone
	return &tickets{given: given}
}

func (t *tickets) add(ticket string) {
	if t == nil || ticket == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.given.Add(ticket, struct{}{})
}

func (t *tickets) check(what, ticket string) error {
	if t == nil || ticket == "" {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.given.Get(ticket); !ok {
		return refuse(ErrForeign, "%s that was not begun here", what)
	}
	return nil
}

// transactional is a message of Firestore that may name a transaction.
type transactional interface{ GetTransaction() []byte }

// answered remembers the transaction that a reply tells of.
func (t *tickets) answered(reply any) {
	if t == nil {
		return
	}
	if m, ok := reply.(transactional); ok {
		t.add(string(m.GetTransaction()))
	}
}

// checkTransactions refuses a message that names a transaction which the caller was not given: to go on with, or to repeat.
func (t *tickets) checkTransactions(message any) error {
	if t == nil {
		return nil
	}
	const what = "a transaction"
	if m, ok := message.(transactional); ok {
		if err := t.check(what, string(m.GetTransaction())); err != nil {
			return err
		}
	}
	var begins *fs.TransactionOptions
	switch m := message.(type) {
	case *fs.BeginTransactionRequest:
		begins = m.GetOptions()
	case interface{ GetNewTransaction() *fs.TransactionOptions }:
		begins = m.GetNewTransaction()
	}
	return t.check(what, string(begins.GetReadWrite().GetRetryTransaction()))
}

// located remembers the upload that a response to its first request tells of.
func (t *tickets) located(resp *http.Response) {
	if t == nil {
		return
	}
	if u, err := url.Parse(resp.Header.Get("Location")); err == nil {
		t.add(uploadID(u))
	}
}

// checkUpload refuses to go on with an upload that the caller has not begun.
func (t *tickets) checkUpload(u *url.URL) error { return t.check("an upload", uploadID(u)) }
