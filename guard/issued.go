package guard

import (
	"net/http"
	"net/url"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Issued is what the cloud has issued to one sender, to be shown with a later request:
// transactions, page tokens and resumable uploads. Such a name does not say whose it is. Where
// senders share a database and a bucket the guard therefore remembers whom it saw it given to, and
// lets nobody else use it.
//
// The zero Issued is nothing, ready to use. A nil *Issued is nothing too, and remembers nothing.
// Safe for concurrent use.
type Issued struct {
	mu    sync.Mutex
	given *simplelru.LRU[issue, bool]
}

// issue is one thing that was issued.
type issue struct {
	kind byte // 't' transaction, 'p' page token, 'u' upload
	name string
}

// maxIssued is how many one sender may have in use at a time. A transaction ends within five
// minutes.
const maxIssued = 1024

// add remembers what was issued. locks says of a transaction whether it locks what is read in it.
func (i *Issued) add(kind byte, name string, locks bool) {
	if i == nil || name == "" {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.given == nil {
		i.given, _ = simplelru.NewLRU[issue, bool](maxIssued, nil) // fails for a size below one alone
	}
	i.given.Add(issue{kind, name}, locks)
}

func (i *Issued) get(kind byte, name string) (locks, ok bool) {
	if i == nil {
		return false, false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.given == nil {
		return false, false
	}
	return i.given.Get(issue{kind, name})
}

func (i *Issued) transaction(id []byte) (locks, ok bool) { return i.get('t', string(id)) }

// Answered remembers what the reply to a request of Firestore's issues.
func (i *Issued) Answered(request, reply any) {
	if i == nil {
		return
	}
	if m, ok := reply.(interface{ GetTransaction() []byte }); ok {
		i.add('t', string(m.GetTransaction()), locks(request))
	}
	if m, ok := reply.(interface{ GetNextPageToken() string }); ok {
		i.add('p', m.GetNextPageToken(), false)
	}
}

// Located remembers the upload that a response to its first request tells of.
func (i *Issued) Located(resp *http.Response) {
	if i == nil {
		return
	}
	if u, err := url.Parse(resp.Header.Get("Location")); err == nil {
		i.add('u', u.Query().Get("upload_id"), false)
	}
}

// checkPage refuses to go on with a list that the sender has not begun.
func (r request) checkPage(token string) error {
	if token == "" || !r.sharesDatabase() {
		return nil
	}
	if _, ok := r.issued.get('p', token); !ok {
		return refuse(ErrForeign, "a page that was not begun here")
	}
	return nil
}

// checkUpload refuses to go on with an upload that the sender has not begun.
func (g *Guard) checkUpload(id string, issued *Issued) error {
	if id == "" || !g.sharesBucket() {
		return nil
	}
	if _, ok := issued.get('u', id); !ok {
		return refuse(ErrForeign, "an upload that was not begun here")
	}
	return nil
}
