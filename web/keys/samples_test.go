package keys_test

import (
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/web/keys"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		shell := viewtest.Shell(text, keys.Section())
		live := keys.Key{ID: text, Name: text, By: text, At: viewtest.Noon(), State: "live"}
		live.Access, live.LastUsed, live.LastAddress = []string{text, text}, viewtest.Noon(), text
		expired, revoked, soon := live, live, live
		soon.Expires, soon.Left, soon.Replaced = viewtest.Noon(), 50*time.Hour, true
		expired.Expires, expired.State = viewtest.Noon(), "expired"
		revoked.Expires, revoked.Revoked, revoked.State = viewtest.Noon(), viewtest.Noon(), "revoked"
		list := keys.List{Keys: []keys.Key{live, soon, expired, revoked}, Made: keys.MadeKey{Name: text, Secret: text, Old: text}}
		refused := keys.List{New: keys.NewKey{
			Name: text, Access: map[string]string{"files": text}, Days: text, Once: text, Error: text,
		}}
		return []viewtest.Sample{
			{Name: "keys", Component: keys.Page(shell, list)},
			{Name: "keys empty", Component: keys.Page(shell, keys.List{})},
			{Name: "keys refused", Component: keys.Page(shell, refused)},
			{Name: "roll a key", Component: keys.RollPage(shell, live)},
			{Name: "revoke a key", Component: keys.RevokePage(shell, live)},
		}
	})
}
