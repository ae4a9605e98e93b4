package identity

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"hash"
	"strings"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
)

// The most that one check of an imported hash may cost: what Google takes, and memory that every
// processor can have.
const (
	maxRounds       = 8192
	maxPBKDFRounds  = 120_000
	maxBcryptCost   = 14
	maxScryptMemory = 64 << 20 // bytes
	passwordFirst   = "PASSWORD_AND_SALT"
	saltFirst       = "SALT_AND_PASSWORD"
)

// foreignHash is a password's hash by another system, as accounts.batchCreate imports it. The field
// names are its.
// https://cloud.google.com/identity-platform/docs/reference/rest/v1/projects.accounts/batchCreate
type foreignHash struct {
	Algorithm     string
	SignerKey     []byte `json:",omitempty"`
	SaltSeparator []byte `json:",omitempty"`
	Rounds        int    `json:",omitempty"`
	MemoryCost    int    `json:",omitempty"` // the logarithm, for SCRYPT
	Order         string `json:",omitempty"`
	DKLen         int    `json:",omitempty"`
	BlockSize     int    `json:",omitempty"`
	Parallel      int    `json:",omitempty"`
	CPUMemCost    int    `json:",omitempty"` // the number itself, for STANDARD_SCRYPT
	Salt          []byte `json:",omitempty"`
	Hash          []byte
}

var digests = map[string]func() hash.Hash{
	"MD5": md5.New, "SHA1": sha1.New, "SHA256": sha256.New, "SHA512": sha512.New,
}

// check refuses an algorithm that is not known, and parameters that no password could be checked
// with, or only at a cost that stops everybody else. INVALID_HASH_ALGORITHM,
// INVALID_HASH_PARAMETERS.
func (f foreignHash) check() error {
	ok := false
	algorithm, keyed := strings.CutPrefix(f.Algorithm, "HMAC_")
	switch {
	case digests[algorithm] != nil && keyed:
		ok = len(f.SignerKey) > 0
	case digests[algorithm] != nil:
		ok = f.Rounds >= 0 && f.Rounds <= maxRounds
	case f.Algorithm == "PBKDF_SHA1", f.Algorithm == "PBKDF2_SHA256":
		ok = f.Rounds >= 0 && f.Rounds <= maxPBKDFRounds
	case f.Algorithm == "SCRYPT":
		ok = len(f.SignerKey) > 0 && f.Rounds >= 1 && f.Rounds <= 8 && f.MemoryCost >= 1 && f.MemoryCost <= 14
	case f.Algorithm == "STANDARD_SCRYPT":
		n := f.CPUMemCost
		ok = n > 1 && n&(n-1) == 0 && n <= maxScryptMemory && f.BlockSize > 0 && f.BlockSize <= maxScryptMemory/128/n &&
			f.Parallel > 0 && f.Parallel <= 16 && f.DKLen > 0 && f.DKLen <= 1024
	case f.Algorithm == "BCRYPT":
		ok = true
	default:
		return bad("INVALID_HASH_ALGORITHM")
	}
	if !ok || f.Order != "" && f.Order != "UNSPECIFIED_ORDER" && f.Order != saltFirst && f.Order != passwordFirst {
		return bad("INVALID_HASH_PARAMETERS")
	}
	return nil
}

// matches reports whether the hash is password's.
func (f foreignHash) matches(password string) bool {
	if f.Algorithm == "BCRYPT" {
		return bcrypt.CompareHashAndPassword(f.Hash, []byte(password)) == nil
	}
	return len(f.Hash) > 0 && subtle.ConstantTimeCompare(f.derive([]byte(password)), f.bytes()) == 1
}

// bytes returns the hash as it was computed. MD5 is often kept as hexadecimal digits, and Google
// takes it so too.
func (f foreignHash) bytes() []byte {
	if f.Algorithm == "MD5" && len(f.Hash) == hex.EncodedLen(md5.Size) {
		if b, err := hex.DecodeString(string(f.Hash)); err == nil {
			return b
		}
	}
	return f.Hash
}

// derive returns what Hash is for the right password, or nil.
func (f foreignHash) derive(password []byte) []byte {
	algorithm, keyed := strings.CutPrefix(f.Algorithm, "HMAC_")
	digest := digests[algorithm]
	var key []byte
	var err error
	switch {
	case digest != nil && keyed:
		mac := hmac.New(digest, f.SignerKey)
		mac.Write(f.salted(password, passwordFirst))
		return mac.Sum(nil)
	case digest != nil:
		key = f.salted(password, saltFirst)
		for range max(f.Rounds, 1) {
			h := digest()
			h.Write(key)
			key = h.Sum(nil)
		}
	case f.Algorithm == "PBKDF_SHA1":
		key, err = pbkdf2.Key(sha1.New, string(password), f.Salt, max(f.Rounds, 1), max(len(f.Hash), 1))
	case f.Algorithm == "PBKDF2_SHA256":
		key, err = pbkdf2.Key(sha256.New, string(password), f.Salt, max(f.Rounds, 1), max(len(f.Hash), 1))
	case f.Algorithm == "STANDARD_SCRYPT":
		key, err = scrypt.Key(password, f.Salt, f.CPUMemCost, f.BlockSize, f.Parallel, f.DKLen)
	case f.Algorithm == "SCRYPT":
		key, err = f.firebaseScrypt(password)
	}
	if err != nil {
		return nil
	}
	return key
}

// firebaseScrypt is the variant that Google publishes at https://github.com/firebase/scrypt: scrypt
// makes the key that encrypts the project's signer key, and the ciphertext is the hash.
func (f foreignHash) firebaseScrypt(password []byte) ([]byte, error) {
	key, err := scrypt.Key(password, append(bytes.Clone(f.Salt), f.SaltSeparator...), 1<<f.MemoryCost, f.Rounds, 1, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	sealed := make([]byte, len(f.SignerKey))
	cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(sealed, f.SignerKey)
	return sealed, nil
}

func (f foreignHash) salted(password []byte, order string) []byte {
	if f.Order == saltFirst || f.Order == passwordFirst {
		order = f.Order
	}
	if order == saltFirst {
		return append(bytes.Clone(f.Salt), password...)
	}
	return append(bytes.Clone(password), f.Salt...)
}
