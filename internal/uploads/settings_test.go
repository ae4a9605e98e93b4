package uploads_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

func TestSettings(t *testing.T) { vendingtest.EachIsolation(t, testSettings) }

func testSettings(t *testing.T, w *vendingtest.World) {
	admin, editor, globex := sit(t, w, w.Acme.Admin), sit(t, w, w.Acme.Editor), sit(t, w, w.Globex.Admin)
	var now uploads.Settings
	set := func(t *testing.T, s uploads.Settings) {
		t.Helper()
		var err error
		if now, err = admin.SetSettings(t.Context(), now.Version, s, uploads.MaxSize); err != nil {
			t.Fatal(err)
		}
	}
	clean := editor.store(t, "before.txt", "12345")

	t.Run("nothing is demanded at first", func(t *testing.T) {
		s, err := editor.Settings(t.Context())
		if diff := cmp.Diff(uploads.Settings{}, s); err != nil || diff != "" {
			t.Errorf("%v, (-want +got):\n%s", err, diff)
		}
	})
	t.Run("loosening is refused", func(t *testing.T) {
		for _, s := range []uploads.Settings{
			{MaxSize: -1}, {MaxSize: 101}, {Types: []string{"text/html"}}, {Types: []string{"image/svg+xml"}}, {Types: []string{""}},
		} {
			if _, err := admin.SetSettings(t.Context(), 0, s, 100); !errors.Is(err, uploads.ErrInvalid) {
				t.Errorf("%+v: %v", s, err)
			}
		}
	})
	t.Run("an editor sets nothing", func(t *testing.T) {
		if _, err := editor.SetSettings(t.Context(), 0, uploads.Settings{}, 100); !errors.Is(err, uploads.ErrForbidden) {
			t.Error(err)
		}
	})
	t.Run("no change without an entry of the audit", func(t *testing.T) {
		_, err := admin.grant.Database().Collection("settings").Doc("files").Set(t.Context(), map[string]any{"maxSize": 1})
		if !errors.Is(err, vending.ErrDenied) {
			t.Error(err)
		}
	})
	set(t, uploads.Settings{MaxSize: 5, Types: []string{"text/plain", "image/png", "text/plain"}})
	t.Run("they are kept, in order, and somebody slower is told", func(t *testing.T) {
		got, err := editor.Settings(t.Context())
		want := uploads.Settings{MaxSize: 5, Types: []string{"image/png", "text/plain"}, Version: 1, Changed: now.Changed}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v, (-want +got):\n%s", err, diff)
		}
		if _, err := admin.SetSettings(t.Context(), 0, uploads.Settings{}, 100); !errors.Is(err, tenant.ErrStale) {
			t.Error(err)
		}
	})
	t.Run("a file is held to them before a byte is sent", func(t *testing.T) {
		for name, tt := range map[string]struct {
			size int64
			kind string
			want error
		}{
			"as large as may be":  {5, "text/plain; charset=utf-8", nil},
			"larger":              {6, "text/plain", uploads.ErrTooLarge},
			"of another type":     {1, "application/pdf", uploads.ErrInvalid},
			"of no type":          {1, "", uploads.ErrInvalid},
			"of a type that runs": {1, "text/html", uploads.ErrInvalid},
		} {
			_, signed, err := editor.Create(t.Context(), uploads.Intent{Name: "a", Size: tt.size, ContentType: tt.kind}, nil)
			if !errors.Is(err, tt.want) {
				t.Errorf("%s: %v", name, err)
			}
			if tt.want != nil {
				continue
			}
			size := strconv.FormatInt(tt.size, 10)
			if h := signed.Headers; h["x-goog-content-length-range"] != size+","+size || h["Content-Type"] != "text/plain" {
				t.Errorf("%s: signed is %v", name, h)
			}
		}
	})
	t.Run("another tenant's files are not", func(t *testing.T) {
		if _, _, err := globex.Create(t.Context(), uploads.Intent{Name: "a", Size: 6}, nil); err != nil {
			t.Error(err)
		}
	})
	set(t, uploads.Settings{OnlyInspected: true})
	t.Run("what is not known to be clean is withheld, for whatever reason", func(t *testing.T) {
		ref := admin.grant.Database().Collection("uploads").Doc(clean.ID.String())
		for _, tt := range []struct {
			step, verdict string
			want          error
		}{
			{"", "", uploads.ErrWithheld},
			{"inspecting", "", uploads.ErrWithheld},
			{"failed", "", uploads.ErrWithheld},
			{"refused", "", uploads.ErrWithheld},
			{"done", "harmful", uploads.ErrWithheld},
			{"done", "uninspected", uploads.ErrWithheld},
			{"done", "clean", nil},
		} {
			if tt.step != "" {
				_, err := ref.Update(t.Context(), []firestore.Update{
					{Path: "inspection", Value: map[string]any{"attempt": 1, "step": tt.step, "verdict": tt.verdict, "at": clean.Stored}},
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			for _, knowing := range []bool{false, true} {
				if _, err := editor.Download(t.Context(), clean.ID, knowing); !errors.Is(err, tt.want) {
					t.Errorf("%q %q, knowing %v: %v", tt.step, tt.verdict, knowing, err)
				}
			}
			if _, err := editor.Preview(t.Context(), clean.ID); !errors.Is(err, tt.want) && !(tt.verdict == "harmful" && errors.Is(err, uploads.ErrNotFound)) {
				t.Errorf("%q %q is shown within a page: %v", tt.step, tt.verdict, err)
			}
		}
	})
	t.Run("settings that cannot be read are not none", func(t *testing.T) {
		entry := audit.Entry{Action: "settings.files", Kind: "settings", ID: "files"}
		err := audit.Of(admin.grant).Change(t.Context(), entry, func(_ context.Context, tx *firestore.Transaction, _ *audit.Entry) error {
			return tx.Set(admin.grant.Database().Collection("settings").Doc("files"), map[string]any{"maxSize": "many"})
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := editor.Create(t.Context(), uploads.Intent{Name: "a", Size: 1}, nil); err == nil {
			t.Error("a file is announced")
		}
		if _, err := editor.Download(t.Context(), clean.ID, true); err == nil {
			t.Error("a file is given out")
		}
		_, err = editor.Preview(t.Context(), clean.ID)
		want(t, "showing a file within a page", err, uploads.ErrSettings)
	})
}
