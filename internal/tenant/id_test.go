package tenant_test

import (
	"encoding"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"pgregory.net/rapid"
)

// hostile are values that no parser of a name may take: paths, queries, escapes, look-alikes,
// control bytes.
var hostile = []string{
	"", " ", ".", "..", "/", "mine/../B", "B/accounts:lookup?x=", "B#", "a%2fB", "%41cme", "acme\x00", "acme\n", "acme\t",
	" acme", "acme ", "acme,globex", "acme;", "a:b", "ａｃｍｅ", "асме", "acmé", "acme\u200b", "acme/", "\\acme", "'acme'", "acme.example",
	strings.Repeat("a", 4096), "tn-0123456789\n", "tn-0123456789/", "tn-012345678９",
}

func TestParseID(t *testing.T) {
	for _, good := range []string{"tn-xyz9876543", "tn-0000000000", "tn-abcdefghij"} {
		if id, err := tenant.ParseID(good); err != nil || id.String() != good {
			t.Errorf("ParseID(%q) = %v, %v", good, id, err)
		}
	}
	bad := append([]string{
		"tn-", "tn-xyz987654", "tn-xyz98765432", "TN-xyz9876543", "tn-XYZ9876543", "tn_xyz9876543", "tn-xyz987654-",
		"xtn-xyz987654", "tn-xyz987 543",
	}, hostile...)
	for _, s := range bad {
		if id, err := tenant.ParseID(s); !errors.Is(err, tenant.ErrInvalid) || !id.IsZero() {
			t.Errorf("ParseID(%q) = %v, %v; want ErrInvalid", s, id, err)
		}
	}
}

func TestNewID(t *testing.T) {
	seen := map[tenant.ID]bool{}
	for range 10_000 {
		id := tenant.NewID()
		if parsed, err := tenant.ParseID(id.String()); err != nil || parsed != id {
			t.Fatalf("ParseID(NewID() = %q) = %v, %v", id, parsed, err)
		}
		if seen[id] {
			t.Fatalf("NewID gave %v twice", id)
		}
		seen[id] = true
	}
}

func TestParseSlug(t *testing.T) {
	for _, good := range []string{"acme", "abc", "a-1", "acme-2-go", "tn-short", "tn-elevenchars", strings.Repeat("a", 32)} {
		if slug, err := tenant.ParseSlug(good); err != nil || slug.String() != good {
			t.Errorf("ParseSlug(%q) = %v, %v", good, slug, err)
		}
	}
	bad := append([]string{
		"ab", "1acme", "-acme", "acme-", "Acme", "ac_me", strings.Repeat("a", 33), "admin", "api", "www", "tn-xyz9876543",
	}, hostile...)
	for _, s := range bad {
		if slug, err := tenant.ParseSlug(s); !errors.Is(err, tenant.ErrInvalid) || !slug.IsZero() {
			t.Errorf("ParseSlug(%q) = %v, %v; want ErrInvalid", s, slug, err)
		}
	}
}

func TestParseUserID(t *testing.T) {
	for _, good := range []string{"a", "uD7s_9-Zz", "__", "___", "__x", "x__", strings.Repeat("Z", 128)} {
		if u, err := tenant.ParseUserID(good); err != nil || u.String() != good {
			t.Errorf("ParseUserID(%q) = %v, %v", good, u, err)
		}
	}
	for _, s := range []string{
		"", " ", ".", "..", "a/b", "a.b", "a b", "a\x00", "ü", "ａ", "a%2fb", "____", "__x__", "__id7__", strings.Repeat("a", 129),
	} {
		if u, err := tenant.ParseUserID(s); !errors.Is(err, tenant.ErrInvalid) || !u.IsZero() {
			t.Errorf("ParseUserID(%q) = %v, %v; want ErrInvalid", s, u, err)
		}
	}
}

// TestParsersRoundTrip: whatever a parser takes it gives back byte for byte, and it takes only what
// is safe in a path, a query, a resource name and a log line.
func TestParsersRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`[a-z][a-z0-9-]{0,40}`),
			rapid.StringMatching(`tn-[a-z0-9]{9,11}`),
			rapid.StringMatching(`[A-Za-z0-9_-]{1,130}`),
		).Draw(t, "s")
		id, idErr := tenant.ParseID(s)
		slug, slugErr := tenant.ParseSlug(s)
		user, userErr := tenant.ParseUserID(s)
		for _, parsed := range []struct {
			s   string
			err error
		}{{id.String(), idErr}, {slug.String(), slugErr}, {user.String(), userErr}} {
			switch {
			case parsed.err != nil && parsed.s != "":
				t.Fatalf("refused, yet %q came back", parsed.s)
			case parsed.err != nil:
			case parsed.s != s:
				t.Fatalf("took %q, gave %q", s, parsed.s)
			case strings.ContainsAny(s, "/\\.:%?#&=,; \t\r\n\x00"):
				t.Fatalf("took %q", s)
			}
		}
		if idErr == nil && slugErr == nil {
			t.Fatalf("%q is an ID and a Slug", s)
		}
		roundTrip(t, id, new(tenant.ID), idErr)
		roundTrip(t, slug, new(tenant.Slug), slugErr)
		roundTrip(t, user, new(tenant.UserID), userErr)
	})
}

// roundTrip takes v through its text form, and the zero value to a refusal.
func roundTrip[T interface {
	comparable
	encoding.TextMarshaler
}, P interface {
	*T
	encoding.TextUnmarshaler
}](t *rapid.T, v T, back P, refused error) {
	text, err := v.MarshalText()
	if refused != nil {
		if !errors.Is(err, tenant.ErrInvalid) {
			t.Fatalf("the zero value marshals as %q, %v", text, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := back.UnmarshalText(text); err != nil || *back != v {
		t.Fatalf("%q came back as %v, %v", text, *back, err)
	}
}

func TestUnmarshalKeepsTheOldValueOnError(t *testing.T) {
	id := tenant.NewID()
	before := id
	if err := json.Unmarshal([]byte(`"tn-../../x"`), &id); !errors.Is(err, tenant.ErrInvalid) {
		t.Errorf("err = %v, want ErrInvalid", err)
	}
	if id != before {
		t.Errorf("id = %v, want %v", id, before)
	}
}
