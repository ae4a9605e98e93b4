package tenancy_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/apikey"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestWhoMakesAPIKeys, of what kind, and who reads and revokes them.
func TestWhoMakesAPIKeys(t *testing.T) {
	w := newWorld(t)
	keys := w.auth.APIKeys()
	made, held := w.newKey(t, w.control, w.acme, editorKey("first"))
	as := func(of tenant.Tenant, r tenant.Role) tenancy.Principal {
		t.Helper()
		p, err := w.auth.Bearer(t.Context(), tenant.SelectID(of.ID), w.issuer.Exchanged(of, "bob", r))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	byKey, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held)
	if err != nil {
		t.Fatal(err)
	}
	signIn, err := w.auth.SignIn(t.Context(), tenant.SelectID(w.acme.ID), w.issuer.Initial(w.acme, "bob"))
	if err != nil {
		t.Fatal(err)
	}
	for who, p := range map[string]tenancy.Principal{
		"nobody": {}, "a viewer": as(w.acme, tenant.Viewer), "an editor": as(w.acme, tenant.Editor), "a key": byKey, "a sign-in": signIn,
	} {
		_, _, create := keys.Create(t.Context(), p, editorKey("x"))
		_, revoke := keys.Revoke(t.Context(), p, made.ID)
		_, list := keys.List(t.Context(), p)
		for what, err := range map[string]error{"makes": create, "revokes": revoke, "lists": list} {
			if !errors.Is(err, tenant.ErrForbidden) {
				t.Errorf("%s %s: %v, want ErrForbidden", who, what, err)
			}
		}
	}
	admin := w.admin(t, w.control, w.acme)
	for what, n := range map[string]apikey.Draft{
		"an admin":          {Name: "x", Role: tenant.Admin},
		"no role":           {Name: "x"},
		"no name":           {Role: tenant.Viewer},
		"a line break":      {Name: "a\nb", Role: tenant.Viewer},
		"turned around":     {Name: "a\u202eb", Role: tenant.Viewer},
		"81 characters":     {Name: strings.Repeat("ä", 81), Role: tenant.Viewer},
		"366 days":          {Name: "x", Role: tenant.Viewer, Days: 366},
		"less than nothing": {Name: "x", Role: tenant.Viewer, Days: -1},
	} {
		if key, secret, err := keys.Create(t.Context(), admin, n); !errors.Is(err, tenant.ErrInvalid) || secret != (apikey.SecretKey{}) {
			t.Errorf("%s: %v, %v; want ErrInvalid", what, key, err)
		}
	}
	globexs, _ := w.newKey(t, w.control, w.globex, editorKey("of globex"))
	missing, err := tenant.ParseKeyID("aaaaaaaaaaaaaaaa")
	if err != nil {
		t.Fatal(err)
	}
	for what, id := range map[string]tenant.KeyID{"globex's": globexs.ID, "a missing": missing, "no": {}} {
		if got, err := keys.Revoke(t.Context(), admin, id); err != tenant.ErrNoAPIKey || got.Name != "" {
			t.Errorf("acme's admin revokes %s key: %v, %v; want ErrNoAPIKey itself", what, got, err)
		}
	}
	list, err := keys.List(t.Context(), admin)
	if err != nil || len(list) != 1 || list[0].ID != made.ID || list[0].Creator != tenancytest.UserID(t, "ann") || list[0].CreatorEmail != "ann@example.com" || !list[0].Live(w.clock.now()) {
		t.Errorf("acme's keys: %+v, %v", list, err)
	}
	if _, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.globex.ID), "bhk_"+globexs.ID.String()); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Error(err)
	}

	if err := w.revocations.RevokeUser(t.Context(), w.acme.ID, tenancytest.UserID(t, "ann")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := keys.Create(t.Context(), admin, editorKey("late")); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("an admin who was revoked makes a key: %v", err)
	}
	if _, err := keys.Revoke(t.Context(), admin, made.ID); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("an admin who was revoked revokes a key: %v", err)
	}
}

