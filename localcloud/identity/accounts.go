package identity

import (
	"context"
	"net/http"

	"go.etcd.io/bbolt"
)

// setPassword hashes a new password into a. WEAK_PASSWORD.
func (s *Service) setPassword(ctx context.Context, a *account, password string) (err error) {
	if err := checkPassword(password); err != nil {
		return err
	}
	a.Password, err = s.passwords.hash(ctx, password)
	a.PasswordUpdated = s.now().UnixMilli()
	return err
}

// addAccount writes a new account, under a new id if it has none. DUPLICATE_LOCAL_ID, EMAIL_EXISTS.
func (s *Service) addAccount(tx *bbolt.Tx, a *account) error {
	if a.LocalID == "" {
		a.LocalID = newID(28, localIDAlphabet)
	}
	if tx.Bucket(bucketAccounts).Get(scoped(a.Tenant, a.LocalID)) != nil {
		return bad("DUPLICATE_LOCAL_ID")
	}
	now := s.now()
	a.Created, a.ValidSince = now.UnixMilli(), now.Unix()
	return putAccount(tx, *a)
}

// createAccount is an administrator's accounts.signUp.
func (s *Service) createAccount(r *http.Request) (any, error) {
	req, err := decode[struct {
		LocalID          string       `json:"localId"`
		Email            string       `json:"email"`
		EmailVerified    bool         `json:"emailVerified"`
		Password         string       `json:"password"`
		DisplayName      string       `json:"displayName"`
		PhotoURL         string       `json:"photoUrl"`
		PhoneNumber      string       `json:"phoneNumber"`
		Disabled         bool         `json:"disabled"`
		TenantID         string       `json:"tenantId"`
		TargetProjectID  string       `json:"targetProjectId"`
		CustomAttributes string       `json:"customAttributes"`
		MFAInfo          []factorJSON `json:"mfaInfo"`
	}](r)
	if err != nil {
		return nil, err
	}
	a := account{
		Tenant: r.PathValue("tenant"), LocalID: req.LocalID, EmailVerified: req.EmailVerified,
		DisplayName: req.DisplayName, PhotoURL: req.PhotoURL, PhoneNumber: req.PhoneNumber, Disabled: req.Disabled, CustomAttributes: req.CustomAttributes,
	}
	if err := s.sameScope(r, req.TenantID, req.TargetProjectID); err != nil {
		return nil, err
	}
	if len(a.LocalID) > maxLocalID {
		return nil, bad("INVALID_LOCAL_ID")
	}
	if _, err := parseClaims(a.CustomAttributes); err != nil {
		return nil, err
	}
	if req.Email != "" {
		if a.Email, err = checkEmail(req.Email); err != nil {
			return nil, err
		}
	}
	if a.PhoneNumber != "" {
		if err := checkPhone(a.PhoneNumber); err != nil {
			return nil, err
		}
	}
	if err := a.enroll(req.MFAInfo, s.now()); err != nil {
		return nil, err
	}
	if req.Password != "" {
		if err := s.setPassword(r.Context(), &a, req.Password); err != nil {
			return nil, err
		}
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		if _, err := getTenant(tx, a.Tenant); err != nil {
			return err
		}
		return s.addAccount(tx, &a)
	})
	return struct {
		Kind        string `json:"kind"`
		LocalID     string `json:"localId"`
		Email       string `json:"email,omitempty"`
		DisplayName string `json:"displayName,omitempty"`
	}{"identitytoolkit#SignupNewUserResponse", a.LocalID, a.Email, a.DisplayName}, err
}

// sameScope refuses a body that names another tenant or project than the path: the path is what was
// authorized.
func (s *Service) sameScope(r *http.Request, tenant, project string) error {
	if tenant != "" && tenant != r.PathValue("tenant") {
		return errOtherTenant
	}
	if project != "" && project != s.project {
		return bad("PROJECT_NOT_FOUND")
	}
	return nil
}

func kind(k string) any {
	return struct {
		Kind string `json:"kind"`
	}{k}
}
