package identity_test

import (
	cryptohmac "crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"testing"

	"firebase.google.com/go/v4/auth"
	"firebase.google.com/go/v4/auth/hash"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
	"google.golang.org/api/iterator"
)

func unbase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestImportedPasswords(t *testing.T) {
	w := newWorld(t)
	tc := w.tenant(w.client(w.ownerKey), "acme")
	const password = "user1password"
	salt, key := []byte("NaCl"), []byte("skeleton")
	must := func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	mac := func(order ...string) []byte {
		h := cryptohmac.New(sha512.New, key)
		for _, part := range order {
			h.Write([]byte(part))
		}
		return h.Sum(nil)
	}
	twice := sha256.Sum256([]byte("NaCl" + password))
	twice = sha256.Sum256(twice[:])
	once := md5.Sum([]byte("NaCl" + password))
	sha := sha1.Sum([]byte(password + "NaCl"))
	for name, tt := range map[string]struct {
		config     auth.UserImportHash
		hash, salt []byte
	}{
		// The published example: https://github.com/firebase/scrypt#password-hashing
		"scrypt, Firebase's": {hash.Scrypt{
			Key:           unbase64("jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="),
			SaltSeparator: unbase64("Bw=="), Rounds: 8, MemoryCost: 14,
		}, unbase64("lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="), unbase64("42xEC+ixf3L2lw==")},
		"scrypt": {hash.StandardScrypt{MemoryCost: 1024, BlockSize: 8, Parallelization: 2, DerivedKeyLength: 48},
			must(scrypt.Key([]byte(password), salt, 1024, 8, 2, 48)), salt},
		"bcrypt":                      {hash.Bcrypt{}, must(bcrypt.GenerateFromPassword([]byte(password), 4)), nil},
		"PBKDF2":                      {hash.PBKDF2SHA256{Rounds: 1000}, must(pbkdf2.Key(sha256.New, password, salt, 1000, 32)), salt},
		"PBKDF":                       {hash.PBKDFSHA1{Rounds: 1000}, must(pbkdf2.Key(sha1.New, password, salt, 1000, 20)), salt},
		"HMAC":                        {hash.HMACSHA512{Key: key}, mac(password, "NaCl"), salt},
		"HMAC of the salt first":      {hash.HMACSHA512{Key: key, InputOrder: hash.InputOrderSaltFirst}, mac("NaCl", password), salt},
		"SHA-256 twice":               {hash.SHA256{Rounds: 2}, twice[:], salt},
		"SHA-1 of the password first": {hash.SHA1{Rounds: 1, InputOrder: hash.InputOrderPasswordFirst}, sha[:], salt},
		"MD5":                         {hash.MD5{Rounds: 0}, once[:], salt},
		"MD5 in hexadecimal":          {hash.MD5{Rounds: 0}, hex.AppendEncode(nil, once[:]), salt},
	} {
		t.Run(name, func(t *testing.T) {
			email := newEmail()
			user := new(auth.UserToImport).UID(email).Email(email).PasswordHash(tt.hash).PasswordSalt(tt.salt)
			result, err := tc.ImportUsers(t.Context(), []*auth.UserToImport{user}, auth.WithHash(tt.config))
			if err != nil || result.FailureCount != 0 {
				t.Fatalf("import: %+v, %v", result, err)
			}
			before := w.exported(tc, email)
			if code, v := w.post("/v1/accounts:signInWithPassword", object{
				"email": email, "password": "User1password", "tenantId": tc.TenantID(), "returnSecureToken": true,
			}); message(v) != "INVALID_LOGIN_CREDENTIALS" {
				t.Errorf("another password: %d %v", code, v)
			}
			if w.exported(tc, email) != before {
				t.Error("a wrong password changed the hash")
			}
			w.signIn(tc.TenantID(), email, password)
			if w.exported(tc, email) == before {
				t.Error("the imported hash is still there after a sign-in")
			}
			w.signIn(tc.TenantID(), email, password)
		})
	}
}

var emails int

func newEmail() string {
	emails++
	return "user" + strconv.Itoa(emails) + "@example.com"
}