// TestAPIKeysAreCounted: fifty live ones at most, however many are asked for at once, and as many that have ended.
func TestAPIKeysAreCounted(t *testing.T) {
	w := newWorld(t)
	other := w.server // of the same process; a second one below
	second := w.control.server(t)
	count := func() (live, ended int) {
		t.Helper()
		keys, err := w.auth.APIKeys().List(t.Context(), w.admin(t, w.control, w.acme))
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			if k.Live(w.clock.now()) {
				live++
			} else {
				ended++
			}
		}
		return live, ended
	}
	for i := range apikey.MaxKeys - 3 {
		w.newKey(t, w.control, w.acme, apikey.Draft{Name: fmt.Sprint(i), Role: tenant.Viewer, Days: 1 + i%2})
	}
	var crowd sync.WaitGroup
	for i := range 8 {
		s := []*server{other, second}[i%2]
		admin := s.admin(t, w.control, w.acme)
		crowd.Go(func() {
			_, _, err := s.auth.APIKeys().Create(t.Context(), admin, editorKey("at once"))
			if err != nil && !errors.Is(err, tenant.ErrTooManyAPIKeys) && !errors.Is(err, tenant.ErrUnavailable) {
				t.Error(err)
			}
		})
	}
	crowd.Wait()
	for {
		_, _, err := w.auth.APIKeys().Create(t.Context(), w.admin(t, w.control, w.acme), editorKey("to the brim"))
		if errors.Is(err, tenant.ErrTooManyAPIKeys) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if live, ended := count(); live != apikey.MaxKeys || ended != 0 {
		t.Errorf("%d live and %d ended, want %d and 0", live, ended, apikey.MaxKeys)
	}
	w.newKey(t, w.control, w.globex, editorKey("a neighbour's"))

	w.clock.advance(48 * time.Hour)
	w.poll(t)
	w.newKey(t, w.control, w.acme, editorKey("room again"))
	if live, ended := count(); live != 4 || ended != apikey.MaxKeys-3 {
		t.Errorf("two days on, %d live and %d ended", live, ended)
	}
	for range 6 {
		key, held := w.newKey(t, w.control, w.acme, editorKey("short-lived"))
		if _, err := w.auth.APIKeys().Revoke(t.Context(), w.admin(t, w.control, w.acme), key.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Error(err)
		}
	}
	w.newKey(t, w.control, w.acme, editorKey("the last"))
	if live, ended := count(); live != 5 || ended != apikey.MaxKeys {
		t.Errorf("at the end, %d live and %d ended", live, ended)
	}
}

// TestMadeUpKeysPushNothingOut: thousands of ids that are no key's leave bounded traces, and the good ones stay.
func TestMadeUpKeysPushNothingOut(t *testing.T) {
	w := newWorld(t)
	_, held := w.newKey(t, w.control, w.acme, editorKey("good"))
	enter := func(held string) error {
		_, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held)
		return err
	}
	if err := enter(held); err != nil {
		t.Fatal(err)
	}
	const digits = "abcdefghijklmnopqrstuvwxyz234567"
	for i := range 5000 {
		id := "aaaaaaaaaaaaa" + string([]byte{digits[i>>10&31], digits[i>>5&31], digits[i&31]})
		if err := enter("bhk_" + id + held[len("bhk_")+16:]); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Fatal(err)
		}
	}
	if records, absent := w.auth.APIKeys().Sizes(); records != 1 || absent != 4096 {
		t.Errorf("%d keys and %d absences remembered, want 1 and 4096", records, absent)
	}
	if err := enter(held); err != nil {
		t.Errorf("the good key: %v", err)
	}
}

// TestAPIKeysInTheDatabase: of the secret there is the digest, and nothing else.
func TestAPIKeysInTheDatabase(t *testing.T) {
	w := newWorld(t)
	key, held := w.newKey(t, w.control, w.acme, apikey.Draft{Name: "n", Role: tenant.Viewer, Days: 30})
	doc, err := w.db.Collection("apikeys").Doc(key.ID.String()).Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	secret := held[len("bhk_")+17:]
	digest := sha256.Sum256([]byte(secret))
	want := map[string]any{
		"tenant": w.acme.ID.String(), "name": "n", "role": "viewer", "digest": digest[:], "created": key.Created,
		"creator": "ann", "creatorEmail": "ann@example.com", "expires": key.Created.Add(30 * 24 * time.Hour), "revoked": time.Time{},
	}
	if d := tenancytest.Diff(want, doc.Data()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if strings.Contains(fmt.Sprintf("%v %q", doc.Data(), doc.Data()), secret) {
		t.Error("the secret is stored")
	}

	// What this code did not write is a fault, and lets nobody in.
	for name, edit := range map[string]map[string]any{
		"an admin": {"role": "admin"}, "no tenant": {"tenant": ""}, "no digest": {"digest": nil}, "no name": {"name": ""}, "no maker": {"creator": ""},
	} {
		whole := doc.Data()
		for k, v := range edit {
			whole[k] = v
		}
		if _, err := doc.Ref.Set(t.Context(), whole); err != nil {
			t.Fatal(err)
		}
		w.clock.advance(5 * time.Second)
		w.poll(t)
		if p, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held); !errors.Is(err, tenant.ErrUnavailable) {
			t.Errorf("%s: %v, %v; want ErrUnavailable", name, p, err)
		}
	}
}

func TestAPIKeysInAnOutage(t *testing.T) {
	w := newWorld(t)
	key, held := w.newKey(t, w.control, w.acme, editorKey("a"))
	admin := w.admin(t, w.control, w.acme)
	p, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held)
	if err != nil {
		t.Fatal(err)
	}
	w.db.Close()
	_, _, create := w.auth.APIKeys().Create(t.Context(), admin, editorKey("b"))
	_, revoke := w.auth.APIKeys().Revoke(t.Context(), admin, key.ID)
	_, list := w.auth.APIKeys().List(t.Context(), admin)
	w.clock.advance(5 * time.Second)
	_, enter := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held)
	for what, err := range map[string]error{"making": create, "revoking": revoke, "listing": list, "entering": enter, "going on": p.Check(t.Context())} {
		if !errors.Is(err, tenant.ErrUnavailable) || errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("%s: %v, want ErrUnavailable", what, err)
		}
	}
}
