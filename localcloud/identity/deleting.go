package identity

import (
	"net/http"

	"go.etcd.io/bbolt"
)

func (s *Service) deleteAccount(r *http.Request) (any, error) {
	req, err := decode[struct {
		LocalID         string `json:"localId"`
		TenantID        string `json:"tenantId"`
		TargetProjectID string `json:"targetProjectId"`
	}](r)
	if err != nil {
		return nil, err
	}
	if err := s.sameScope(r, req.TenantID, req.TargetProjectID); err != nil {
		return nil, err
	}
	if req.LocalID == "" {
		return nil, bad("MISSING_LOCAL_ID")
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		if _, err := getTenant(tx, r.PathValue("tenant")); err != nil {
			return err
		}
		a, err := getAccount(tx, r.PathValue("tenant"), req.LocalID)
		if err != nil {
			return err
		}
		return removeAccount(tx, a)
	})
	return kind("identitytoolkit#DeleteAccountResponse"), err
}

// deleteAccounts deletes many. Accounts that are not there count as deleted; those not disabled
// need force.
func (s *Service) deleteAccounts(r *http.Request) (any, error) {
	req, err := decode[struct {
		LocalIDs []string `json:"localIds"`
		Force    bool     `json:"force"`
		TenantID string   `json:"tenantId"`
	}](r)
	if err != nil {
		return nil, err
	}
	if err := s.sameScope(r, req.TenantID, ""); err != nil {
		return nil, err
	}
	if len(req.LocalIDs) == 0 || len(req.LocalIDs) > 1000 {
		return nil, bad("LOCAL_ID_LIST_EXCEEDS_LIMIT")
	}
	type failure struct {
		Index   int    `json:"index"`
		LocalID string `json:"localId"`
		Message string `json:"message"`
	}
	var answer struct {
		Errors []failure `json:"errors,omitempty"`
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		if _, err := getTenant(tx, r.PathValue("tenant")); err != nil {
			return err
		}
		for i, id := range req.LocalIDs {
			a, err := getAccount(tx, r.PathValue("tenant"), id)
			switch {
			case err == errNoUser:
			case err != nil:
				return err
			case !a.Disabled && !req.Force:
				answer.Errors = append(answer.Errors, failure{i, id, "NOT_DISABLED : Disable the account before batch deletion."})
			default:
				if err := removeAccount(tx, a); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return answer, err
}
