package mail

import (
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Letterhead is what is the same in all letters of a tenant.
type Letterhead struct {
	Tenant tenant.Tenant
	Origin string // that browsers use: links lead there
}

// Link returns an address in the tenant's pages. A code stands after the hash, which browsers keep
// to themselves: no server and no log on the way sees it.
func (h Letterhead) Link(path, code string) string {
	address := h.Origin + "/t/" + h.Tenant.Slug.String() + "/" + path
	if code != "" {
		address += "#" + code
	}
	return address
}

// Letter puts paragraphs together. A paragraph that is a link is set in.
func (h Letterhead) Letter(to, subject string, paragraphs ...string) Letter {
	for i, p := range paragraphs {
		if strings.HasPrefix(p, "http") {
			paragraphs[i] = "    " + p
		}
	}
	text := strings.Join(paragraphs, "\n\n") + "\n\n-- \n" + h.Tenant.Name + ", by Bulkhead\n"
	return Letter{To: to, Subject: subject, Text: text}
}
