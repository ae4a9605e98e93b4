package iam

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	keyBits = 2048
	maxKeys = 10 // user-managed keys of one account
)

// forever is the end of a user-managed key's life, as Google writes it.
var forever = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// key is one key of an account. Of a user-managed key the service keeps the certificate alone. A
// system-managed key signs in the account's name inside the service (signBlob, signJwt), so its
// private half is kept too.
type key struct {
	ID          string
	Certificate []byte // DER, self-signed; carries the public key
	System      bool   `json:",omitempty"`
	Private     []byte `json:",omitempty"` // PKCS #8; of a system-managed key only
	Disabled    bool   `json:",omitempty"`
	Created     time.Time
	Expires     time.Time

	public *rsa.PublicKey
	signer *rsa.PrivateKey // nil of a user-managed key
}

// newKey makes a key pair for an account. The private half is in the result alone.
func (s *Service) newKey(a *account) (*key, *rsa.PrivateKey, error) {
	private, err := s.cfg.NewKey()
	if err != nil {
		return nil, nil, err
	}
	id := make([]byte, 20)
	rand.Read(id)
	now := s.cfg.Now().UTC().Truncate(time.Second)
	cert := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(id[:8]),
		Subject:      pkix.Name{CommonName: a.UniqueID},
		NotBefore:    now,
		NotAfter:     forever,
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &private.PublicKey, private)
	if err != nil {
		return nil, nil, err
	}
	k := &key{ID: hex.EncodeToString(id), Certificate: der, Created: now, Expires: forever, public: &private.PublicKey}
	return k, private, nil
}

// newSystemKey makes a system-managed key pair.
func (s *Service) newSystemKey(a *account) (*key, error) {
	k, private, err := s.newKey(a)
	if err != nil {
		return nil, err
	}
	k.System, k.signer = true, private
	k.Private, err = x509.MarshalPKCS8PrivateKey(private)
	return k, err
}

// parse fills in what a stored key implies.
func (k *key) parse() error {
	cert, err := x509.ParseCertificate(k.Certificate)
	if err != nil {
		return fmt.Errorf("key %s: %w", k.ID, err)
	}
	var ok bool
	if k.public, ok = cert.PublicKey.(*rsa.PublicKey); !ok {
		return fmt.Errorf("key %s: not an RSA key", k.ID)
	}
	if k.Private == nil {
		return nil
	}
	private, err := x509.ParsePKCS8PrivateKey(k.Private)
	if err != nil {
		return fmt.Errorf("key %s: %w", k.ID, err)
	}
	if k.signer, ok = private.(*rsa.PrivateKey); !ok {
		return fmt.Errorf("key %s: not an RSA key", k.ID)
	}
	return nil
}

// key returns the account's key of that id, and nil when there is none.
func (a *account) key(id string) *key {
	for _, k := range a.Keys {
		if k.ID == id {
			return k
		}
	}
	return nil
}

// createKey adds a user-managed key to the account and returns it with its key file. The errors are
// NotFound, and FailedPrecondition when the account has its ten.
func (s *Service) createKey(id string) (*key, []byte, error) {
	a := s.account(id)
	if a == nil {
		return nil, nil, noAccount(id)
	}
	k, private, err := s.newKey(a)
	if err != nil {
		return nil, nil, err
	}
	file, err := s.keyFile(a, k, private)
	if err != nil {
		return nil, nil, err
	}
	_, err = s.editAccount(a.Email, func(now *account) error {
		if now.UniqueID != a.UniqueID {
			return noAccount(id)
		}
		users := 0
		for _, k := range now.Keys {
			if !k.System {
				users++
			}
		}
		if users >= maxKeys {
			return status.Errorf(codes.FailedPrecondition,
				"Precondition check failed. Service account %s has %d keys, and may not have more.", a.Email, maxKeys)
		}
		now.Keys = append(now.Keys, k)
		return nil
	})
	return k, file, err
}

// editKey replaces a user-managed key by what edit makes of a copy; an edit to nil deletes it. The
// errors are NotFound, and FailedPrecondition for a system-managed key.
func (s *Service) editKey(id, keyID string, edit func(key) *key) error {
	_, err := s.editAccount(id, func(a *account) error {
		i := slices.IndexFunc(a.Keys, func(k *key) bool { return k.ID == keyID })
		switch {
		case i < 0:
			return noKey(keyID)
		case a.Keys[i].System:
			return status.Errorf(codes.FailedPrecondition, "Service account key %s is managed by the system.", keyID)
		}
		if k := edit(*a.Keys[i]); k != nil {
			a.Keys[i] = k
		} else {
			a.Keys = slices.Delete(a.Keys, i, i+1)
		}
		return nil
	})
	return err
}

// systemKey returns a live system-managed key of the account, made when there is none. The error is
// NotFound.
func (s *Service) systemKey(id string) (*key, error) {
	a := s.account(id)
	if a == nil {
		return nil, noAccount(id)
	}
	if k := a.systemKey(); k != nil {
		return k, nil
	}
	k, err := s.newSystemKey(a)
	if err != nil {
		return nil, err
	}
	_, err = s.editAccount(a.Email, func(now *account) error {
		if now.UniqueID != a.UniqueID {
			return noAccount(id)
		}
		if made := now.systemKey(); made != nil {
			k = made // by another call, meanwhile
			return nil
		}
		now.Keys = append(now.Keys, k)
		return nil
	})
	return k, err
}

func (a *account) systemKey() *key {
	for _, k := range a.Keys {
		if k.System {
			return k
		}
	}
	return nil
}

// PublicKeys returns the keys that verify a V4 signature of the account; ok is false when the
// account is unknown, disabled or deleted. keys are all live keys (a V4 signature does not name its
// key).
func (s *Service) PublicKeys(email string) (keys []*rsa.PublicKey, ok bool) {
	a := s.seenAccount(email)
	if a == nil || a.Disabled || a.Email != email {
		return nil, false
	}
	for _, k := range a.Keys {
		if !k.Disabled {
			keys = append(keys, k.public)
		}
	}
	return keys, true
}

func noKey(id string) error {
	return status.Errorf(codes.NotFound, "Service account key %s does not exist.", id)
}
