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

// The buckets. An account's key is "<tenant>/<local id>" and an e-mail's is "<tenant>/<lower-case address>": tenant ids
// hold no slash, so no two (tenant, id) pairs share a key. Refresh tokens and out-of-band codes are kept by SHA-256.
var (
	bucketMeta     = []byte("identity.meta")
	bucketKeys     = []byte("identity.keys")
	bucketTenants  = []byte("identity.tenants")
	bucketAccounts = []byte("identity.accounts")
	bucketEmails   = []byte("identity.emails")
	bucketRefresh  = []byte("identity.refresh")
	bucketAttempts = []byte("identity.attempts")
	bucketOob      = []byte("identity.oob")
	bucketMail     = []byte("identity.mail")

	buckets = [][]byte{bucketMeta, bucketKeys, bucketTenants, bucketAccounts, bucketEmails, bucketRefresh, bucketAttempts, bucketOob, bucketMail}
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
		return projectSettings, nil
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
	id := tx.Bucket(bucketEmails).Get(scoped(tenant, canonical(email)))
	if id == nil {
		return account{}, errNoUser
	}
	return getAccount(tx, tenant, string(id))
}

// putAccount writes the account and keeps the index of addresses true. EMAIL_EXISTS if another account has its address.
func putAccount(tx *bbolt.Tx, a account) error {
	emails := tx.Bucket(bucketEmails)
	old, had, err := get[account](tx, bucketAccounts, scoped(a.Tenant, a.LocalID))
	if err != nil {
		return err
	}
	if had && old.Email != "" && old.Email != a.Email {
		if err := emails.Delete(scoped(a.Tenant, old.Email)); err != nil {
			return err
		}
	}
	if a.Email != "" {
		key := scoped(a.Tenant, a.Email)
		if owner := emails.Get(key); owner != nil && string(owner) != a.LocalID {
			return bad("EMAIL_EXISTS")
		}
		if err := emails.Put(key, []byte(a.LocalID)); err != nil {
			return err
		}
	}
	return put(tx, bucketAccounts, scoped(a.Tenant, a.LocalID), a)
}

// removeAccount forgets the account. Its refresh tokens then answer USER_NOT_FOUND.
func removeAccount(tx *bbolt.Tx, a account) error {
	if a.Email != "" {
		if err := tx.Bucket(bucketEmails).Delete(scoped(a.Tenant, a.Email)); err != nil {
			return err
		}
	}
	return tx.Bucket(bucketAccounts).Delete(scoped(a.Tenant, a.LocalID))
}

// eachAccount calls f with the accounts of a tenant whose id is greater than after, in order, until f returns false.
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

// newID returns n random characters of alphabet, whose length divides 256 or whose bias does not matter.
func newID(n int, alphabet string) string {
	b := make([]byte, n)
	rand.Read(b)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

func canonical(email string) string { return strings.ToLower(email) }
