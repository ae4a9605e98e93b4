package authpolicy

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Settings is what an admin may write of the policy at once. Providers, issuers, domains and the
// enforcement have their own acts.
type Settings struct {
	// API lists the credentials that the API accepts: of "token", "key" and "access".
	API []string `json:"api" enum:"token,key,access" maxItems:"3"`
	// Sessions are the limits of sessions; nil leaves them as they are.
	Sessions *SessionSettings `json:"sessions,omitempty"`
}

// ParseSettings parses settings in JSON. What it does not know it refuses, so that no word of a
// later version, and no misspelt one, is taken for less than it says. ErrInvalid.
func ParseSettings(text []byte) (Settings, error) {
	var s Settings
	if err := json.Unmarshal(text, &s, json.RejectUnknownMembers(true)); err != nil {
		return Settings{}, fmt.Errorf("%w: settings: %w", tenant.ErrInvalid, err)
	}
	_, err := s.apply(Policy{})
	return s, err
}

// Settings returns what p says.
func (p *Policy) Settings() Settings {
	s := Settings{API: p.Accepts().Meet(bearers).Names()}
	if p.Sessions != (SessionLimits{}) {
		s.Sessions = p.SessionLimits().Settings()
	}
	return s
}

// Apply returns p with the settings. ErrInvalid if they name what the API does not take, leave
// nothing that it takes, or let sessions last longer than the platform does.
func (p *Policy) Apply(s Settings) (Policy, error) { return s.apply(p.Clone()) }

func (s Settings) apply(p Policy) (Policy, error) {
	accepted, err := ParseSet(s.API)
	if err != nil {
		return Policy{}, err
	}
	if accepted&^bearers != 0 {
		return Policy{}, tenant.Invalid("a credential that the API does not take")
	}
	if accepted == 0 {
		return Policy{}, tenant.Invalid("the API would accept nothing")
	}
	p.Refused = p.Refused&^bearers | bearers&^accepted
	if s.Sessions != nil {
		if p.Sessions, err = s.Sessions.limits(); err != nil {
			return Policy{}, err
		}
	}
	return p, nil
}
