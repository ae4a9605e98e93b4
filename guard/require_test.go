package guard_test

import (
	"slices"
	"testing"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/guard"
)

// Where an entry is required, no change goes without one, and no entry is changed: by whoever may
// write everything too.
func TestRequire(t *testing.T) {
	s := whole(guard.Read | guard.Write)
	s.Require = "audit"
	s.Collections = map[string]guard.Verbs{"notes": guard.Read | guard.Write, "audit": guard.Read | guard.Write}
	s.Documents = map[string]guard.Verbs{"audit/mine": guard.Read | guard.Write}
	g := must(s)
	at := func(path string) string { return ownRoot + "/" + path }
	change, entry := update(at("notes/a"))[0], creating(at("audit/e1"))
	for what, c := range map[string]struct {
		writes []*fs.Write
		commit error
		batch  error // not atomic
	}{
		"nothing":                             {nil, nil, nil},
		"a change with its entry":             {list(change, entry), nil, guard.ErrNotPermitted},
		"its entry first":                     {list(entry, change), nil, guard.ErrNotPermitted},
		"two changes with one entry":          {list(change, remove(at("notes/b")), entry), nil, guard.ErrNotPermitted},
		"a change alone":                      {list(change), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"a create alone":                      {list(creating(at("notes/a"))), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"a deletion alone":                    {list(remove(at("notes/a"))), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"an entry alone":                      {list(entry), nil, nil},
		"a change with an entry of a change":  {list(change, creating(at("audit/e1/parts/p"))), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"an entry in another collection":      {list(change, creating(at("auditx/e1"))), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"an entry in a collection of a note":  {list(change, creating(at("notes/a/audit/e1"))), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"over an entry":                       {list(update(at("audit/e1"))[0]), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"over an entry, with another":         {list(update(at("audit/e1"))[0], creating(at("audit/e2"))), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"away with an entry":                  {list(remove(at("audit/e1"))), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"away with an entry, and a change":    {list(change, entry, remove(at("audit/e0"))), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"over an entry that is one's own":     {list(update(at("audit/mine"))[0]), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"over what lies beneath an entry":     {list(update(at("audit/e1/parts/p"))[0]), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"a change with the entry of a victim": {list(change, creating(foreign+"/documents/audit/e1")), guard.ErrForeign, guard.ErrForeign},
	} {
		if err := judge(g, service+"Commit", &fs.CommitRequest{Database: own, Writes: c.writes}); !is(err, c.commit) {
			t.Errorf("Commit of %s: got %v, want %v", what, err, c.commit)
		}
		if err := judge(g, service+"BatchWrite", &fs.BatchWriteRequest{Database: own, Writes: c.writes}); !is(err, c.batch) {
			t.Errorf("BatchWrite of %s: got %v, want %v", what, err, c.batch)
		}
	}
	if got := g.Document(at("audit/e1")); got != guard.Read|guard.Append {
		t.Errorf("an entry: %v", got)
	}
}

func list(writes ...*fs.Write) []*fs.Write { return slices.Clone(writes) }

// Where an entry is required in some collections, the others are written as ever, and no entry is
// changed all the same.
func TestRequireIn(t *testing.T) {
	s := whole(guard.Read | guard.Write)
	s.Require, s.RequireIn = "audit", []string{"users"}
	g := must(s)
	at := func(path string) string { return ownRoot + "/" + path }
	user, entry := update(at("users/u"))[0], creating(at("audit/e1"))
	for what, c := range map[string]struct {
		writes []*fs.Write
		commit error
		batch  error // not atomic
	}{
		"a note":                       {list(update(at("notes/a"))[0]), nil, nil},
		"a user":                       {list(user), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"a new user":                   {list(creating(at("users/u"))), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"a user away":                  {list(remove(at("users/u"))), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"what lies beneath a user":     {list(update(at("users/u/parts/p"))[0]), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"a user among notes":           {list(update(at("notes/a"))[0], user), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"a user with an entry":         {list(user, entry), nil, guard.ErrNotPermitted},
		"users of a note":              {list(update(at("notes/a/users/u"))[0]), nil, nil},
		"over an entry":                {list(update(at("audit/e1"))[0]), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"an entry away, with another":  {list(entry, remove(at("audit/e0"))), guard.ErrNotPermitted, guard.ErrNotPermitted},
		"a user with an entry beneath": {list(user, creating(at("audit/e1/parts/p"))), guard.ErrNotPermitted, guard.ErrNotPermitted},
	} {
		if err := judge(g, service+"Commit", &fs.CommitRequest{Database: own, Writes: c.writes}); !is(err, c.commit) {
			t.Errorf("Commit of %s: got %v, want %v", what, err, c.commit)
		}
		if err := judge(g, service+"BatchWrite", &fs.BatchWriteRequest{Database: own, Writes: c.writes}); !is(err, c.batch) {
			t.Errorf("BatchWrite of %s: got %v, want %v", what, err, c.batch)
		}
	}
	for what, change := range map[string]func(*guard.Scope){
		"no collection":             func(s *guard.Scope) { s.RequireIn = []string{} },
		"a path":                    func(s *guard.Scope) { s.RequireIn = []string{"users/u/parts"} },
		"the entries themselves":    func(s *guard.Scope) { s.RequireIn = []string{"audit"} },
		"where nothing is required": func(s *guard.Scope) { s.Require = "" },
	} {
		bad := s
		change(&bad)
		if _, err := guard.New(bad); err == nil {
			t.Errorf("an entry required in %s is accepted", what)
		}
	}
}
