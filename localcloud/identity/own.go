package identity

import (
	"net/http"
	"time"

	"go.etcd.io/bbolt"
)

// recentSignIn is how fresh a sign-in must be to change a password or delete an account.
const recentSignIn = 5 * time.Minute

type ownRequest struct {
	IDToken  string `json:"idToken"`
	TenantID string `json:"tenantId"`
}

// verifyOwn verifies the ID token of a call about one's own account. The call may name the tenant,
// and must then be right.
func (s *Service) verifyOwn(req ownRequest) (idClaims, error) {
	tenant := req.TenantID
	if tenant == "" {
		tenant = tenantOf(req.IDToken)
	}
	return s.verifyIDToken(req.IDToken, tenant)
}

func (s *Service) lookupOwn(r *http.Request) (any, error) {
	req, err := decode[ownRequest](r)
	if err != nil {
		return nil, err
	}
	c, err := s.verifyOwn(req)
	if err != nil {
		return nil, err
	}
	answer := usersAnswer{Kind: "identitytoolkit#GetAccountInfoResponse"}
	err = s.db.View(func(tx *bbolt.Tx) error {
		a, err := s.owner(tx, c)
		answer.Users = []accountJSON{a.json()}
		return err
	})
	return answer, err
}

// updateOwn changes one's own password, name or picture, or leaves a provider; with an out-of-band
// code it does what that was mailed for. A new password ends every session but the one it returns.
// An address cannot be changed here: Google too wants it verified first.
func (s *Service) updateOwn(r *http.Request) (any, error) {
	req, err := decode[struct {
		ownRequest
		Email             string   `json:"email"`
		Password          string   `json:"password"`
		DisplayName       *string  `json:"displayName"`
		PhotoURL          *string  `json:"photoUrl"`
		DeleteAttribute   []string `json:"deleteAttribute"`
		ReturnSecureToken bool     `json:"returnSecureToken"`
		CustomAttributes  *string  `json:"customAttributes"`
		DeleteProvider    []string `json:"deleteProvider"`
		OobCode           string   `json:"oobCode"`
	}](r)
	switch {
	case err != nil:
		return nil, err
	case req.CustomAttributes != nil:
		return nil, bad("INSUFFICIENT_PERMISSION")
	case req.Email != "":
		return nil, bad("OPERATION_NOT_ALLOWED : Please verify the new email before changing email.")
	case req.OobCode != "":
		return s.applyOobCode(req.OobCode, req.TenantID)
	}
	c, err := s.verifyOwn(req.ownRequest)
	if err != nil {
		return nil, err
	}
	var password account
	if req.Password != "" {
		if s.now().Sub(time.Unix(c.AuthTime, 0)) > recentSignIn {
			return nil, bad("CREDENTIAL_TOO_OLD_LOGIN_AGAIN")
		}
		if err := s.setPassword(r.Context(), &password, req.Password); err != nil {
			return nil, err
		}
	}
	answer := struct {
		Kind string `json:"kind"`
		accountJSON
		tokens
	}{Kind: "identitytoolkit#SetAccountInfoResponse"}
	var a account
	var ss session
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		if a, err = s.owner(tx, c); err != nil {
			return err
		}
		set(&a.DisplayName, req.DisplayName)
		set(&a.PhotoURL, req.PhotoURL)
		if err := a.deleteAttributes(req.DeleteAttribute); err != nil {
			return err
		}
		for _, provider := range req.DeleteProvider {
			a.unlink(provider)
		}
		if password.Password != "" {
			if a.Email == "" {
				return bad("MISSING_EMAIL")
			}
			a.Password, a.PasswordUpdated = password.Password, password.PasswordUpdated
			a.revoke(s.now())
		}
		if !req.ReturnSecureToken {
			return putAccount(tx, a)
		}
		ss, answer.RefreshToken, err = s.begin(tx, &a, c.session(providerPass))
		return err
	})
	if err != nil {
		return nil, err
	}
	answer.accountJSON = a.json()
	if req.ReturnSecureToken {
		answer.ExpiresIn = expiresIn
		answer.IDToken, err = s.first(a, ss)
	}
	return answer, err
}

// deleteOwn deletes one's own account, where the tenant allows it.
func (s *Service) deleteOwn(r *http.Request) (any, error) {
	req, err := decode[ownRequest](r)
	if err != nil {
		return nil, err
	}
	c, err := s.verifyOwn(req)
	if err != nil {
		return nil, err
	}
	if s.now().Sub(time.Unix(c.AuthTime, 0)) > recentSignIn {
		return nil, bad("CREDENTIAL_TOO_OLD_LOGIN_AGAIN")
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		t, err := getTenant(tx, c.Firebase.Tenant)
		if err != nil {
			return err
		}
		if t.DisabledUserDeletion {
			return bad("ADMIN_ONLY_OPERATION")
		}
		a, err := s.owner(tx, c)
		if err != nil {
			return err
		}
		return removeAccount(tx, a)
	})
	return kind("identitytoolkit#DeleteAccountResponse"), err
}
