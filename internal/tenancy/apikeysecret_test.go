package tenancy_test

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/keytext"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/apikey"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"pgregory.net/rapid"
)

// TestSecretKeyRoundTrips: what is printed is parsed to the same key, and nothing else is; with a
// checksum, nothing else is a key.
func TestSecretKeyRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id, secret := rapid.StringMatching(`[a-z2-7]{16}`).Draw(t, "id"), rapid.StringMatching(`[a-z2-7]{32}`).Draw(t, "secret")
		held := "bhk_" + id + "_" + secret
		checked := rapid.Bool().Draw(t, "checked")
		if checked {
			held = keytext.Make(id, secret)
		}
		key, err := apikey.ParseSecretKey(held)
		if err != nil || key.Reveal() != held || key.ID().String() != id {
			t.Fatalf("%s: %s, %v", held, key.Reveal(), err)
		}
		again, err := tenant.ParseKeyID(id)
		if err != nil || again != key.ID() || again.User().String() != "apikey-"+id {
			t.Fatalf("%s: %v, %v", id, again, err)
		}
		at := rapid.IntRange(0, len(held)-1).Draw(t, "at")
		b := rapid.Byte().Filter(func(b byte) bool { return b != held[at] }).Draw(t, "byte")
		bent := held[:at] + string([]byte{b}) + held[at+1:]
		other, err := apikey.ParseSecretKey(bent)
		if err == nil && (checked || other == key || other.Reveal() != bent) {
			t.Fatalf("%q is taken for %q", bent, held)
		}
	})
}

func TestSecretKeyRefuses(t *testing.T) {
	const id, secret = "abcdefghij234567", "abcdefghijklmnopqrstuvwxyz234567"
	for _, good := range []string{"bhk_" + id + "_" + secret, keytext.Make(id, secret)} {
		if _, err := apikey.ParseSecretKey(good); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []string{
		"", "bhk_", "bhk_" + id, "bhk_" + id + "_", "bhk_" + id + secret, "bhk_" + id + "-" + secret, "bhk-" + id + "_" + secret,
		"BHK_" + id + "_" + secret, "bhk_" + strings.ToUpper(id) + "_" + secret, "bhk_" + id + "_" + strings.ToUpper(secret),
		"bhk_" + id + "_" + secret + "a", "bhk_" + id + "_" + secret + "aaaaaaa", keytext.Make(id, secret) + "a", keytext.Make(id, secret)[:59], "bhk_" + id + "_" + secret[1:], " bhk_" + id + "_" + secret, "bhk_" + id + "_" + secret + "\n",
		"bhk_" + id[1:] + "1_" + secret, "bhk_" + id + "_0" + secret[1:], "bhk_" + id + "_ａ" + secret[3:], id + "_" + secret,
	} {
		key, err := apikey.ParseSecretKey(s)
		if !errors.Is(err, tenant.ErrInvalid) || key != (apikey.SecretKey{}) {
			t.Errorf("%q: %v, %v; want ErrInvalid", s, key, err)
		}
		if err != nil && strings.Contains(err.Error(), secret[2:]) {
			t.Errorf("the error repeats the secret: %v", err)
		}
	}
	for _, s := range []string{"", id[1:], id + "a", strings.ToUpper(id), "abcdefghij23456_", "abcdefghij23456/", "abcdefghij234568"} {
		if got, err := tenant.ParseKeyID(s); !errors.Is(err, tenant.ErrInvalid) || !got.IsZero() {
			t.Errorf("key id %q: %v, %v; want ErrInvalid", s, got, err)
		}
	}
}

// TestSecretKeyShowsNoSecret prints, logs and marshals a key in every way that Go has.
func TestSecretKeyShowsNoSecret(t *testing.T) {
	key, err := apikey.ParseSecretKey("bhk_abcdefghij234567_" + strings.Repeat("z", 32))
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", key, "pointer", &key)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key, "pointer", &key, "inside", []apikey.SecretKey{key})
	all := log.String() + fmt.Sprintf("%v %+v %#v %s %q %x %X %d %v %+v", key, key, key, key, key, key, key, key, &key, []any{key}) +
		tenancytest.JSON(key) + tenancytest.JSON(map[string]any{"key": &key})
	var encoded bytes.Buffer
	if err := gob.NewEncoder(&encoded).Encode(key); err == nil {
		all += encoded.String()
	}
	if strings.Contains(all, "zz") || strings.Contains(all, "7a7a") {
		t.Errorf("the secret shows: %s", all)
	}
	if strings.Count(all, "abcdefghij234567") < 15 {
		t.Errorf("the id does not show: %s", all)
	}
	var zero apikey.SecretKey
	if zero.Reveal() != "" || !zero.ID().IsZero() || !zero.ID().User().IsZero() {
		t.Error("the zero key is some key")
	}
}
