package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/sync/semaphore"
)

const (
	argonLanes = 1
	argonKey   = 32
	argonSalt  = 16
)

// argonCost is what one Argon2id hash costs.
type argonCost struct {
	memory uint32 // KiB
	passes uint32
}

var (
	dearHash  = argonCost{memory: 19 * 1024, passes: 2} // as OWASP advises it
	cheapHash = argonCost{memory: 64, passes: 1}
)

// hasher makes and checks what an account keeps of its password: the PHC string of an Argon2id hash
// or, of an imported account that has not signed in since, a foreignHash as JSON. It works on only
// as many at a time as there are processors, so that a flood of sign-ins cannot take all memory.
type hasher struct {
	cost  argonCost // of new hashes
	slots *semaphore.Weighted
	dummy string // verified against when there is no account, so that both cases cost the same
}

func newHasher(weak bool) *hasher {
	h := &hasher{cost: dearHash, slots: semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0)))}
	if weak {
		h.cost = cheapHash
	}
	h.dummy = encode(h.cost, make([]byte, argonSalt), make([]byte, argonKey))
	return h
}

// hash returns password's PHC string. The only error is ctx's.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key, err := h.derive(ctx, h.cost, password, salt)
	if err != nil {
		return "", err
	}
	return encode(h.cost, salt, key), nil
}

// verify reports whether password is the one encoded was made of. An empty encoded takes as long
// and never matches. stale: encoded should be replaced by a hash of this package's own.
func (h *hasher) verify(ctx context.Context, encoded, password string) (ok, stale bool, err error) {
	known := encoded != ""
	var foreign *foreignHash
	if strings.HasPrefix(encoded, "{") {
		if err := json.Unmarshal([]byte(encoded), &foreign); err != nil {
			return false, false, errMalformedHash
		}
	}
	if !known || foreign != nil {
		encoded = h.dummy
	}
	cost, salt, want, err := decodePHC(encoded)
	if err != nil {
		return false, false, err
	}
	got, err := h.derive(ctx, cost, password, salt)
	if err != nil {
		return false, false, err
	}
	if foreign != nil {
		ok, err := h.matches(ctx, foreign, password)
		return ok, ok, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && known, false, nil
}

func (h *hasher) matches(ctx context.Context, f *foreignHash, password string) (bool, error) {
	if err := h.slots.Acquire(ctx, 1); err != nil {
		return false, err
	}
	defer h.slots.Release(1)
	return f.matches(password), nil
}

// exported is a password's hash and salt, as an administrator may carry them away. What an Argon2id
// hash is of use for elsewhere is its owner's concern: Google's are of another kind.
func exported(encoded string) (hash, salt []byte, err error) {
	switch {
	case encoded == "":
		return nil, nil, nil
	case strings.HasPrefix(encoded, "{"):
		var f foreignHash
		err = json.Unmarshal([]byte(encoded), &f)
		return f.Hash, f.Salt, err
	}
	_, salt, hash, err = decodePHC(encoded)
	return hash, salt, err
}

var errMalformedHash = errors.New("malformed password record")

func decodePHC(encoded string) (cost argonCost, salt, key []byte, err error) {
	parts := strings.Split(encoded, "$") // "", argon2id, v, parameters, salt, key
	if len(parts) != 6 {
		return argonCost{}, nil, nil, errMalformedHash
	}
	_, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &cost.memory, &cost.passes)
	if err == nil && cost != dearHash && cost != cheapHash {
		err = errMalformedHash
	}
	if err == nil {
		salt, err = base64.RawStdEncoding.DecodeString(parts[4])
	}
	if err == nil {
		key, err = base64.RawStdEncoding.DecodeString(parts[5])
	}
	if err != nil {
		return argonCost{}, nil, nil, errMalformedHash
	}
	return cost, salt, key, nil
}

func (h *hasher) derive(ctx context.Context, cost argonCost, password string, salt []byte) ([]byte, error) {
	if err := h.slots.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer h.slots.Release(1)
	return argon2.IDKey([]byte(password), salt, cost.passes, cost.memory, argonLanes, argonKey), nil
}

func encode(cost argonCost, salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, cost.memory, cost.passes, argonLanes, b64(salt), b64(key))
}
