package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // only to name a certificate, as Google does
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

const (
	keyLife    = 7 * 24 * time.Hour // a key signs for this long
	keyLead    = 24 * time.Hour     // and is published this long before it signs
	tokenTrail = 24 * time.Hour     // and after, well past the last ID token's hour and the longest cache
	certMaxAge = 6 * time.Hour

	cookieTrail = maxCookieLife + tokenTrail // the same for the keys of session cookies
)

// signingKey is a key of the service. Its id is the SHA-1 of its certificate, in hexadecimal.
type signingKey struct {
	ID          string
	Certificate string // PEM
	PKCS8       []byte
	From        time.Time // signs from here
	Until       time.Time // to here

	private *rsa.PrivateKey
}

// keyring is the service's keys in the order they sign. A key's successor exists, and is published,
// a day before it signs.
type keyring struct {
	db     *bbolt.DB
	bucket []byte
	trail  time.Duration
	now    func() time.Time
	newKey func() (*rsa.PrivateKey, error)
	log    *slog.Logger

	mu   sync.Mutex
	keys []signingKey
}

func openKeyring(
	db *bbolt.DB, bucket []byte, trail time.Duration, now func() time.Time, newKey func() (*rsa.PrivateKey, error), log *slog.Logger,
) (*keyring, error) {
	k := &keyring{db: db, bucket: bucket, trail: trail, now: now, newKey: newKey, log: log}
	err := db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).ForEach(func(_, v []byte) error {
			var key signingKey
			if err := json.Unmarshal(v, &key); err != nil {
				return err
			}
			private, err := x509.ParsePKCS8PrivateKey(key.PKCS8)
			if err != nil {
				return err
			}
			var ok bool
			if key.private, ok = private.(*rsa.PrivateKey); !ok {
				return fmt.Errorf("key %s is not an RSA key", key.ID)
			}
			k.keys = append(k.keys, key)
			return nil
		})
	})
	return k, err
}

// current returns the key that signs now, making it or its successor when that is due.
func (k *keyring) current() (signingKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	last := len(k.keys) - 1
	switch {
	case last < 0 || !now.Before(k.keys[last].Until):
		if err := k.add(now, now); err != nil {
			return signingKey{}, err
		}
	case now.After(k.keys[last].Until.Add(-keyLead)):
		if err := k.add(now, k.keys[last].Until); err != nil {
			return signingKey{}, err
		}
	}
	for _, key := range k.keys {
		if !now.Before(key.From) && now.Before(key.Until) {
			return key, nil
		}
	}
	return signingKey{}, fmt.Errorf("no signing key for %s: the clock went back", now)
}

// published returns the keys that tokens may bear: those that sign, signed lately or will sign
// soon.
func (k *keyring) published() ([]signingKey, error) {
	if _, err := k.current(); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var live []signingKey
	for _, key := range k.keys {
		if k.now().Before(key.Until.Add(k.trail)) {
			live = append(live, key)
		}
	}
	return live, nil
}

// add makes the key that signs from the given time, makes it durable, and drops the keys no longer
// published.
func (k *keyring) add(now, from time.Time) error {
	key, err := k.make(from)
	if err != nil {
		return err
	}
	keep := k.keys[:0:0]
	err = k.db.Update(func(tx *bbolt.Tx) error {
		for _, old := range k.keys {
			if now.Before(old.Until.Add(k.trail)) {
				keep = append(keep, old)
			} else if err := tx.Bucket(k.bucket).Delete(old.storeKey()); err != nil {
				return err
			}
		}
		return put(tx, k.bucket, key.storeKey(), key)
	})
	if err != nil {
		return err
	}
	k.keys = append(keep, key)
	return nil
}

// storeKey sorts keys by the time they sign from.
func (key signingKey) storeKey() []byte {
	return []byte(key.From.UTC().Format("20060102T150405.000000000Z") + key.ID)
}

// make makes a key that signs from then on.
func (k *keyring) make(from time.Time) (signingKey, error) {
	private, err := k.newKey()
	if err != nil {
		return signingKey{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return signingKey{}, err
	}
	from = from.UTC().Round(0)
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "securetoken.system.gserviceaccount.com"},
		NotBefore:    from.Add(-keyLead),
		NotAfter:     from.Add(keyLife + k.trail),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return signingKey{}, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return signingKey{}, err
	}
	id := sha1.Sum(der)
	return signingKey{
		ID:          hex.EncodeToString(id[:]),
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		PKCS8:       pkcs8, From: from, Until: from.Add(keyLife), private: private,
	}, nil
}
