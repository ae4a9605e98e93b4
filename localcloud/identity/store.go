package identity

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"go.etcd.io/bbolt"
)

// The buckets. A key is "<tenant>/<name>": tenant ids hold no slash, so no two (tenant, name) pairs
// share one. What an account can be found by (lower-case address, phone number, provider and the id
// there) leads to its local id. What proves something by being known (refresh tokens, out-of-band
// codes, pending sign-ins and enrolments, sign-ins at a provider) is kept by SHA-256.
var (
	bucketMeta       = []byte("identity.meta")
	bucketKeys       = []byte("identity.keys")
	bucketCookieKeys = []byte("identity.cookieKeys")
	bucketTenants    = []byte("identity.tenants")
	bucketOIDC       = []byte("identity.oidc")
	bucketSAML       = []byte("identity.saml")
	bucketAccounts   = []byte("identity.accounts")
	bucketEmails     = []byte("identity.emails")
	bucketPhones     = []byte("identity.phones")
	bucketFederated  = []byte("identity.federated")
	bucketRefresh    = []byte("identity.refresh")
	bucketPending    = []byte("identity.pending")
	bucketEnrollment = []byte("identity.enrollments")
	bucketIDP        = []byte("identity.idp")
	bucketAttempts   = []byte("identity.attempts")
	bucketOob        = []byte("identity.oob")
	bucketMail       = []byte("identity.mail")

	buckets = [][]byte{
		bucketMeta, bucketKeys, bucketCookieKeys, bucketTenants, bucketOIDC, bucketSAML, bucketAccounts, bucketEmails, bucketPhones,
		bucketFederated, bucketRefresh, bucketPending, bucketEnrollment, bucketIDP, bucketAttempts, bucketOob, bucketMail,
	}
)

// get decodes the record at key; ok is false when there is none.
func get[T any](tx *bbolt.Tx, bucket, key []byte) (v T, ok bool, err error) {
	b := tx.Bucket(bucket).Get(key)
	if b == nil {
		return v, false, nil
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return v, false, fmt.Errorf("record in %s: %w", bucket, err)
	}
	return v, true, nil
}

func put(tx *bbolt.Tx, bucket, key []byte, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return tx.Bucket(bucket).Put(key, b)
}

func scoped(tenant, name string) []byte { return []byte(tenant + "/" + name) }

// getTenant returns the settings of a tenant, or of the project's own accounts for "". errNoTenant.
func getTenant(tx *bbolt.Tx, id string) (tenant, error) {
	if id == "" {
		c, err := getProject(tx)
		return c.tenant, err
	}
	t, ok, err := get[tenant](tx, bucketTenants, []byte(id))
	if err == nil && !ok {
		err = errNoTenant
	}
	return t, err
}

// getAccount returns one account of one tenant. errNoUser.
func getAccount(tx *bbolt.Tx, tenant, localID string) (account, error) {
	a, ok, err := get[account](tx, bucketAccounts, scoped(tenant, localID))
	if err == nil && !ok {
		err = errNoUser
	}
	return a, err
}

// getByEmail is getAccount by address, in any case.
func getByEmail(tx *bbolt.Tx, tenant, email string) (account, error) {
	return getBy(tx, bucketEmails, tenant, canonical(email))
}

// getBy is getAccount by what an account can be found by.
func getBy(tx *bbolt.Tx, bucket []byte, tenant, name string) (account, error) {
	id := tx.Bucket(bucket).Get(scoped(tenant, name))
	if id == nil {
		return account{}, errNoUser
	}
	return getAccount(tx, tenant, string(id))
}

// putAccount writes the account and keeps true what it can be found by. EMAIL_EXISTS,
// PHONE_NUMBER_EXISTS or FEDERATED_USER_ID_ALREADY_LINKED if that is another account's.
func putAccount(tx *bbolt.Tx, a account) error {
	old, had, err := get[account](tx, bucketAccounts, scoped(a.Tenant, a.LocalID))
	if err != nil {
		return err
	}
	for _, n := range a.names() {
		if owner := ownerOf(tx, a.Tenant, n); owner != "" && owner != a.LocalID && !(had && old.hasName(n)) {
			return n.taken
		}
	}
	return putNamed(tx, a, old, had)
}

// putDuplicate is putAccount for an account that may share with others what it is found by. What is
// another's already stays that one's: the account is found by it no more than before.
func putDuplicate(tx *bbolt.Tx, a account) error {
	old, had, err := get[account](tx, bucketAccounts, scoped(a.Tenant, a.LocalID))
	if err != nil {
		return err
	}
	return putNamed(tx, a, old, had)
}

func putNamed(tx *bbolt.Tx, a, old account, had bool) error {
	if had {
		if err := forgetNames(tx, old); err != nil {
			return err
		}
	}
	for _, n := range a.names() {
		if ownerOf(tx, a.Tenant, n) != "" {
			continue
		}
		if err := tx.Bucket(n.bucket).Put(scoped(a.Tenant, n.name), []byte(a.LocalID)); err != nil {
			return err
		}
	}
	return put(tx, bucketAccounts, scoped(a.Tenant, a.LocalID), a)
}

func forgetNames(tx *bbolt.Tx, a account) error {
	for _, n := range a.names() {
		if ownerOf(tx, a.Tenant, n) != a.LocalID {
			continue
		}
		if err := tx.Bucket(n.bucket).Delete(scoped(a.Tenant, n.name)); err != nil {
			return err
		}
	}
	return nil
}

// removeAccount forgets the account. Its refresh tokens then answer USER_NOT_FOUND.
func removeAccount(tx *bbolt.Tx, a account) error {
	if err := forgetNames(tx, a); err != nil {
		return err
	}
	return tx.Bucket(bucketAccounts).Delete(scoped(a.Tenant, a.LocalID))
}

// eachAccount calls f with the accounts of a tenant whose id is greater than after, in order, until
// f returns false.
func eachAccount(tx *bbolt.Tx, tenant, after string, f func(account) bool) error {
	prefix := scoped(tenant, "")
	c := tx.Bucket(bucketAccounts).Cursor()
	for k, v := c.Seek(scoped(tenant, after)); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if string(k[len(prefix):]) <= after && after != "" {
			continue
		}
		var a account
		if err := json.Unmarshal(v, &a); err != nil {
			return err
		}
		if !f(a) {
			return nil
		}
	}
	return nil
}

// deleteScope deletes all that a bucket holds of a tenant.
func deleteScope(tx *bbolt.Tx, bucket []byte, tenant string) error {
	prefix := scoped(tenant, "")
	c := tx.Bucket(bucket).Cursor()
	for k, _ := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Seek(prefix) {
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return nil
}

func digest(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// newSecret returns 32 random bytes as text.
func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// newID returns n random characters of alphabet, whose length divides 256 or whose bias does not
// matter.
func newID(n int, alphabet string) string {
	b := make([]byte, n)
	rand.Read(b)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

func canonical(email string) string { return strings.ToLower(email) }
