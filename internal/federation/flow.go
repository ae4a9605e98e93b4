package federation

import (
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// A sign-in at a provider leaves this program and comes back. Two sealed values travel: the state
// goes to the provider and back in addresses, and the flow stays in the browser, in a cookie. Only
// a browser that has the flow can use the state, and a flow is given up at the first answer.

// Reason is what a sign-in at a provider is for.
type Reason string

// The reasons.
const (
	ToSignIn  Reason = "sign-in" // to begin a session
	ToTest    Reason = "test"    // to see what a sign-in would do, for an admin
	ToConnect Reason = "link"    // to connect a person who is signed in
	ToProve   Reason = "prove"   // to have a person who is signed in prove who they are
)

// IsValid reports whether r is one of the reasons.
func (r Reason) IsValid() bool { return r == ToSignIn || r == ToTest || r == ToConnect || r == ToProve }

// FlowLife is how long a sign-in at a provider may take.
const FlowLife = 10 * time.Minute

// flow is what the browser keeps of a sign-in that is under way.
type flow struct {
	ID       string `json:"i"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	Provider string `json:"p"`
	Reason   Reason `json:"r"`
	User     string `json:"u,omitempty"` // who began it; empty to sign in
	Next     string `json:"x,omitempty"`
	Created  int64  `json:"c"` // Unix time
}

// state is what the provider is given to send back.
type state struct {
	Tenant   string `json:"t"`
	Provider string `json:"p"`
	Flow     string `json:"f"`
}

var statePurpose = []byte("bulkhead state at a provider")

func flowPurpose(id tenant.ID) []byte { return []byte("bulkhead flow at a provider\x00" + id.String()) }

// stateTenant returns the tenant in which the sign-in began that the state is of. It proves nothing
// of the browser that brings it. ErrFlow if the state is none of ours.
func (s *Service) stateTenant(value string) (tenant.ID, error) {
	var st state
	if err := s.keys.OpenJSON(statePurpose, value, &st); err != nil {
		return tenant.ID{}, failure(StepState, ErrFlow, "The state is none that was issued here.", err)
	}
	id, err := tenant.ParseID(st.Tenant)
	if err != nil {
		return tenant.ID{}, failure(StepState, ErrFlow, "The state names no workspace.", err)
	}
	return id, nil
}

// judge returns nil if the flow is the one that the state is of, and still counts.
func (f flow) judge(st state, t tenant.ID, now time.Time) error {
	began := time.Unix(f.Created, 0)
	switch {
	case st.Tenant != t.String():
		return failure(StepState, ErrFlow, "The state is of another workspace.", nil)
	case f.ID == "" || f.ID != st.Flow || f.Provider != st.Provider:
		return failure(StepState, ErrFlow, "The state is of another sign-in than the one this browser began.", nil)
	case now.Sub(began) >= FlowLife || began.After(now.Add(time.Minute)):
		return failure(StepState, ErrFlowOver, "The answer came more than ten minutes after the sign-in began.", nil)
	}
	return nil
}

// provider is the provider of the flow; zero if it names none.
func (f flow) provider() authpolicy.ProviderID {
	id, err := authpolicy.ParseProviderID(f.Provider)
	if err != nil {
		return authpolicy.ProviderID{}
	}
	return id
}
