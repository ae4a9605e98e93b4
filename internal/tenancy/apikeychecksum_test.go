package tenancy_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/keytext"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/apikey"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestMadeKeysHaveAChecksum: scanners tell them from what looks like one.
func TestMadeKeysHaveAChecksum(t *testing.T) {
	w := newWorld(t)
	key, held := w.newKey(t, w.control, w.acme, editorKey())
	var found []keytext.Found
	for f := range keytext.Find([]byte(held)) {
		found = append(found, f)
	}
	if len(found) != 1 || found[0].ID != key.ID.String() || found[0].End != len(held) || found[0].Checksum != keytext.Holds {
		t.Errorf("the key is found as %+v", found)
	}
}

// TestWrongChecksumIsNotLookedUp: a key that was mistyped, or made up, costs no read and leaves no
// trace. An unknown key of the older form does.
func TestWrongChecksumIsNotLookedUp(t *testing.T) {
	w := newWorld(t)
	const id = "aaaaaaaaaaaaaaaa"
	secret := strings.Repeat("b", keytext.SecretLength)
	for _, c := range []struct {
		held   string
		absent int // how many absences are remembered then
	}{
		{"bhk_" + id + "_" + secret + "aaaaaaa", 0},
		{"bhk_" + id + "_" + secret, 1},
	} {
		if _, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), c.held); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("%s: %v, want ErrUnauthenticated", c.held, err)
		}
		if records, absent := w.auth.APIKeys().Sizes(); records != 0 || absent != c.absent {
			t.Errorf("%s: %d keys and %d absences remembered, want 0 and %d", c.held, records, absent, c.absent)
		}
	}
}

// TestOlderKeys: a key that was made without a checksum goes on as it was, until it expires.
func TestOlderKeys(t *testing.T) {
	w := newWorld(t)
	key, _ := w.newKey(t, w.control, w.acme, apikey.Draft{Role: tenant.Viewer, Days: 1})
	secret := strings.Repeat("b", keytext.SecretLength)
	digest := sha256.Sum256([]byte(secret))
	if _, err := w.db.Collection("apikeys").Doc(key.ID.String()).Update(t.Context(), []firestore.Update{{Path: "digest", Value: digest[:]}}); err != nil {
		t.Fatal(err)
	}
	restarted := w.control.server(t)
	enter := func(held string) error {
		_, err := restarted.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held)
		return err
	}
	if err := enter("bhk_" + key.ID.String() + "_" + secret); err != nil {
		t.Errorf("an older key: %v", err)
	}
	if err := enter(keytext.Make(key.ID.String(), secret)); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("an older key, a checksum added: %v, want ErrUnauthenticated", err)
	}
	w.clock.advance(24 * time.Hour)
	restarted.poll(t)
	if err := enter("bhk_" + key.ID.String() + "_" + secret); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("an older key, expired: %v, want ErrUnauthenticated", err)
	}
}
