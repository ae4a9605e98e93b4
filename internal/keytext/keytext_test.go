package keytext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bulkhead-saas/bulkhead/internal/keytext"
)

const (
	id     = "abcdefghij234567"
	secret = "abcdefghijklmnopqrstuvwxyz234567"
	old    = "bhk_" + id + "_" + secret

	// The CRC-32 of old is 0x4cf35422, by Python's zlib.
	whole = old + "jtzviiq"
)

// TestMake: the text of a key stays what it is, for keys are kept for years.
func TestMake(t *testing.T) {
	if got := keytext.Make(id, secret); got != whole {
		t.Errorf("made %s, want %s", got, whole)
	}
}

func TestParse(t *testing.T) {
	type parsed struct {
		ID, Secret string
		OK         bool
	}
	good := func(secret string) parsed { return parsed{id, secret, true} }
	for name, tt := range map[string]struct {
		text string
		want parsed
	}{
		"with a checksum":     {whole, good(whole[len("bhk_")+17:])},
		"older":               {old, good(secret)},
		"nothing":             {"", parsed{}},
		"the prefix":          {"bhk_", parsed{}},
		"its id":              {old[:21], parsed{}},
		"no underscore":       {"bhk_" + id + "a" + secret, parsed{}},
		"in capitals":         {strings.ToUpper(whole), parsed{}},
		"another prefix":      {"bhx_" + whole[4:], parsed{}},
		"cut by one":          {whole[:len(whole)-1], parsed{}},
		"longer by one":       {whole + "a", parsed{}},
		"a line break":        {whole + "\n", parsed{}},
		"something before":    {" " + whole, parsed{}},
		"older, longer":       {old + "a", parsed{}},
		"older, shorter":      {old[:len(old)-1], parsed{}},
		"a wrong checksum":    {old + "aaaaaaa", parsed{}},
		"a digit of no key":   {"bhk_" + id[1:] + "1_" + secret, parsed{}},
		"a letter of another": {"bhk_" + id + "_ａ" + secret[3:], parsed{}},
		"another's checksum":  {"bhk_" + strings.Repeat("a", 16) + "_" + secret + whole[len(old):], parsed{}},
	} {
		var got parsed
		got.ID, got.Secret, got.OK = keytext.Parse(tt.text)
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %q (-want +got):\n%s", name, tt.text, d)
		}
	}
}

func TestFind(t *testing.T) {
	bent := old + "aaaaaaa"
	found := func(start, length int, c keytext.Checksum) keytext.Found {
		return keytext.Found{ID: id, Start: start, End: start + length, Checksum: c}
	}
	for name, tt := range map[string]struct {
		text string
		want []keytext.Found
	}{
		"nothing":                        {"", nil},
		"a text about keys":              {"A key begins with bhk_ and its id, as in bhk_" + id + "_…", nil},
		"alone":                          {whole, []keytext.Found{found(0, 60, keytext.Holds)}},
		"in a line":                      {`key: "` + whole + `",`, []keytext.Found{found(6, 60, keytext.Holds)}},
		"letters around it":              {"xyz" + whole + "xyz", []keytext.Found{found(3, 60, keytext.Holds)}},
		"underscores around":             {"_" + whole + "_", []keytext.Found{found(1, 60, keytext.Holds)}},
		"older":                          {"k=" + old + "&", []keytext.Found{found(2, 53, keytext.Absent)}},
		"older, at an end":               {old, []keytext.Found{found(0, 53, keytext.Absent)}},
		"a wrong checksum":               {bent, []keytext.Found{found(0, 60, keytext.Wrong)}},
		"letters behind an old":          {old + "and so on", []keytext.Found{found(0, 56, keytext.Wrong)}},
		"cut":                            {old[:52], nil},
		"a wrong id":                     {"bhk_" + id[:15] + "1_" + secret, nil},
		"the beginning of one before it": {"bhk_aaaaaaaaaaaaa" + whole, []keytext.Found{found(17, 60, keytext.Holds)}},
		"three in a line": {whole + whole + "bhk_" + old, []keytext.Found{
			found(0, 60, keytext.Holds), found(60, 60, keytext.Holds), found(124, 53, keytext.Absent)}},
		"two that share letters": {old[:50] + old, []keytext.Found{found(0, 53, keytext.Absent), found(50, 53, keytext.Absent)}},
	} {
		var got []keytext.Found
		for f := range keytext.Find([]byte(tt.text)) {
			got = append(got, f)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %q (-want +got):\n%s", name, tt.text, d)
		}
	}
}

func TestRedact(t *testing.T) {
	const shown = "bhk_" + id + "_…"
	for text, want := range map[string]string{
		"":                                "",
		"no key":                          "no key",
		whole:                             shown,
		"a/" + whole + "/" + old + ".txt": "a/" + shown + "/" + shown + ".txt",
		old + "aaaaaaa":                   shown,
	} {
		if got := keytext.Redact(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

// made draws a key with its checksum.
func made(t *rapid.T) (id, text string) {
	id = rapid.StringMatching(`[a-z2-7]{16}`).Draw(t, "id")
	return id, keytext.Make(id, rapid.StringMatching(`[a-z2-7]{32}`).Draw(t, "secret"))
}

// TestFindsWhatIsMade: in any surroundings, of keys' own letters too.
func TestFindsWhatIsMade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id, text := made(t)
		around := rapid.OneOf(rapid.String(), rapid.StringMatching(`(bhk_|[a-z2-7]|_|\n){0,80}`))
		before, after := around.Draw(t, "before"), around.Draw(t, "after")
		want := keytext.Found{ID: id, Start: len(before), End: len(before) + len(text), Checksum: keytext.Holds}
		for f := range keytext.Find([]byte(before + text + after)) {
			if f == want {
				return
			}
		}
		t.Fatalf("%q is not found between %q and %q", text, before, after)
	})
}

// TestOneChangedCharacter: it is never a key's, and never one whose checksum holds.
func TestOneChangedCharacter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, text := made(t)
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		changed := rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte(secret))).Filter(func(b byte) bool { return b != text[at] }).Draw(t, "byte")
		bent := text[:at] + string([]byte{changed}) + text[at+1:]
		if id, _, ok := keytext.Parse(bent); ok {
			t.Fatalf("%q is taken for the key %s", bent, id)
		}
		for f := range keytext.Find([]byte(bent)) {
			if f.Checksum == keytext.Holds {
				t.Fatalf("the checksum of %q holds", bent)
			}
		}
	})
}
