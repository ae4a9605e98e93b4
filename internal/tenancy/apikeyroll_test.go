package tenancy_test

import (
	"errors"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/apikey"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestRolledAPIKey: the new key has the settings of the old one. The old one goes on for the
// overlap, and then ends in both processes, at the door and in use.
func TestRolledAPIKey(t *testing.T) {
	for _, overlap := range []time.Duration{0, time.Hour, apikey.MaxOverlap} {
		t.Run(overlap.String(), func(t *testing.T) {
			w := newWorld(t)
			other := w.control.server(t)
			scopes := tenant.ScopeFilesWrite | tenant.ScopePeopleRead
			old, oldHeld := w.newKey(t, w.control, w.acme, apikey.Draft{Scopes: scopes, Days: 90})
			enter := func(s *server, held string) (tenancy.Principal, error) {
				t.Helper()
				return s.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held)
			}
			kept := map[string]tenancy.Principal{}
			for name, s := range map[string]*server{"one": w.server, "other": other} {
				p, err := enter(s, oldHeld)
				if err != nil {
					t.Fatal(err)
				}
				kept[name] = p
			}
			w.clock.advance(time.Minute)
			w.poll(t)
			for _, s := range []*server{w.server, other} { // both have just looked at it
				if _, err := enter(s, oldHeld); err != nil {
					t.Fatal(err)
				}
			}
			key, secret, err := w.auth.APIKeys().Roll(t.Context(), w.admin(t, w.control, w.acme), apikey.Rolling{Old: old.ID, Overlap: overlap})
			if err != nil {
				t.Fatal(err)
			}
			if key.ID == old.ID || key.Scopes != scopes || key.Role != old.Role || key.Expires.Sub(key.Created) != 90*24*time.Hour || !key.Successor.IsZero() {
				t.Errorf("the new key: %+v, of %+v", key, old)
			}
			if _, err := enter(other, secret.Reveal()); err != nil {
				t.Errorf("the new key in the other process: %v", err)
			}
			list, err := w.auth.APIKeys().List(t.Context(), w.admin(t, w.control, w.acme))
			if err != nil || len(list) != 2 || list[1].ID != old.ID || list[1].Successor != key.ID || !list[1].Expires.Equal(key.Created.Add(overlap)) {
				t.Errorf("the list: %+v, %v", list, err)
			}
			if _, err := enter(w.server, oldHeld); (err == nil) != (overlap > 0) {
				t.Errorf("the old key where it was rolled: %v", err)
			}
			if err := kept["one"].Check(t.Context()); (err == nil) != (overlap > 0) {
				t.Errorf("the old key in use where it was rolled: %v", err)
			}
			if overlap > 0 {
				w.clock.advance(overlap - 5*time.Second)
				w.poll(t)
				for name, s := range map[string]*server{"one": w.server, "other": other} {
					if _, err := enter(s, oldHeld); err != nil || kept[name].Check(t.Context()) != nil {
						t.Errorf("the old key within the overlap, in %s: %v, %v", name, err, kept[name].Check(t.Context()))
					}
				}
			}
			w.clock.advance(5 * time.Second)
			w.poll(t)
			for name, s := range map[string]*server{"one": w.server, "other": other} {
				if _, err := enter(s, oldHeld); !errors.Is(err, tenant.ErrUnauthenticated) {
					t.Errorf("the old key at its end, in %s: %v, want ErrUnauthenticated", name, err)
				}
				if err := kept[name].Check(t.Context()); !errors.Is(err, tenant.ErrUnauthenticated) {
					t.Errorf("the old key in use at its end, in %s: %v, want ErrUnauthenticated", name, err)
				}
			}
			if _, err := enter(other, secret.Reveal()); err != nil {
				t.Errorf("the new key afterwards: %v", err)
			}
		})
	}
}

