package identity

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/crypto/bcrypt"
)

const maxImport = 1000

// importedAccount is one account of accounts.batchCreate.
type importedAccount struct {
	LocalID          string         `json:"localId"`
	Email            string         `json:"email"`
	EmailVerified    bool           `json:"emailVerified"`
	DisplayName      string         `json:"displayName"`
	PhotoURL         string         `json:"photoUrl"`
	PhoneNumber      string         `json:"phoneNumber"`
	PasswordHash     octets         `json:"passwordHash"`
	Salt             octets         `json:"salt"`
	Disabled         bool           `json:"disabled"`
	CustomAttributes string         `json:"customAttributes"`
	CreatedAt        number         `json:"createdAt"`
	LastLoginAt      number         `json:"lastLoginAt"`
	TenantID         string         `json:"tenantId"`
	ProviderUserInfo []providerJSON `json:"providerUserInfo"`
	MFAInfo          []factorJSON   `json:"mfaInfo"`
}

// importAccounts takes accounts over from another system, with their passwords' hashes. An account
// that is refused does not keep the others out: the answer names it, by its place in the request.
func (s *Service) importAccounts(r *http.Request) (any, error) {
	req, err := decode[struct {
		Users             []importedAccount `json:"users"`
		HashAlgorithm     string            `json:"hashAlgorithm"`
		SignerKey         octets            `json:"signerKey"`
		SaltSeparator     octets            `json:"saltSeparator"`
		Rounds            number            `json:"rounds"`
		MemoryCost        number            `json:"memoryCost"`
		PasswordHashOrder string            `json:"passwordHashOrder"`
		DKLen             number            `json:"dkLen"`
		BlockSize         number            `json:"blockSize"`
		Parallelization   number            `json:"parallelization"`
		CPUMemCost        number            `json:"cpuMemCost"`
		AllowOverwrite    bool              `json:"allowOverwrite"`
		SanityCheck       bool              `json:"sanityCheck"`
		TenantID          string            `json:"tenantId"`
		TargetProjectID   string            `json:"targetProjectId"`
	}](r)
	if err != nil {
		return nil, err
	}
	if err := s.sameScope(r, req.TenantID, req.TargetProjectID); err != nil {
		return nil, err
	}
	if len(req.Users) == 0 {
		return nil, bad("MISSING_USER_ACCOUNT")
	}
	if len(req.Users) > maxImport {
		return nil, bad("USER_ACCOUNT_LIST_EXCEEDS_LIMIT")
	}
	hash := foreignHash{
		Algorithm: req.HashAlgorithm, SignerKey: req.SignerKey, SaltSeparator: req.SaltSeparator, Rounds: int(req.Rounds),
		MemoryCost: int(req.MemoryCost), Order: req.PasswordHashOrder, DKLen: int(req.DKLen), BlockSize: int(req.BlockSize),
		Parallel: int(req.Parallelization), CPUMemCost: int(req.CPUMemCost),
	}
	if hash.Algorithm != "" {
		if err := hash.check(); err != nil {
			return nil, err
		}
	}
	if req.SanityCheck {
		if err := duplicates(req.Users); err != nil {
			return nil, err
		}
	}
	type failure struct {
		Index   int    `json:"index"`
		Message string `json:"message"`
	}
	answer := struct {
		Kind  string    `json:"kind"`
		Error []failure `json:"error,omitempty"`
	}{Kind: "identitytoolkit#UploadAccountResponse"}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		if _, err := getTenant(tx, r.PathValue("tenant")); err != nil {
			return err
		}
		for i, u := range req.Users {
			a, err := u.account(r.PathValue("tenant"), hash, s.now())
			if err == nil {
				err = importAccount(tx, a, req.AllowOverwrite, req.SanityCheck)
			}
			var refused *apiError
			if errors.As(err, &refused) {
				answer.Error = append(answer.Error, failure{i, refused.message})
			} else if err != nil {
				return err
			}
		}
		return nil
	})
	return answer, err
}

