package identity

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"
)

// tenant is a tenant's settings. The zero value is what Google gives a tenant that was created with
// a name alone.
type tenant struct {
	ID                    string
	DisplayName           string
	AllowPasswordSignup   bool
	EnableEmailLinkSignin bool
	EnableAnonymousUser   bool
	DisabledUserSignup    bool
	DisabledUserDeletion  bool
	MFA                   *mfaConfig
}

// tenantJSON is google.cloud.identitytoolkit.admin.v2.Tenant. Pointers tell "absent" from "false"
// in a request.
type tenantJSON struct {
	Name                  string      `json:"name,omitempty"`
	DisplayName           *string     `json:"displayName,omitempty"`
	AllowPasswordSignup   *bool       `json:"allowPasswordSignup,omitempty"`
	EnableEmailLinkSignin *bool       `json:"enableEmailLinkSignin,omitempty"`
	EnableAnonymousUser   *bool       `json:"enableAnonymousUser,omitempty"`
	Client                *clientJSON `json:"client,omitempty"`
	MFA                   *mfaConfig  `json:"mfaConfig,omitempty"`
}

type clientJSON struct {
	Permissions *struct {
		DisabledUserSignup   *bool `json:"disabledUserSignup,omitempty"`
		DisabledUserDeletion *bool `json:"disabledUserDeletion,omitempty"`
	} `json:"permissions,omitempty"`
}

func (s *Service) tenantJSON(t tenant) tenantJSON {
	v := tenantJSON{
		Name:                  "projects/" + s.project + "/tenants/" + t.ID,
		DisplayName:           &t.DisplayName,
		AllowPasswordSignup:   &t.AllowPasswordSignup,
		EnableEmailLinkSignin: &t.EnableEmailLinkSignin,
		EnableAnonymousUser:   &t.EnableAnonymousUser,
		Client:                &clientJSON{},
		MFA:                   t.MFA,
	}
	v.Client.Permissions = &struct {
		DisabledUserSignup   *bool `json:"disabledUserSignup,omitempty"`
		DisabledUserDeletion *bool `json:"disabledUserDeletion,omitempty"`
	}{&t.DisabledUserSignup, &t.DisabledUserDeletion}
	return v
}

