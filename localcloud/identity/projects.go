package identity

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Projects are the Identity Platforms of several projects behind one address, as Google's are. Safe
// for concurrent use.
type Projects struct {
	first *Service

	mu     sync.RWMutex
	others []*Service
}

// NewProjects returns the platforms of one project. Calls that name no project that is there go to
// that one, which refuses them.
func NewProjects(first *Service) *Projects { return &Projects{first: first} }

// Add adds the platform of another project, which must share the first one's keys.
func (p *Projects) Add(s *Service) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.others = append(p.others, s)
}

// Of returns the platform of a project; nil when there is none.
func (p *Projects) Of(project string) *Service {
	return p.find(func(s *Service) bool { return s.project == project })
}

func (p *Projects) find(is func(*Service) bool) *Service {
	if is(p.first) {
		return p.first
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if i := slices.IndexFunc(p.others, is); i >= 0 {
		return p.others[i]
	}
	return nil
}

// ServeHTTP has a call answered by the platform that it names.
func (p *Projects) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.named(r).ServeHTTP(w, r) }

// Project is the id of the project that a call names, by its path or by its API key; the first
// one's when it names none.
func (p *Projects) Project(r *http.Request) string { return p.named(r).project }

// named is the platform that a call names.
func (p *Projects) named(r *http.Request) *Service {
	var s *Service
	if _, rest, ok := strings.Cut(r.URL.Path, "/projects/"); ok {
		id, _, _ := strings.Cut(rest, "/")
		id, _, _ = strings.Cut(id, ":")
		s = p.Of(id)
	} else if key := apiKeyOf(r); key != "" {
		s = p.find(func(s *Service) bool { return s.apiKey == key })
	}
	if s == nil {
		return p.first
	}
	return s
}

// Mailbox returns the latest messages of all projects, newest first: at most limit.
func (p *Projects) Mailbox(limit int) ([]Message, error) {
	p.mu.RLock()
	all := append([]*Service{p.first}, p.others...)
	p.mu.RUnlock()
	var box []Message
	for _, s := range all {
		own, err := s.Mailbox(limit)
		if err != nil {
			return nil, err
		}
		box = append(box, own...)
	}
	slices.SortStableFunc(box, func(a, b Message) int { return b.Time.Compare(a.Time) })
	return box[:min(limit, len(box))], nil
}
