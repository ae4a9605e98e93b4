package iam

import (
	"crypto/rand"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// account is a service account with all its keys. A stored account is never changed: edit makes a
// copy.
type account struct {
	Email       string
	UniqueID    string // 21 digits, never reused: what an e-mail address names changes when an account is made anew
	DisplayName string `json:",omitempty"`
	Description string `json:",omitempty"`
	Disabled    bool   `json:",omitempty"`
	Etag        []byte
	Created     time.Time
	Keys        []*key `json:",omitempty"` // oldest first
}

// accountID is what Google asks of the part before the @.
var accountID = regexp.MustCompile(`^[a-z][a-z0-9-]{4,28}[a-z0-9]$`)

// accountDomain ends the e-mail address of each account; the id of its project stands before it.
const accountDomain = ".iam.gserviceaccount.com"

// address is the e-mail address of the account of that id in a project.
func address(id, project string) string { return id + "@" + project + accountDomain }

// ProjectOf is the id of the project that an account belongs to, by its e-mail address; empty for
// no account's address.
func ProjectOf(email string) string {
	_, domain, _ := strings.Cut(email, "@")
	project, ok := strings.CutSuffix(domain, accountDomain)
	if !ok {
		return ""
	}
	return project
}

// accountName is the resource name of the account, under which its own allow policy is kept.
func accountName(email string) string {
	return "projects/" + ProjectOf(email) + "/serviceAccounts/" + email
}

// account returns the account of that e-mail address or unique id, and nil when there is none.
func (s *Service) account(id string) *account {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if a := s.state.accounts[id]; a != nil || strings.Contains(id, "@") {
		return a
	}
	for _, a := range s.state.accounts {
		if a.UniqueID == id {
			return a
		}
	}
	return nil
}

// accounts returns all accounts by e-mail address.
func (s *Service) accounts() []*account {
	s.mu.RLock()
	all := make([]*account, 0, len(s.state.accounts))
	for _, a := range s.state.accounts {
		all = append(all, a)
	}
	s.mu.RUnlock()
	slices.SortFunc(all, func(a, b *account) int { return strings.Compare(a.Email, b.Email) })
	return all
}

// newAccount returns an account that is not stored yet. The error is InvalidArgument.
func (s *Service) newAccount(project, id, displayName, description string) (*account, error) {
	if !accountID.MatchString(id) {
		return nil, status.Errorf(codes.InvalidArgument,
			"%q is not an account id: 6 to 30 lower-case letters, digits and dashes, a letter first, no dash last.", id)
	}
	if err := checkTexts(displayName, description); err != nil {
		return nil, err
	}
	return &account{
		Email:       address(id, project),
		UniqueID:    newUniqueID(),
		DisplayName: displayName,
		Description: description,
		Etag:        newEtag(),
		Created:     s.cfg.Now().UTC(),
	}, nil
}

// checkTexts returns InvalidArgument for a display name or a description that is too long.
func checkTexts(displayName, description string) error {
	if len(displayName) > 100 || len(description) > 256 {
		return status.Error(codes.InvalidArgument, "A display name has at most 100 bytes, a description 256.")
	}
	return nil
}

// createAccount makes the account id@<project>. The errors are InvalidArgument, NotFound and
// AlreadyExists.
func (s *Service) createAccount(project, id, displayName, description string) (*account, error) {
	if !s.HasProject(project) {
		return nil, noProject(project)
	}
	a, err := s.newAccount(project, id, displayName, description)
	if err != nil {
		return nil, err
	}
	return a, s.update(func(c *change) error {
		if s.account(a.Email) != nil {
			return status.Errorf(codes.AlreadyExists, "Service account %s already exists within project projects/%s.", id, project)
		}
		return c.putAccount(a)
	})
}

// editAccount replaces the account id by what edit makes of a copy. The error is NotFound, or
// edit's own.
func (s *Service) editAccount(id string, edit func(*account) error) (*account, error) {
	var edited account
	return &edited, s.update(func(c *change) error {
		a := s.account(id)
		if a == nil {
			return noAccount(id)
		}
		edited = *a
		edited.Keys = slices.Clone(a.Keys)
		edited.Etag = newEtag()
		if err := edit(&edited); err != nil {
			return err
		}
		return c.putAccount(&edited)
	})
}

// deleteAccount removes the account, its policy, its keys and its access tokens. Bindings that name
// it name "deleted:serviceAccount:...?uid=..." from then on: an account made anew under the same
// e-mail address gets none of the old one's rights. The error is NotFound.
func (s *Service) deleteAccount(id string) error {
	return s.update(func(c *change) error {
		a := s.account(id)
		if a == nil {
			return noAccount(id)
		}
		if err := c.deleteAccount(a.Email); err != nil {
			return err
		}
		for h := range s.tokensWhere(func(t *token) bool { return t.UniqueID == a.UniqueID }) {
			if err := c.deleteToken(h); err != nil {
				return err
			}
		}
		if err := c.deletePolicy(accountName(a.Email)); err != nil {
			return err
		}
		return s.renameMember(c, serviceAccount+a.Email, deletedAccount+a.Email+"?uid="+a.UniqueID)
	})
}

func noAccount(id string) error {
	return status.Errorf(codes.NotFound, "Unknown service account: %s", id)
}

// newUniqueID returns 21 random digits; the first is never 0.
func newUniqueID() string {
	lowest := new(big.Int).Exp(big.NewInt(10), big.NewInt(20), nil)
	n, err := rand.Int(rand.Reader, new(big.Int).Mul(lowest, big.NewInt(9)))
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return n.Add(n, lowest).String()
}

// newEtag returns a fresh etag.
func newEtag() []byte {
	b := make([]byte, 9)
	rand.Read(b)
	return b
}
