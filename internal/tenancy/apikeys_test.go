package tenancy_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/keytext"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/apikey"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestWhoMakesAPIKeys, of what kind, and who reads and revokes them.
func TestWhoMakesAPIKeys(t *testing.T) {
	w := newWorld(t)
	keys := w.auth.APIKeys()
	made, held := w.newKey(t, w.control, w.acme, editorKey())
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
		_, _, create := keys.Create(t.Context(), p, editorKey())
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
		"an admin":          {Role: tenant.Admin},
		"neither":           {},
		"both":              {Role: tenant.Viewer, Scopes: tenant.ScopeFilesRead},
		"an unknown scope":  {Scopes: 1 << 7},
		"366 days":          {Role: tenant.Viewer, Days: 366},
		"less than nothing": {Role: tenant.Viewer, Days: -1},
	} {
		if key, secret, err := keys.Create(t.Context(), admin, n); !errors.Is(err, tenant.ErrInvalid) || secret != (apikey.SecretKey{}) {
			t.Errorf("%s: %v, %v; want ErrInvalid", what, key, err)
		}
	}
	globexs, _ := w.newKey(t, w.control, w.globex, editorKey())
	missing, err := tenant.ParseKeyID("aaaaaaaaaaaaaaaa")
	if err != nil {
		t.Fatal(err)
	}
	for what, id := range map[string]tenant.KeyID{"globex's": globexs.ID, "a missing": missing, "no": {}} {
		if got, err := keys.Revoke(t.Context(), admin, id); err != tenant.ErrNoAPIKey || !got.ID.IsZero() {
			t.Errorf("acme's admin revokes %s key: %v, %v; want ErrNoAPIKey itself", what, got, err)
		}
	}
	list, err := keys.List(t.Context(), admin)
	if err != nil || len(list) != 1 || list[0].ID != made.ID || list[0].Creator != tenancytest.UserID(t, "ann") || !list[0].Live(w.clock.now()) {
		t.Errorf("acme's keys: %+v, %v", list, err)
	}
	if _, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.globex.ID), "bhk_"+globexs.ID.String()); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Error(err)
	}

	if err := w.revocations.RevokeUser(t.Context(), w.acme.ID, tenancytest.UserID(t, "ann")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := keys.Create(t.Context(), admin, editorKey()); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("an admin who was revoked makes a key: %v", err)
	}
	if _, err := keys.Revoke(t.Context(), admin, made.ID); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("an admin who was revoked revokes a key: %v", err)
	}
}

// TestAPIKeysAreCounted: fifty live ones at most, however many are asked for at once, and as many
// that have ended.
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
		w.newKey(t, w.control, w.acme, apikey.Draft{Role: tenant.Viewer, Days: 1 + i%2})
	}
	var crowd sync.WaitGroup
	for i := range 8 {
		s := []*server{other, second}[i%2]
		admin := s.admin(t, w.control, w.acme)
		crowd.Go(func() {
			_, _, err := s.auth.APIKeys().Create(t.Context(), admin, editorKey())
			if err != nil && !errors.Is(err, tenant.ErrTooManyAPIKeys) && !errors.Is(err, tenant.ErrUnavailable) {
				t.Error(err)
			}
		})
	}
	crowd.Wait()
	for {
		_, _, err := w.auth.APIKeys().Create(t.Context(), w.admin(t, w.control, w.acme), editorKey())
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
	w.newKey(t, w.control, w.globex, editorKey())

	w.clock.advance(48 * time.Hour)
	w.poll(t)
	w.newKey(t, w.control, w.acme, editorKey())
	if live, ended := count(); live != 4 || ended != apikey.MaxKeys-3 {
		t.Errorf("two days on, %d live and %d ended", live, ended)
	}
	for range 6 {
		key, held := w.newKey(t, w.control, w.acme, editorKey())
		if _, err := w.auth.APIKeys().Revoke(t.Context(), w.admin(t, w.control, w.acme), key.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Error(err)
		}
	}
	w.newKey(t, w.control, w.acme, editorKey())
	if live, ended := count(); live != 5 || ended != apikey.MaxKeys {
		t.Errorf("at the end, %d live and %d ended", live, ended)
	}
}

