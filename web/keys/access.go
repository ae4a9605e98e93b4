package keys

import (
	"fmt"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// service is what a key is given access to, or not.
type service struct {
	name    string // of the form's field
	label   string
	choices []choice // the first is none
}

// choice is a degree of access to a service.
type choice struct {
	value, label string
	scopes       tenant.Scopes
}

// services are all services that a key can be made for, with what it may do there.
func services() []service {
	const read, write = tenant.ScopeFilesRead, tenant.ScopeFilesWrite
	return []service{
		{"files", "Files", []choice{
			{"none", "Nothing", 0}, {"read", "Reads", read}, {"write", "Writes", write}, {"read-write", "Reads and writes", read | write},
		}},
		{"people", "People", []choice{{"none", "Nothing", 0}, {"read", "Reads", tenant.ScopePeopleRead}}},
		{"intake", "Intake", []choice{{"none", "Nothing", 0}, {"write", "Hands files in", tenant.ScopeIntakeWrite}}},
	}
}

// chosen is the choice that the form shows for the service. A fresh form reads files.
func (n NewKey) chosen(s service) string {
	if n.Access == nil && s.name == "files" {
		return "read"
	}
	for _, c := range s.choices {
		if c.value == n.Access[s.name] {
			return c.value
		}
	}
	return s.choices[0].value
}

// accessIn is what the form chooses for each service.
func accessIn(form door.Form) map[string]string {
	access := map[string]string{}
	for _, s := range services() {
		access[s.name] = form.Value(s.name)
	}
	return access
}

// scopesOf are the scopes of what was chosen. errForm for a choice that there is not, errNoScope if
// nothing was chosen.
func scopesOf(access map[string]string) (tenant.Scopes, error) {
	var all tenant.Scopes
	for _, s := range services() {
		found := access[s.name] == ""
		for _, c := range s.choices {
			if c.value == access[s.name] {
				all, found = all|c.scopes, true
			}
		}
		if !found {
			return 0, fmt.Errorf("%w: %s", errForm, s.name)
		}
	}
	if all == 0 {
		return 0, errNoScope
	}
	return all, nil
}

// linesOf says what a key with the scopes may do, a line for each service.
func linesOf(scopes tenant.Scopes) []string {
	var lines []string
	for _, s := range services() {
		line, most := "", tenant.Scopes(0)
		for _, c := range s.choices {
			if scopes.Has(c.scopes) && c.scopes > most {
				line, most = s.label+": "+strings.ToLower(c.label), c.scopes
			}
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
