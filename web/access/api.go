package access

import (
	"context"
	"fmt"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
)

// Access is a record of the ledger as the API shows one.
type Access struct {
	ID       string    `json:"id" format:"id"`
	Time     time.Time `json:"time"`
	Decision string    `json:"decision" enum:"vended,denied,failed"`
	User     string    `json:"user,omitempty" format:"id" doc:"The identifier of the person, or of the API key."`
	Role     string    `json:"role,omitempty"`
	Method   string    `json:"method" doc:"How they proved who they are."`
	Scope    string    `json:"scope,omitempty"`
	Account  string    `json:"account,omitempty" format:"id" doc:"The service account that acted for them."`
	KeyID    string    `json:"keyId,omitempty" format:"id"`
	Route    string    `json:"route,omitempty"`
	Request  string    `json:"requestId,omitempty" format:"id"`
	Reason   string    `json:"reason,omitempty"`
	Warm     int64     `json:"warm,omitempty" format:"count" doc:"How often the same was given again."`
	Count    int64     `json:"count,omitempty" format:"count" doc:"How many refusals of one reason, within a minute, this sums up."`
}

type accessInput struct {
	Decision string `query:"decision" enum:"vended,denied,failed" required:"false"`
	api.Part
}

type accessOutput struct {
	Body struct {
		Records []Access `json:"records"`
		Next    string   `json:"next,omitempty" format:"cursor" doc:"Where the earlier part begins. Absent at the end."`
	}
}

// ListAPI reads who was let in.
func (f Feature) ListAPI() api.Operation {
	return api.NewOperation("Read who was let in, newest first", f.listAPI).Described(api.Doc{
		Says:  "It is the tenant's own part of the ledger: each time that somebody was given access, or was refused.",
		Given: "somebody has exchanged a password", Query: "limit=1",
		Answers: `{"records":[{"id":"20260302T093000.000000-KZ3WYIQ6PT","time":"2026-03-02T09:30:00Z","decision":"vended","user":"q3VfX0m2YbT8sKdW1nRzE5uHcJa7","role":"editor","method":"session","scope":"read-write","account":"tn-xyz9876543@acme.iam.gserviceaccount.com","keyId":"4f1c","route":"POST /api/v1/token","requestId":"KZ3WYIQ6PTBNU7R5MXDCAOEFLG","warm":0,"count":0}],"next":"MjAyNjAzMDJUMDkzMDAw.t1G58P3z"}`,
	})
}

func (f Feature) listAPI(ctx context.Context, g vending.Grant, in *accessInput) (*accessOutput, error) {
	list := "access " + in.Decision
	before, err := api.From(g, list, in.Part, func(place string) (string, error) { return place, nil })
	if err != nil {
		return nil, err
	}
	page, err := f.ledger.OfTenant(ctx, g.Principal(), ledger.Query{Decision: ledger.Decision(in.Decision), Before: before, Limit: in.Limit})
	if err != nil {
		return nil, fmt.Errorf("web: ledger: %w", err)
	}
	out := new(accessOutput)
	out.Body.Records, out.Body.Next = []Access{}, api.Next(g, list, page.Next)
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
