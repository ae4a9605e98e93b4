// Package kinds is the table of all kinds of job: who does it, and what it may touch of its tenant.
// An intent of a kind that is not here is refused when it is written.
package kinds

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Kind is a kind of job. A worker does each job of it in the name of the job's tenant.
type Kind struct {
	Purpose vending.Purpose // what may be touched of the tenant

	// Do does the job. It is called again until it returns nil, so it can do its work twice. The
	// first line of its error is stored where operators read it, so it holds no data of a tenant.
	Do func(ctx context.Context, g vending.Grant, payload []byte) error
}

// Table returns every kind by its name. To add one is to add a line here.
func Table(who *people.Service, keys *apikeys.Service, settings *authsettings.Service, letters *mail.Postman) map[string]Kind {
	return map[string]Kind{
		people.FollowKind: {people.FollowPurpose(), who.Follow},
		people.AddKind:    {people.AddPurpose(), who.FinishAdd},
		apikeys.EndsKind:  {apikeys.EndsPurpose(), keys.TellOfEnd},
		users.CompareKind: {people.ComparePurpose(), who.ReportDifference},

		authsettings.DomainKind: {authsettings.DomainPurpose(), settings.CheckDomains},
		authsettings.RevertKind: {authsettings.RevertPurpose(), settings.Revert},

		mail.SendKind: {mail.SendPurpose(), letters.Send},

		uploads.ArrivedKind: {uploads.ArrivedPurpose(), uploads.DoArrived},
		uploads.MovedKind:   {uploads.ArrivedPurpose(), uploads.DoMoved},
		uploads.OpenKind:    {uploads.OpenPurpose(), uploads.DoOpen},
		uploads.SettleKind:  {uploads.SettlePurpose(), uploads.DoSettle},
		uploads.EmptyKind:   {uploads.SettlePurpose(), uploads.DoEmpty},
	}
}

// Purposes returns what each kind of job may touch of its tenant.
func Purposes() vending.Purposes {
	purposes := vending.Purposes{}
	for name, kind := range Table(nil, nil, nil, nil) {
		purposes[name] = kind.Purpose
	}
	return purposes
}
