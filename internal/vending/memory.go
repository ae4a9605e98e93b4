package vending

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Memory declares a cache that is vended. It is a name and its bounds, and holds no entry, so it
// may stand in a package variable. What it declares is kept in the tenant's compartment, and Of
// reaches it with a Grant.
//
// An entry is found again by callers of one tenant who have the same rights: the same scope of the
// guard and the same role, a person or a program alike. A caller who has a document of their own,
// as each viewer and each API key has, shares with nobody. Two colleagues of one role do share: put
// the user into K where a value is about the caller.
//
// A V is handed to several requests at once: nobody may change what it points to. It must hold
// nothing that was vended, no Grant, Database, Bucket, reference or repository, for it outlives the
// request that made it.
//
// The zero Memory remembers nothing.
type Memory[K comparable, V any] struct {
	id      int64 // 0: not declared
	name    string
	entries int
	life    time.Duration
}

// MemoryOptions bounds what a Memory keeps. Both are needed.
type MemoryOptions struct {
	Entries int           // of one tenant, for all its callers together; the least recently used makes room
	Life    time.Duration // from Put: another process may have changed what an entry was made of this long ago
}

const (
	maxMemories      = 1000  // that one process may declare
	maxMemoryEntries = 10000 // that one Memory may keep for a tenant
)

// memories counts what was declared.
var memories atomic.Int64

// NewMemory declares a Memory, for a package variable. It panics if an option is not positive or
// Entries exceeds 10,000, and at the 1001st declaration: whoever declares one for each request
// keeps nothing.
func NewMemory[K comparable, V any](name string, o MemoryOptions) Memory[K, V] {
	if o.Entries < 1 || o.Entries > maxMemoryEntries || o.Life <= 0 {
		panic(fmt.Sprintf("vending: memory %q: %d entries for %v", name, o.Entries, o.Life))
	}
	id := memories.Add(1)
	if id > maxMemories {
		panic(fmt.Sprintf("vending: memory %q: declare a Memory once, in a package variable", name))
	}
	return Memory[K, V]{id: id, name: name, entries: o.Entries, life: o.Life}
}

// String is the name that the memory was declared with.
func (m Memory[K, V]) String() string { return m.name }

// Of is the part of the memory that the grant's caller may see. Like the grant it belongs to a
// request.
func (m Memory[K, V]) Of(g Grant) Entries[K, V] { return Entries[K, V]{m, g.caller} }

// Entries is what a Memory holds for one caller. Safe for concurrent use. The zero Entries, and
// those of the zero Grant, remember nothing and answer ErrDenied.
type Entries[K comparable, V any] struct {
	memory Memory[K, V]
	owner  *caller
}

// Get returns the value of a key, and whether there is one. ErrDenied, recorded, if the caller may
// not have a grant any more.
func (e Entries[K, V]) Get(ctx context.Context, key K) (value V, ok bool, err error) {
	value, ok, _, err = e.get(ctx, key)
	return value, ok, err
}

// Put remembers a value. ErrDenied as of Get.
func (e Entries[K, V]) Put(ctx context.Context, key K, value V) error {
	if err := e.permit(ctx); err != nil {
		return err
	}
	e.put(key, value, always)
	return nil
}

// Load returns the value of a key or, if there is none, what f returns, which it then remembers. An
// error of f is returned and not remembered. Callers who miss at once each call their f. What f
// returns is not remembered if anything of the tenant's was forgotten meanwhile: f may have read
// what was there before. ErrDenied as of Get.
func (e Entries[K, V]) Load(ctx context.Context, key K, f func(context.Context) (V, error)) (V, error) {
	var none V
	known, ok, since, err := e.get(ctx, key)
	if ok || err != nil {
		return known, err
	}
	value, err := f(ctx)
	if err != nil {
		return none, err
	}
	if err := e.permit(ctx); err != nil {
		return none, err
	}
	e.put(key, value, since)
	return value, nil
}

// Forget forgets a key, for every caller of the tenant: whoever changes what an entry was made of
// calls it afterwards. Other processes go on until the entry's life ends.
func (e Entries[K, V]) Forget(key K) {
	if e.owner == nil || e.memory.id == 0 {
		return
	}
	home := e.owner.home
	home.memory.mu.Lock()
	defer home.memory.mu.Unlock()
	home.memory.forgot++
	s := e.store()
	if s == nil {
		return
	}
	for _, k := range s.kept.Keys() {
		if k.key == key && s.kept.Remove(k) {
			home.machine.remembered.Add(-1)
		}
	}
}

// permit returns a refusal, which is recorded, unless a request of the caller's would be sent.
func (e Entries[K, V]) permit(ctx context.Context) error {
	if e.owner == nil {
		return errZeroGrant
	}
	_, err := e.owner.permit(ctx, func() error { return nil })
	return err
}

// rights are what two callers of a tenant have in common who may see the same entries.
type rights struct {
	scope   string
	role    tenant.Role
	machine bool          // a program
	own     tenant.UserID // whose own document the scope names; zero if it names none
}

// rightsOf are the rights of the caller of p, whose scope is called so.
func rightsOf(p tenancy.Principal, scope string, ownDocument bool) rights {
	r := rights{scope: scope, role: p.Role(), machine: p.Method().IsProgram()}
	if ownDocument {
		r.own = p.User()
	}
	return r
}