// exported is the hash of a user's password, as an administrator reads it.
func (w *world) exported(tc *auth.TenantClient, uid string) string {
	w.t.Helper()
	it := tc.Users(w.t.Context(), "")
	for {
		u, err := it.Next()
		if errors.Is(err, iterator.Done) {
			w.t.Fatalf("no user %s", uid)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		if u.UID == uid {
			return u.PasswordHash
		}
	}
}

func TestHashesAreForWhoMayReadThem(t *testing.T) {
	w := newWorld(t)
	tc := w.tenant(w.client(w.ownerKey), "acme")
	w.user(tc, "ann", "ann@example.com", "correct horse")
	viewer, err := w.client(w.account("viewer", "roles/firebaseauth.viewer")).TenantManager.AuthForTenant(tc.TenantID())
	if err != nil {
		t.Fatal(err)
	}
	if got := w.exported(viewer, "ann"); got != "" { // what Google's client makes of "REDACTED"
		t.Errorf("a viewer reads %q", got)
	}
	if w.exported(tc, "ann") == "" {
		t.Error("an owner reads nothing")
	}
}

func TestImportRefusals(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	tc := w.tenant(c, "acme")
	w.user(tc, "ann", "ann@example.com", "correct horse")
	path := "/v1/projects/" + project + "/tenants/" + tc.TenantID() + "/accounts:batchCreate"
	bearer := w.bearer(w.ownerKey)
	user := object{"localId": "bob", "passwordHash": "aGFzaA"}
	for name, tt := range map[string]struct {
		body object
		want string
	}{
		"nobody":                  {object{}, "MISSING_USER_ACCOUNT"},
		"an unknown algorithm":    {object{"users": []object{user}, "hashAlgorithm": "ROT13"}, "INVALID_HASH_ALGORITHM"},
		"a scrypt of 8 GiB":       {object{"users": []object{user}, "hashAlgorithm": "STANDARD_SCRYPT", "cpuMemCost": 1 << 23, "blockSize": 8, "parallelization": 1, "dkLen": 32}, "INVALID_HASH_PARAMETERS"},
		"a scrypt that overflows": {object{"users": []object{user}, "hashAlgorithm": "STANDARD_SCRYPT", "cpuMemCost": 1 << 20, "blockSize": 1 << 44, "parallelization": 1, "dkLen": 32}, "INVALID_HASH_PARAMETERS"},
		"a billion rounds":        {object{"users": []object{user}, "hashAlgorithm": "PBKDF2_SHA256", "rounds": 1_000_000_000}, "INVALID_HASH_PARAMETERS"},
		"an HMAC without a key":   {object{"users": []object{user}, "hashAlgorithm": "HMAC_SHA256"}, "INVALID_HASH_PARAMETERS"},
		"an address twice": {object{"sanityCheck": true, "users": []object{
			{"localId": "bob", "email": "bob@example.com"}, {"localId": "rob", "email": "BOB@example.com"}}}, "DUPLICATE_EMAIL"},
		"an identity twice": {object{"sanityCheck": true, "users": []object{
			{"localId": "bob", "providerUserInfo": []object{{"providerId": "google.com", "rawId": "1"}}},
			{"localId": "rob", "providerUserInfo": []object{{"providerId": "google.com", "rawId": "1"}}}}}, "DUPLICATE_RAW_ID"},
		"another tenant": {object{"users": []object{user}, "tenantId": "globex-00000"}, "TENANT_ID_MISMATCH"},
	} {
		if code, v := w.do("POST", path, "application/json", mustJSON(t, tt.body), bearer); code != 400 || message(v) != tt.want {
			t.Errorf("%s: %d %v, want %s", name, code, v, tt.want)
		}
	}
	code, v := w.do("POST", path, "application/json", mustJSON(t, object{"hashAlgorithm": "BCRYPT", "sanityCheck": true, "users": []object{
		{"localId": "good", "email": "good@example.com"},
		{"localId": "ann"},
		{"localId": "taken", "email": "ANN@example.com"},
		{"localId": "elsewhere", "tenantId": "globex-00000"},
		{"localId": "dear", "passwordHash": base64.StdEncoding.EncodeToString([]byte("$2a$31$abcdefghijklmnopqrstuuJ4Z8NvG8sGv1Gq7iVxgqTgqVgCq1nWu"))},
		{"localId": "reserved", "customAttributes": `{"firebase":{}}`},
		{"email": "nobody@example.com"},
	}}), bearer)
	failures, _ := v["error"].([]any)
	if code != 200 || len(failures) != 6 {
		t.Fatalf("%d %v", code, v)
	}
	for i, f := range failures {
		if f.(object)["index"] != float64(i+1) {
			t.Errorf("failure %d: %v", i, f)
		}
	}
	if _, err := tc.GetUser(t.Context(), "good"); err != nil {
		t.Errorf("the good one among them: %v", err)
	}
	w.signIn(tc.TenantID(), "ann@example.com", "correct horse") // not overwritten
}

// Without sanityCheck an import does not look who has an address already. Whose it was first is
// found by it; the other can be found by its id, and changed, and deleted, without harm to the
// first.
func TestImportedDuplicates(t *testing.T) {
	w := newWorld(t)
	tc := w.tenant(w.client(w.ownerKey), "acme")
	w.user(tc, "ann", "ann@example.com", "correct horse")
	result, err := tc.ImportUsers(t.Context(), []*auth.UserToImport{new(auth.UserToImport).UID("twin").Email("ANN@example.com")})
	if err != nil || result.FailureCount != 0 {
		t.Fatalf("import: %+v, %v", result, err)
	}
	whose := func() string {
		t.Helper()
		u, err := tc.GetUserByEmail(t.Context(), "ann@example.com")
		if err != nil {
			t.Fatal(err)
		}
		return u.UID
	}
	if got := whose(); got != "ann" {
		t.Errorf("the address is %s's", got)
	}
	if _, err := tc.UpdateUser(t.Context(), "twin", new(auth.UserToUpdate).DisplayName("Ann's twin")); err != nil {
		t.Errorf("the twin cannot be changed: %v", err)
	}
	if _, err := tc.UpdateUser(t.Context(), "ann", new(auth.UserToUpdate).DisplayName("Ann")); err != nil {
		t.Errorf("the first cannot be changed: %v", err)
	}
	w.signIn(tc.TenantID(), "ann@example.com", "correct horse")
	if err := tc.DeleteUser(t.Context(), "twin"); err != nil {
		t.Fatal(err)
	}
	if got := whose(); got != "ann" {
		t.Errorf("after its twin is deleted, the address is %s's", got)
	}
	w.user(tc, "bob", "bob@example.com", "battery staple")
	if _, err := tc.UpdateUser(t.Context(), "bob", new(auth.UserToUpdate).Email("ann@example.com")); !auth.IsEmailAlreadyExists(err) {
		t.Errorf("another takes the address: %v", err)
	}
}