// TestWhatCannotBeRolled, and who rolls nothing.
func TestWhatCannotBeRolled(t *testing.T) {
	w := newWorld(t)
	keys, admin := w.auth.APIKeys(), w.admin(t, w.control, w.acme)
	roll := func(p tenancy.Principal, id tenant.KeyID, overlap time.Duration) (apikey.Key, error) {
		key, secret, err := keys.Roll(t.Context(), p, apikey.Rolling{Old: id, Overlap: overlap})
		if err != nil && secret != (apikey.SecretKey{}) {
			t.Error("a refusal comes with a secret")
		}
		return key, err
	}
	old, held := w.newKey(t, w.control, w.acme, apikey.Draft{Role: tenant.Viewer, Days: 30})
	byKey, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held)
	if err != nil {
		t.Fatal(err)
	}
	editor, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), w.issuer.Exchanged(w.acme, "bob", tenant.Editor))
	if err != nil {
		t.Fatal(err)
	}
	for who, p := range map[string]tenancy.Principal{"nobody": {}, "an editor": editor, "the key itself": byKey} {
		if _, err := roll(p, old.ID, 0); !errors.Is(err, tenant.ErrForbidden) {
			t.Errorf("%s rolls: %v, want ErrForbidden", who, err)
		}
	}
	globexs, _ := w.newKey(t, w.control, w.globex, editorKey())
	revoked, _ := w.newKey(t, w.control, w.acme, editorKey())
	if _, err := keys.Revoke(t.Context(), admin, revoked.ID); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		id      tenant.KeyID
		overlap time.Duration
		want    error
	}{
		"globex's": {globexs.ID, 0, tenant.ErrNoAPIKey}, "a missing": {tenant.NewKeyID(), 0, tenant.ErrNoAPIKey}, "no": {tenant.KeyID{}, 0, tenant.ErrNoAPIKey},
		"a revoked": {revoked.ID, time.Hour, tenant.ErrAPIKeyEnded}, "a live, for eight days": {old.ID, 8 * 24 * time.Hour, tenant.ErrInvalid},
		"a live, for less than nothing": {old.ID, -time.Second, tenant.ErrInvalid},
	} {
		if _, err := roll(admin, c.id, c.overlap); !errors.Is(err, c.want) {
			t.Errorf("acme's admin rolls %s key: %v, want %v", what, err, c.want)
		}
	}
	next, err := roll(admin, old.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := roll(admin, old.ID, time.Hour); !errors.Is(err, tenant.ErrAPIKeyRolled) {
		t.Errorf("rolling twice: %v, want ErrAPIKeyRolled", err)
	}
	// Where the new key was revoked, nothing follows the old one any more: it is rolled again, for
	// as long as it was made for.
	if _, err := keys.Revoke(t.Context(), admin, next.ID); err != nil {
		t.Fatal(err)
	}
	again, err := roll(admin, old.ID, apikey.MaxOverlap)
	if err != nil || again.Expires.Sub(again.Created) != 30*24*time.Hour {
		t.Errorf("rolled again: %+v, %v", again, err)
	}
	list, err := keys.List(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list {
		if k.ID == old.ID && k.Expires.After(next.Created.Add(time.Hour)) {
			t.Errorf("the end has moved to a later time: %v", k.Expires)
		}
	}
	w.clock.advance(time.Hour)
	w.poll(t)
	if _, err := roll(w.admin(t, w.control, w.acme), old.ID, 0); !errors.Is(err, tenant.ErrAPIKeyEnded) {
		t.Errorf("an expired key is rolled: %v, want ErrAPIKeyEnded", err)
	}
}

// TestRollingCounts: a tenant at its limit rolls a key at once, and not with an overlap in which it
// would have one too many.
func TestRollingCounts(t *testing.T) {
	w := newWorld(t)
	var last apikey.Key
	for range apikey.MaxKeys {
		last, _ = w.newKey(t, w.control, w.acme, editorKey())
	}
	for _, c := range []struct {
		overlap time.Duration
		want    error
	}{{time.Hour, tenant.ErrTooManyAPIKeys}, {0, nil}} {
		_, _, err := w.auth.APIKeys().Roll(t.Context(), w.admin(t, w.control, w.acme), apikey.Rolling{Old: last.ID, Overlap: c.overlap})
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("with an overlap of %v: %v, want %v", c.overlap, err, c.want)
		}
	}
}
