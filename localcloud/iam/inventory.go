package iam

import (
	"maps"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/protobuf/proto"
)

// AccountInfo is what the console shows of an account.
type AccountInfo struct {
	Email       string
	UniqueID    string
	DisplayName string
	Description string
	Disabled    bool
	Created     time.Time
	Keys        []KeyInfo
}

// KeyInfo is what the console shows of a key.
type KeyInfo struct {
	ID       string
	System   bool // managed by the system: signs inside the service, has no key file
	Disabled bool
	Created  time.Time
}

// Accounts returns the accounts there are, by e-mail address. It is for the cloud's own use: no
// permission is asked.
func (s *Service) Accounts() []AccountInfo {
	var all []AccountInfo
	for _, a := range s.accounts() {
		info := AccountInfo{Email: a.Email, UniqueID: a.UniqueID, DisplayName: a.DisplayName, Description: a.Description, Disabled: a.Disabled, Created: a.Created}
		for _, k := range a.Keys {
			info.Keys = append(info.Keys, KeyInfo{ID: k.ID, System: k.System, Disabled: k.Disabled, Created: k.Created})
		}
		all = append(all, info)
	}
	return all
}

// Policies returns the allow policies there are, by holder. It is for the cloud's own use: no
// permission is asked.
func (s *Service) Policies() map[string]*iampb.Policy {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make(map[string]*iampb.Policy, len(s.state.policies))
	for holder, p := range s.state.policies {
		all[holder] = proto.CloneOf(p.pb)
	}
	return all
}

// RoleInfo is what the console shows of a role.
type RoleInfo struct {
	Name        string
	Title       string
	Permissions []string // in order
}

// Roles returns the predefined roles and the project's own, by name.
func (s *Service) Roles() []RoleInfo {
	s.mu.RLock()
	all := make([]RoleInfo, 0, len(s.state.granting))
	for _, r := range s.state.granting {
		all = append(all, RoleInfo{Name: r.name, Title: r.title, Permissions: slices.Sorted(maps.Keys(r.permissions))})
	}
	s.mu.RUnlock()
	slices.SortFunc(all, func(a, b RoleInfo) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Permissions returns every permission that a predefined role contains, in order.
func (s *Service) Permissions() []string { return slices.Sorted(maps.Keys(known)) }
