package keys_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/keys"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		shell := viewtest.Shell(text, keys.Section())
		live := keys.Key{ID: text, Name: text, Role: text, By: text, At: viewtest.Noon(), State: "live"}
		expired, revoked := live, live
		expired.Expires, expired.State = viewtest.Noon(), "expired"
		revoked.Expires, revoked.Revoked, revoked.State = viewtest.Noon(), viewtest.Noon(), "revoked"
		list := keys.List{Keys: []keys.Key{live, expired, revoked}, Made: keys.MadeKey{Name: text, Secret: text}}
		refused := keys.List{New: keys.NewKey{Name: text, Role: text, Days: text, Once: text, Error: text}}
		return []viewtest.Sample{
			{Name: "keys", Component: keys.Page(shell, list)},
			{Name: "keys empty", Component: keys.Page(shell, keys.List{})},
			{Name: "keys refused", Component: keys.Page(shell, refused)},
			{Name: "revoke a key", Component: keys.RevokePage(shell, live)},
		}
	})
}
