package people

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/api/iterator"

	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Difference is where a tenant's accounts at Identity Platform and its records of people disagree,
// by the ids of both, in their order.
type Difference struct {
	NoRecord  []string // accounts without a record: they have access to nothing, and nobody of the tenant has made them
	NoAccount []string // records without an account: the person cannot sign in, and an admin among them administers nothing
}

// Compare compares the accounts of the grant's tenant with its records. It changes nothing.
// Accounts that are being added are left out. identityplatform.ErrUnavailable.
func (s *Service) Compare(ctx context.Context, g vending.Grant) (Difference, error) {
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err != nil {
		return Difference{}, err
	}
	dir, err := s.google.Directory(t)
	if err != nil {
		return Difference{}, err
	}
	// The records first: a person who is added meanwhile is then no record without an account.
	records, err := users.NewRepository(g).IDs(ctx)
	if err != nil {
		return Difference{}, Unavailable("read records", err)
	}
	var d Difference
	accounts := map[string]bool{}
	for all := dir.Users(ctx, ""); ; {
		account, err := all.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			return Difference{}, Unavailable("list accounts", err)
		}
		accounts[account.UID] = true
		if !records[account.UID] && !isBeingAdded(account.UserRecord, s.now()) {
			d.NoRecord = append(d.NoRecord, account.UID)
		}
	}
	for id := range records {
		if !accounts[id] {
			d.NoAccount = append(d.NoAccount, id)
		}
	}
	slices.Sort(d.NoRecord)
	slices.Sort(d.NoAccount)
	return d, nil
}

// ComparePurpose is what the job users.CompareKind may touch of its tenant.
func ComparePurpose() vending.Purpose {
	return vending.Purpose{Collections: map[string]guard.Verbs{location.Users: guard.Read}}
}

// ReportDifference does the job users.CompareKind. A difference is for an operator to see to, so
// the job is then parked: the error wraps jobs.ErrGiveUp and says how many there are; the log names
// them. Else identityplatform.ErrUnavailable.
func (s *Service) ReportDifference(ctx context.Context, g vending.Grant, _ []byte) error {
	d, err := s.Compare(ctx, g)
	if err != nil || len(d.NoRecord)+len(d.NoAccount) == 0 {
		return err
	}
	s.log.WarnContext(ctx, "accounts and records of people disagree",
		"tenant", g.Tenant().String(), "noRecord", d.NoRecord, "noAccount", d.NoAccount)
	return fmt.Errorf("%w: accounts without a record: %d; records without an account: %d",
		jobs.ErrGiveUp, len(d.NoRecord), len(d.NoAccount))
}
