package gate

import "github.com/bulkhead-saas/bulkhead/isolint"

// Loaded are packages that are looked at more than once.
type Loaded struct{ loaded *loaded }

// Load loads the packages of a request.
func Load(r Request) (*Loaded, error) {
	l, err := r.packages()
	return &Loaded{l}, err
}

// Check looks at them.
func (l *Loaded) Check(cfg *isolint.Config) (*Verdict, error) { return l.loaded.check(cfg) }