// TestMadeUpKeysPushNothingOut: thousands of ids that are no key's leave bounded traces, and the
// good ones stay.
func TestMadeUpKeysPushNothingOut(t *testing.T) {
	w := newWorld(t)
	_, held := w.newKey(t, w.control, w.acme, editorKey())
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
		if err := enter(keytext.Make(id, secretOf(held))); !errors.Is(err, tenant.ErrUnauthenticated) {
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

// TestAPIKeysInTheDatabase: of the secret there is the digest, and nothing else; of the maker their
// id, and nothing else.
func TestAPIKeysInTheDatabase(t *testing.T) {
	w := newWorld(t)
	key, held := w.newKey(t, w.control, w.acme, apikey.Draft{Role: tenant.Viewer, Days: 30})
	doc, err := w.db.Collection("apikeys").Doc(key.ID.String()).Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	secret := held[len("bhk_")+17:]
	digest := sha256.Sum256([]byte(secret))
	want := map[string]any{
		"tenant": w.acme.ID.String(), "scopes": []any{"files:read", "people:read"}, "digest": digest[:], "created": key.Created,
		"creator": "ann", "expires": key.Created.Add(30 * 24 * time.Hour), "revoked": time.Time{},
	}
	if d := tenancytest.Diff(want, doc.Data()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if strings.Contains(fmt.Sprintf("%v %q", doc.Data(), doc.Data()), secret) {
		t.Error("the secret is stored")
	}

	// What this code did not write is a fault, and lets nobody in.
	for name, edit := range map[string]map[string]any{
		"no tenant": {"tenant": ""}, "no digest": {"digest": nil}, "no maker": {"creator": ""}, "no key as successor": {"successor": "x"},
		"a scope of a later version": {"scopes": []string{"files:read", "keys:write"}}, "a scope twice": {"scopes": []string{"files:read", "files:read"}},
		"neither role nor scopes": {"scopes": nil}, "both": {"role": "viewer"}, "an admin": {"scopes": nil, "role": "admin"},
		"a role of a later version": {"scopes": nil, "role": "auditor"},
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
	key, held := w.newKey(t, w.control, w.acme, editorKey())
	admin := w.admin(t, w.control, w.acme)
	p, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held)
	if err != nil {
		t.Fatal(err)
	}
	w.db.Close()
	_, _, create := w.auth.APIKeys().Create(t.Context(), admin, editorKey())
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

// TestFormerAPIKeys: a key that an earlier version made still opens its tenant. What that version
// kept of its name and its maker's address leaves the control plane with the next rewrite,
// whichever that is.
func TestFormerAPIKeys(t *testing.T) {
	w := newWorld(t)
	for name, rewrite := range map[string]func(tenancy.Principal, tenant.KeyID) error{
		"moving the name": func(p tenancy.Principal, id tenant.KeyID) error {
			return w.auth.APIKeys().Forget(t.Context(), p, id)
		},
		"revoking the key": func(p tenancy.Principal, id tenant.KeyID) error {
			_, err := w.auth.APIKeys().Revoke(t.Context(), p, id)
			return err
		},
		"revoking the tenant": func(p tenancy.Principal, _ tenant.KeyID) error {
			return w.revocations.RevokeTenant(t.Context(), p.Tenant())
		},
	} {
		t.Run(name, func(t *testing.T) {
			of := w.onboard(t, strings.ReplaceAll(name, " ", "-"), tenant.EU)
			key, held := w.newKey(t, w.control, of, editorKey())
			doc := w.db.Collection("apikeys").Doc(key.ID.String())
			if _, err := doc.Set(t.Context(), map[string]any{"name": "nightly", "creatorEmail": "ann@example.com"}, firestore.MergeAll); err != nil {
				t.Fatal(err)
			}
			if _, err := w.control.server(t).auth.Bearer(t.Context(), tenant.SelectID(of.ID), held); err != nil {
				t.Errorf("the key opens nothing: %v", err)
			}
			admin := w.admin(t, w.control, of)
			list, err := w.auth.APIKeys().List(t.Context(), admin)
			if want := (apikey.Former{Name: "nightly", Email: "ann@example.com"}); err != nil || len(list) != 1 || list[0].Former != want {
				t.Errorf("before: %+v, %v", list, err)
			}
			if err := rewrite(admin, key.ID); err != nil {
				t.Fatal(err)
			}
			got, err := doc.Get(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if text := fmt.Sprint(got.Data()); strings.Contains(text, "nightly") || strings.Contains(text, "ann@example.com") || strings.Contains(text, "creatorEmail") {
				t.Errorf("the control plane still holds %v", got.Data())
			}
		})
	}
}

// TestAKeysIDIsMadeOnce: a second key of the same id is refused, and the first stays as it is.
func TestAKeysIDIsMadeOnce(t *testing.T) {
	w := newWorld(t)
	admin, globexs := w.admin(t, w.control, w.acme), w.admin(t, w.control, w.globex)
	draft := editorKey()
	draft.ID = tenant.NewKeyID()
	_, held := w.newKey(t, w.control, w.acme, draft)
	for who, p := range map[string]tenancy.Principal{"acme": admin, "globex": globexs} {
		if key, secret, err := w.auth.APIKeys().Create(t.Context(), p, draft); !errors.Is(err, tenant.ErrAPIKeyExists) || secret != (apikey.SecretKey{}) {
			t.Errorf("%s makes it again: %v, %v", who, key, err)
		}
	}
	if _, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held); err != nil {
		t.Errorf("the first: %v", err)
	}
}