// duplicates refuses a list of accounts that share an address or an identity: DUPLICATE_EMAIL,
// DUPLICATE_RAW_ID.
func duplicates(users []importedAccount) error {
	seen := map[string]bool{}
	for _, u := range users {
		if email := canonical(u.Email); email != "" {
			if seen[email] {
				return badf("DUPLICATE_EMAIL : %s", email)
			}
			seen[email] = true
		}
		for _, p := range u.ProviderUserInfo {
			key := federatedName(p.ProviderID, p.RawID)
			if p.RawID == "" || p.ProviderID == providerPass || p.ProviderID == providerPhone {
				continue
			}
			if seen[key] {
				return badf("DUPLICATE_RAW_ID : Provider id(%s), Raw id(%s)", p.ProviderID, p.RawID)
			}
			seen[key] = true
		}
	}
	return nil
}

// importAccount writes an account. Without the check, what another account is found by is no reason
// to refuse it: Google ignores such duplicates in an import, unless sanityCheck asks otherwise.
func importAccount(tx *bbolt.Tx, a account, overwrite, check bool) error {
	old, err := getAccount(tx, a.Tenant, a.LocalID)
	switch {
	case err == errNoUser:
	case err != nil:
		return err
	case !overwrite:
		return bad("DUPLICATE_LOCAL_ID : localId belongs to an existing account - can not overwrite.")
	default:
		a.Epoch = old.Epoch + 1
	}
	if check {
		return putAccount(tx, a)
	}
	return putDuplicate(tx, a)
}

// account is the account that u describes, for the tenant. The hash has the parameters that all of
// the request share.
func (u importedAccount) account(tenant string, hash foreignHash, now time.Time) (a account, err error) {
	a = account{
		Tenant: tenant, LocalID: u.LocalID, EmailVerified: u.EmailVerified, DisplayName: u.DisplayName, PhotoURL: u.PhotoURL,
		PhoneNumber: u.PhoneNumber, Disabled: u.Disabled, CustomAttributes: u.CustomAttributes,
		Created: int64(u.CreatedAt), LastLogin: int64(u.LastLoginAt), ValidSince: now.Unix(),
	}
	if a.Created == 0 {
		a.Created = now.UnixMilli()
	}
	if a.LocalID == "" || len(a.LocalID) > maxLocalID {
		return a, bad("INVALID_LOCAL_ID")
	}
	if u.TenantID != "" && u.TenantID != tenant {
		return a, errOtherTenant
	}
	if u.Email != "" {
		if a.Email, err = checkEmail(u.Email); err != nil {
			return a, err
		}
	}
	if a.PhoneNumber != "" {
		if err := checkPhone(a.PhoneNumber); err != nil {
			return a, err
		}
	}
	if _, err := parseClaims(a.CustomAttributes); err != nil {
		return a, err
	}
	for _, p := range u.ProviderUserInfo {
		if p.ProviderID == providerPass || p.ProviderID == providerPhone { // said already, by the hash and by the number
			continue
		}
		if err := a.link(link{p.ProviderID, p.RawID, p.Email, p.DisplayName, p.PhotoURL}); err != nil {
			return a, err
		}
	}
	if err := a.enroll(u.MFAInfo, now); err != nil {
		return a, err
	}
	if len(u.PasswordHash) == 0 {
		return a, nil
	}
	if hash.Algorithm == "" {
		return a, bad("INVALID_HASH_ALGORITHM")
	}
	hash.Hash, hash.Salt = u.PasswordHash, u.Salt
	if hash.Algorithm == "BCRYPT" {
		if cost, err := bcrypt.Cost(hash.Hash); err != nil || cost > maxBcryptCost {
			return a, bad("INVALID_HASH_PARAMETERS")
		}
	}
	encoded, err := json.Marshal(hash)
	a.Password, a.PasswordUpdated = string(encoded), now.UnixMilli()
	return a, err
}
