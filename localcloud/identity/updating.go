package identity

import (
	"net/http"

	"go.etcd.io/bbolt"
)

// updateAccount is an administrator's accounts.update. A new password or address, and being
// disabled, end all sessions.
func (s *Service) updateAccount(r *http.Request) (any, error) {
	req, err := decode[struct {
		LocalID          string        `json:"localId"`
		Email            *string       `json:"email"`
		EmailVerified    *bool         `json:"emailVerified"`
		Password         string        `json:"password"`
		DisplayName      *string       `json:"displayName"`
		PhotoURL         *string       `json:"photoUrl"`
		PhoneNumber      *string       `json:"phoneNumber"`
		DisableUser      *bool         `json:"disableUser"`
		CustomAttributes *string       `json:"customAttributes"`
		ValidSince       *number       `json:"validSince"`
		DeleteAttribute  []string      `json:"deleteAttribute"`
		DeleteProvider   []string      `json:"deleteProvider"`
		Link             *providerJSON `json:"linkProviderUserInfo"`
		MFA              *struct {
			Enrollments []factorJSON `json:"enrollments"`
		} `json:"mfa"`
		ReturnSecureToken bool   `json:"returnSecureToken"` // an administrator is never given a user's tokens
		TenantID          string `json:"tenantId"`
		TargetProjectID   string `json:"targetProjectId"`
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
	if req.CustomAttributes != nil {
		if _, err := parseClaims(*req.CustomAttributes); err != nil {
			return nil, err
		}
	}
	if req.PhoneNumber != nil {
		if err := checkPhone(*req.PhoneNumber); err != nil {
			return nil, err
		}
	}
	var password account
	if req.Password != "" {
		if err := s.setPassword(r.Context(), &password, req.Password); err != nil {
			return nil, err
		}
	}
	var a account
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		if _, err := getTenant(tx, r.PathValue("tenant")); err != nil {
			return err
		}
		if a, err = getAccount(tx, r.PathValue("tenant"), req.LocalID); err != nil {
			return err
		}
		revoked := false
		if req.Email != nil {
			email, err := checkEmail(*req.Email)
			if err != nil {
				return err
			}
			if email != a.Email {
				a.Email, a.EmailVerified, revoked = email, false, true
			}
		}
		if password.Password != "" {
			a.Password, a.PasswordUpdated, revoked = password.Password, password.PasswordUpdated, true
		}
		if req.DisableUser != nil {
			revoked = revoked || *req.DisableUser && !a.Disabled
			a.Disabled = *req.DisableUser
		}
		set(&a.EmailVerified, req.EmailVerified)
		set(&a.DisplayName, req.DisplayName)
		set(&a.PhotoURL, req.PhotoURL)
		set(&a.CustomAttributes, req.CustomAttributes)
		set(&a.PhoneNumber, req.PhoneNumber)
		if req.Link != nil {
			l := link{req.Link.ProviderID, req.Link.RawID, req.Link.Email, req.Link.DisplayName, req.Link.PhotoURL}
			if err := a.link(l); err != nil {
				return err
			}
		}
		for _, provider := range req.DeleteProvider {
			a.unlink(provider)
		}
		if req.MFA != nil {
			if err := a.enroll(req.MFA.Enrollments, s.now()); err != nil {
				return err
			}
		}
		if err := a.deleteAttributes(req.DeleteAttribute); err != nil {
			return err
		}
		if revoked {
			a.revoke(s.now())
		}
		if req.ValidSince != nil {
			a.ValidSince = int64(*req.ValidSince)
			if a.ValidSince >= s.now().Unix()-1 { // "from now on": also what was issued within this very second
				a.Epoch++
			}
		}
		return putAccount(tx, a)
	})
	return struct {
		Kind string `json:"kind"`
		accountJSON
	}{"identitytoolkit#SetAccountInfoResponse", a.json()}, err
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func (a *account) deleteAttributes(names []string) error {
	for _, name := range names {
		switch name {
		case "DISPLAY_NAME":
			a.DisplayName = ""
		case "PHOTO_URL":
			a.PhotoURL = ""
		default:
			return unimplemented("deleteAttribute %q", name)
		}
	}
	return nil
}
