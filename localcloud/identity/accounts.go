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
		LocalID          string `json:"localId"`
		Email            string `json:"email"`
		EmailVerified    bool   `json:"emailVerified"`
		Password         string `json:"password"`
		DisplayName      string `json:"displayName"`
		PhotoURL         string `json:"photoUrl"`
		Disabled         bool   `json:"disabled"`
		TenantID         string `json:"tenantId"`
		TargetProjectID  string `json:"targetProjectId"`
		CustomAttributes string `json:"customAttributes"`
	}](r)
	if err != nil {
		return nil, err
	}
	a := account{
		Tenant: r.PathValue("tenant"), LocalID: req.LocalID, EmailVerified: req.EmailVerified,
		DisplayName: req.DisplayName, PhotoURL: req.PhotoURL, Disabled: req.Disabled, CustomAttributes: req.CustomAttributes,
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

// updateAccount is an administrator's accounts.update. A new password or address, and being disabled, end all sessions.
func (s *Service) updateAccount(r *http.Request) (any, error) {
	req, err := decode[struct {
		LocalID           string   `json:"localId"`
		Email             *string  `json:"email"`
		EmailVerified     *bool    `json:"emailVerified"`
		Password          string   `json:"password"`
		DisplayName       *string  `json:"displayName"`
		PhotoURL          *string  `json:"photoUrl"`
		DisableUser       *bool    `json:"disableUser"`
		CustomAttributes  *string  `json:"customAttributes"`
		ValidSince        *number  `json:"validSince"`
		DeleteAttribute   []string `json:"deleteAttribute"`
		ReturnSecureToken bool     `json:"returnSecureToken"` // an administrator is never given a user's tokens
		TenantID          string   `json:"tenantId"`
		TargetProjectID   string   `json:"targetProjectId"`
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

// deleteAccounts deletes many. Accounts that are not there count as deleted; those not disabled need force.
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

// sameScope refuses a body that names another tenant or project than the path: the path is what was authorized.
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
