package vending

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
)

// record writes a row to the log at once and gives it to the ledger.
func (m *Machine) record(ctx context.Context, r ledger.Row) {
	r.Time = m.now().UTC()
	if info, ok := ledger.RequestOf(ctx); ok {
		r.Request, r.Route = info.ID, info.Route
	}
	level := slog.LevelInfo
	switch {
	case r.Alert:
		level = slog.LevelError
	case r.Decision != ledger.Vended:
		level = slog.LevelWarn
	}
	m.log.LogAttrs(ctx, level, "vend", slog.Any("vend", r))
	m.ledger.Add(r)
}

// deny records that p was refused for the reason err, and returns err.
func (m *Machine) deny(ctx context.Context, p tenancy.Principal, err error, alert bool) error {
	r := rowOf(p, ledger.Denied)
	r.Alert = alert
	m.recordRefusal(ctx, r, err)
	return err
}

// recordRefusal records why a request was refused. A caller who could not be checked, because the
// control plane did not answer, was not denied: that is recorded as a failure. A request that its
// sender gave up is not recorded at all.
func (m *Machine) recordRefusal(ctx context.Context, r ledger.Row, err error) {
	if Cancelled(err) {
		return
	}
	if errors.Is(err, tenant.ErrUnavailable) {
		r.Decision = ledger.Failed
	}
	r.Reason = ledger.Text(err.Error())
	m.record(ctx, r)
}

// Refused records that somebody who proved who they are asked for another tenant, which is an
// alert, and returns err. Of any other error it records nothing: the door was shut before anybody
// was known.
func (m *Machine) Refused(ctx context.Context, err error) error {
	mismatch, ok := errors.AsType[*tenancy.MismatchError](err)
	if !ok {
		return err
	}
	asked := "a tenant that is not served"
	if !mismatch.Asked.IsZero() {
		asked = "tenant " + mismatch.Asked.String()
	}
	m.record(ctx, ledger.Row{
		Decision: ledger.Denied, Alert: true, Tenant: mismatch.Tenant.String(), Subject: mismatch.User.String(),
		Method: "door", Reason: "asked for " + asked,
	})
	return err
}

// failed is deny for an error that may be a refusal, or only a vault that could not be read.
func (m *Machine) failed(ctx context.Context, p tenancy.Principal, err error) error {
	if errors.Is(err, ErrDenied) {
		return m.deny(ctx, p, err, errors.Is(err, vault.ErrMisfiled))
	}
	m.recordRefusal(ctx, rowOf(p, ledger.Failed), err)
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// report records how often callers were vended to from the cache since the last report, and returns
// how many rows that took.
func (m *Machine) report(callers ...*caller) (rows int) {
	for _, c := range callers {
		n := c.warm.Swap(0)
		if n == 0 {
			continue
		}
		r := c.row(ledger.Vended)
		r.Warm = n
		m.record(context.Background(), r)
		rows++
	}
	return rows
}

// rowOf is a row about p, as far as p alone tells.
func rowOf(p tenancy.Principal, d ledger.Decision) ledger.Row {
	r := ledger.Row{
		Decision: d,
		Tenant:   p.Tenant().String(),
		Subject:  p.User().String(),
		Region:   int64(p.Region()),
		Method:   p.Method().String(),
	}
	if p.Role() != 0 {
		r.Role = p.Role().String()
	}
	return r
}
