package identity

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"
)

type usersAnswer struct {
	Kind          string        `json:"kind"`
	Users         []accountJSON `json:"users,omitempty"`
	NextPageToken string        `json:"nextPageToken,omitempty"`
}

// lookupAccounts finds accounts of the tenant by id, address, phone number and provider; those it
// does not find are left out.
func (s *Service) lookupAccounts(r *http.Request) (any, error) {
	req, err := decode[struct {
		LocalID         []string       `json:"localId"`
		Email           []string       `json:"email"`
		PhoneNumber     []string       `json:"phoneNumber"`
		FederatedUserID []providerJSON `json:"federatedUserId"`
		TenantID        string         `json:"tenantId"`
		TargetProjectID string         `json:"targetProjectId"`
	}](r)
	if err != nil {
		return nil, err
	}
	if err := s.sameScope(r, req.TenantID, req.TargetProjectID); err != nil {
		return nil, err
	}
	answer := usersAnswer{Kind: "identitytoolkit#GetAccountInfoResponse"}
	scope := r.PathValue("tenant")
	err = s.db.View(func(tx *bbolt.Tx) error {
		if _, err := getTenant(tx, scope); err != nil {
			return err
		}
		seen := map[string]bool{}
		add := func(a account, err error) error {
			if err == nil && !seen[a.LocalID] {
				seen[a.LocalID] = true
				answer.Users = append(answer.Users, a.json())
			}
			if err == errNoUser {
				return nil
			}
			return err
		}
		for _, id := range req.LocalID {
			if err := add(getAccount(tx, scope, id)); err != nil {
				return err
			}
		}
		for _, email := range req.Email {
			if err := add(getByEmail(tx, scope, email)); err != nil {
				return err
			}
		}
		for _, phone := range req.PhoneNumber {
			if err := add(getBy(tx, bucketPhones, scope, phone)); err != nil {
				return err
			}
		}
		for _, id := range req.FederatedUserID {
			if err := add(getBy(tx, bucketFederated, scope, federatedName(id.ProviderID, id.RawID))); err != nil {
				return err
			}
		}
		return nil
	})
	return answer, err
}

// listAccounts is accounts.batchGet: pages in the order of ids. Password hashes come with it for an
// administrator who may read how they were made; others see that there is one.
func (s *Service) listAccounts(r *http.Request) (any, error) {
	q := r.URL.Query()
	size, err := pageSize(q.Get("maxResults"), 20, 1000)
	if err != nil {
		return nil, err
	}
	answer := usersAnswer{Kind: "identitytoolkit#DownloadAccountResponse"}
	hashes := s.may(r, "firebaseauth.configs.getHashConfig")
	err = s.db.View(func(tx *bbolt.Tx) error {
		if _, err := getTenant(tx, r.PathValue("tenant")); err != nil {
			return err
		}
		var malformed error
		err := eachAccount(tx, r.PathValue("tenant"), q.Get("nextPageToken"), func(a account) bool {
			if len(answer.Users) == size {
				answer.NextPageToken = answer.Users[size-1].LocalID
				return false
			}
			user := a.json()
			if a.Password != "" {
				malformed = user.export(a.Password, hashes)
			}
			answer.Users = append(answer.Users, user)
			return malformed == nil
		})
		return either(err, malformed)
	})
	return answer, err
}

// export adds the password's hash to v, or the word that Google has in its place.
func (v *accountJSON) export(encoded string, plain bool) error {
	hash, salt, err := []byte("REDACTED"), []byte(nil), error(nil)
	if plain {
		hash, salt, err = exported(encoded)
	}
	v.PasswordHash = base64.URLEncoding.EncodeToString(hash)
	v.Salt = base64.URLEncoding.EncodeToString(salt)
	return err
}

// queryAccounts is accounts.query: accounts that match any of the expressions, sorted, one page of
// them.
func (s *Service) queryAccounts(r *http.Request) (any, error) {
	type expression struct {
		Email       string `json:"email"`
		UserID      string `json:"userId"`
		PhoneNumber string `json:"phoneNumber"`
	}
	req, err := decode[struct {
		ReturnUserInfo *bool        `json:"returnUserInfo"`
		Limit          number       `json:"limit"`
		Offset         number       `json:"offset"`
		SortBy         string       `json:"sortBy"`
		Order          string       `json:"order"`
		TenantID       string       `json:"tenantId"`
		Expression     []expression `json:"expression"`
	}](r)
	if err != nil {
		return nil, err
	}
	if err := s.sameScope(r, req.TenantID, ""); err != nil {
		return nil, err
	}
	if req.Limit < 0 || req.Limit > 500 || req.Offset < 0 || len(req.Expression) > 1 {
		return nil, &apiError{http.StatusBadRequest, "INVALID_ARGUMENT", "INVALID_ARGUMENT"}
	}
	order, ok := sortOrders[req.SortBy]
	if !ok {
		return nil, badf("INVALID_SORT_BY : %s", req.SortBy)
	}
	var found []account
	err = s.db.View(func(tx *bbolt.Tx) error {
		if _, err := getTenant(tx, r.PathValue("tenant")); err != nil {
			return err
		}
		return eachAccount(tx, r.PathValue("tenant"), "", func(a account) bool {
			for _, e := range req.Expression {
				if e.Email != "" && canonical(e.Email) != a.Email || e.UserID != "" && e.UserID != a.LocalID ||
					e.PhoneNumber != "" && e.PhoneNumber != a.PhoneNumber {
					return true
				}
			}
			found = append(found, a)
			return true
		})
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, order)
	if req.Order == "DESC" {
		slices.Reverse(found)
	}
	answer := struct {
		RecordsCount string        `json:"recordsCount"`
		UserInfo     []accountJSON `json:"userInfo,omitempty"`
	}{RecordsCount: strconv.Itoa(len(found))}
	if req.ReturnUserInfo != nil && !*req.ReturnUserInfo {
		return answer, nil
	}
	found = found[min(int64(req.Offset), int64(len(found))):]
	for _, a := range found[:min(cmp.Or(int64(req.Limit), 500), int64(len(found)))] {
		answer.UserInfo = append(answer.UserInfo, a.json())
	}
	return answer, nil
}

func byID(a, b account) int { return strings.Compare(a.LocalID, b.LocalID) }

var sortOrders = map[string]func(a, b account) int{
	"": byID, "SORT_BY_FIELD_UNSPECIFIED": byID, "USER_ID": byID,
	"NAME":          func(a, b account) int { return strings.Compare(a.DisplayName, b.DisplayName) },
	"USER_EMAIL":    func(a, b account) int { return strings.Compare(a.Email, b.Email) },
	"CREATED_AT":    func(a, b account) int { return cmp.Compare(a.Created, b.Created) },
	"LAST_LOGIN_AT": func(a, b account) int { return cmp.Compare(a.LastLogin, b.LastLogin) },
}
