package access

import (
	"context"
	"fmt"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Access is a record of the ledger as the API shows one.
type Access struct {
	ID       string    `json:"id"`
	Time     time.Time `json:"time"`
	Decision string    `json:"decision" enum:"vended,denied,failed"`
	User     string    `json:"user,omitempty" doc:"The identifier of the person, or of the API key."`
	Role     string    `json:"role,omitempty"`
	Method   string    `json:"method" doc:"How they proved who they are."`
	Scope    string    `json:"scope,omitempty"`
	Account  string    `json:"account,omitempty" doc:"The service account that acted for them."`
	KeyID    string    `json:"keyId,omitempty"`
	Route    string    `json:"route,omitempty"`
	Request  string    `json:"requestId,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Warm     int64     `json:"warm,omitempty" doc:"How often the same was given again."`
	Count    int64     `json:"count,omitempty" doc:"How many refusals of one reason, within a minute, this sums up."`
}

type accessInput struct {
	Decision string `query:"decision" enum:"vended,denied,failed" required:"false"`
	Before   string `query:"before" doc:"The next of an earlier answer."`
	Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type accessOutput struct {
	Body struct {
		Records []Access `json:"records"`
		Next    string   `json:"next,omitempty" doc:"Where the earlier part begins. Absent at the end."`
	}
}

// ListAPI reads who was let in.
func (f Feature) ListAPI() door.Operation {
	return door.NewOperation("Read who was let in, newest first", f.listAPI)
}

func (f Feature) listAPI(ctx context.Context, g vending.Grant, in *accessInput) (*accessOutput, error) {
	page, err := f.ledger.OfTenant(ctx, g.Principal(), ledger.Query{Decision: ledger.Decision(in.Decision), Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, fmt.Errorf("web: ledger: %w", err)
	}
	out := new(accessOutput)
	out.Body.Records, out.Body.Next = []Access{}, page.Next
	for _, r := range page.Rows {
		a := Access{
			ID: r.ID, Time: r.Time, Decision: string(r.Decision), User: r.Subject, Role: r.Role, Method: r.Method, Scope: r.Scope,
			Account: r.Account, KeyID: r.KeyID, Route: r.Route, Request: r.Request, Reason: r.Reason, Warm: r.Warm, Count: r.Count,
		}
		if r.Alert {
			a.Reason = reachedAcross
		}
		out.Body.Records = append(out.Body.Records, a)
	}
	return out, nil
}
