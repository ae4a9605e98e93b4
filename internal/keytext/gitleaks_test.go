package keytext_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bulkhead-saas/bulkhead/internal/keytext"
)

// TestGitleaksRule: the expression of docs/gitleaks.toml finds what Find does. `make gitleaks`
// holds the file against gitleaks' own engine.
func TestGitleaksRule(t *testing.T) {
	file, err := os.ReadFile("../../docs/gitleaks.toml")
	if err != nil {
		t.Fatal(err)
	}
	stated := regexp.MustCompile(`(?m)^regex = '''(.+)'''$`).FindAllSubmatch(file, -1)
	if len(stated) != 1 {
		t.Fatalf("%d expressions", len(stated))
	}
	rule := regexp.MustCompile(string(stated[0][1]))
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.OneOf(rapid.Custom(func(t *rapid.T) string { _, text := made(t); return text }),
			rapid.StringMatching(`bhk_[a-z2-7]{15,17}_[a-z2-7]{30,41}`), rapid.StringMatching(`[a-z0-9_ ]{0,9}`))
		text := rapid.Custom(func(t *rapid.T) string { return piece.Draw(t, "piece") + "." + piece.Draw(t, "next") }).Draw(t, "text")
		var want, got []int
		for f := range keytext.Find([]byte(text)) {
			want = append(want, f.Start)
		}
		for _, at := range rule.FindAllStringIndex(text, -1) {
			got = append(got, at[0])
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%q (-Find +rule):\n%s", text, d)
		}
	})
}