var displayName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{3,19}$`)

// apply copies the fields present in v onto t.
func (v tenantJSON) apply(t *tenant) error {
	if v.DisplayName != nil {
		if !displayName.MatchString(*v.DisplayName) {
			return bad("INVALID_DISPLAY_NAME : Display name should start with a letter and only consist of 4-20 letters, digits and hyphens.")
		}
		t.DisplayName = *v.DisplayName
	}
	set(&t.AllowPasswordSignup, v.AllowPasswordSignup)
	set(&t.EnableEmailLinkSignin, v.EnableEmailLinkSignin)
	set(&t.EnableAnonymousUser, v.EnableAnonymousUser)
	if v.Client != nil && v.Client.Permissions != nil {
		set(&t.DisabledUserSignup, v.Client.Permissions.DisabledUserSignup)
		set(&t.DisabledUserDeletion, v.Client.Permissions.DisabledUserDeletion)
	}
	if v.MFA != nil {
		if err := v.MFA.check(); err != nil {
			return err
		}
		t.MFA = v.MFA
	}
	return nil
}

func (s *Service) createTenant(r *http.Request) (any, error) {
	v, err := decode[tenantJSON](r)
	if err != nil {
		return nil, err
	}
	if v.DisplayName == nil {
		v.DisplayName = new(string)
	}
	var t tenant
	if err := v.apply(&t); err != nil {
		return nil, err
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		for t.ID == "" || tx.Bucket(bucketTenants).Get([]byte(t.ID)) != nil {
			t.ID = strings.ToLower(t.DisplayName) + "-" + newID(5, "abcdefghijklmnopqrstuvwxyz012345")
		}
		return put(tx, bucketTenants, []byte(t.ID), t)
	})
	return s.tenantJSON(t), err
}

func (s *Service) getTenant(r *http.Request) (any, error) {
	var t tenant
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		t, err = getTenant(tx, r.PathValue("tenant"))
		return err
	})
	return s.tenantJSON(t), asNotFound(err)
}

// updateTenant needs an update mask, as the clients send it: only the fields it names change.
func (s *Service) updateTenant(r *http.Request) (any, error) {
	v, err := decode[tenantJSON](r)
	if err != nil {
		return nil, err
	}
	var masked tenantJSON
	for field := range strings.SplitSeq(r.URL.Query().Get("updateMask"), ",") {
		switch field {
		case "displayName":
			masked.DisplayName = orZero(v.DisplayName)
		case "allowPasswordSignup":
			masked.AllowPasswordSignup = orZero(v.AllowPasswordSignup)
		case "enableEmailLinkSignin":
			masked.EnableEmailLinkSignin = orZero(v.EnableEmailLinkSignin)
		case "enableAnonymousUser":
			masked.EnableAnonymousUser = orZero(v.EnableAnonymousUser)
		case "client", "client.permissions", "client.permissions.disabledUserSignup", "client.permissions.disabledUserDeletion":
			masked.Client = v.Client
		case "mfaConfig":
			masked.MFA = orZero(v.MFA)
		default:
			return nil, unimplemented("the update mask %q", field)
		}
	}
	var t tenant
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		if t, err = getTenant(tx, r.PathValue("tenant")); err != nil {
			return err
		}
		if err := masked.apply(&t); err != nil {
			return err
		}
		return put(tx, bucketTenants, []byte(t.ID), t)
	})
	return s.tenantJSON(t), asNotFound(err)
}

// deleteTenant deletes the tenant, its accounts and its identity providers.
func (s *Service) deleteTenant(r *http.Request) (any, error) {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		t, err := getTenant(tx, r.PathValue("tenant"))
		if err != nil {
			return err
		}
		var accounts []account
		if err := eachAccount(tx, t.ID, "", func(a account) bool { accounts = append(accounts, a); return true }); err != nil {
			return err
		}
		for _, a := range accounts {
			if err := removeAccount(tx, a); err != nil {
				return err
			}
		}
		for _, bucket := range [][]byte{bucketOIDC, bucketSAML} {
			if err := deleteScope(tx, bucket, t.ID); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketTenants).Delete([]byte(t.ID))
	})
	return struct{}{}, asNotFound(err)
}

func (s *Service) listTenants(r *http.Request) (any, error) {
	var answer struct {
		Tenants       []tenantJSON `json:"tenants,omitempty"`
		NextPageToken string       `json:"nextPageToken,omitempty"`
	}
	size, err := pageSize(r.URL.Query().Get("pageSize"), 20, 1000)
	if err != nil {
		return nil, err
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
		after := r.URL.Query().Get("pageToken")
		c := tx.Bucket(bucketTenants).Cursor()
		for k, _ := c.Seek([]byte(after)); k != nil; k, _ = c.Next() {
			if string(k) == after {
				continue
			}
			if len(answer.Tenants) == size {
				answer.NextPageToken = strings.TrimPrefix(answer.Tenants[size-1].Name, "projects/"+s.project+"/tenants/")
				return nil
			}
			t, err := getTenant(tx, string(k))
			if err != nil {
				return err
			}
			answer.Tenants = append(answer.Tenants, s.tenantJSON(t))
		}
		return nil
	})
	return answer, err
}

// pageSize parses a page size: fallback when absent, at most limit.
func pageSize(s string, fallback, limit int) (int, error) {
	if s == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, &apiError{http.StatusBadRequest, "INVALID_ARGUMENT", "INVALID_PAGE_SELECTION"}
	}
	if n == 0 {
		return fallback, nil
	}
	return min(n, limit), nil
}

// asNotFound gives version 2 of the API its 404 for a missing tenant, where version 1 answers 400.
func asNotFound(err error) error {
	if err == errNoTenant {
		return &apiError{http.StatusNotFound, "NOT_FOUND", errNoTenant.message}
	}
	return err
}

// orZero is p, or a pointer to zero: a field named in the mask and absent from the body is cleared.
func orZero[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}
