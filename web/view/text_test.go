package view_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/view"
)

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1 kB", 1049: "1 kB", 1050: "1.1 kB", 9949: "9.9 kB", 9950: "10 kB", 999_499: "999 kB",
		999_500: "1 MB", 4_213_555: "4.2 MB", 32_000_000: "32 MB", 5_000_000_000: "5 GB", 7_100_000_000_000_000: "7100 TB",
	} {
		if got := view.Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Ada Lovelace": "AL", "ada": "A", "élodie de la tour": "ÉD", "ada@acme.example": "A", "ada.lovelace@acme.example": "AL", "O'Neill Ann": "OA", "": "", "--": "", "山田 太郎": "山太",
	} {
		if got := view.Initials(name); got != want {
			t.Errorf("Initials(%q) = %q, want %q", name, got, want)
		}
	}
}

// A flag depends on the slug alone, and the flags of the two seeded workspaces differ in colour and
// in shape.
func TestFlag(t *testing.T) {
	for slug, want := range map[string]string{"acme": "tone-6", "globex": "tone-2"} {
		if got := view.FlagClass(slug); got != want {
			t.Errorf("FlagClass(%q) = %q, want %q", slug, got, want)
		}
	}
	if view.FlagImage("acme") == view.FlagImage("globex") {
		t.Error("acme and globex fly the same flag")
	}
}
