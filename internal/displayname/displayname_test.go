package displayname_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/displayname"
)

// tags are the invisible letters that follow a black flag.
func tags(s string) string {
	return strings.Map(func(r rune) rune { return 0xe0000 + r }, s) + "\U000e007f"
}

func TestCheckTakesOrdinaryNames(t *testing.T) {
	for what, name := range map[string]string{
		"plain":                "Ada Lovelace",
		"a soft hyphen":        "Donau\u00addampf\u00adschiff",
		"the flag of Scotland": "\U0001f3f4" + tags("gbsct"),
		"joined pictograms":    "👩\u200d🚀",
		"a selector":           "❤\ufe0f",
		"Persian":              "می\u200cخواهم",
		"Hebrew, with a mark":  "\u200fשלום\u200e",
		"Arabic letter mark":   "\u061cسلام",
		"a no-break space":     "10\u00a0km",
		"an ideographic space": "山田\u3000太郎",
		"a zero width space":   "long\u200bname",
		"a word joiner":        "a\u2060b",
		"a mark for bytes":     "\ufeffa",
		"Apple's own":          "\uf8ff.txt",
		"of a later Unicode":   "\U0001faea.png",
		"a replacement":        "a\ufffdb",
		"an Arabic number":     "\u0600",
		"a mark alone":         "\u0301",
	} {
		if err := displayname.Check(name); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestCheckSaysWhichCharacter(t *testing.T) {
	for r, want := range map[rune]string{
		'\n': "a line break", '\r': "a line break", '\t': "a tab", 0: "the control character U+0000", 0x7f: "the control character U+007F",
		0x85: "the control character U+0085", 0x9b: "the control character U+009B",
		0x2028: "the line separator U+2028", 0x2029: "the line separator U+2029",
		0x202a: "turns text around, U+202A", 0x202e: "turns text around, U+202E", 0x2066: "turns text around, U+2066",
		0x2069: "turns text around, U+2069", 0x206e: "U+206E", 0xfffe: "U+FFFE", 0xfdd0: "U+FDD0", 0x1ffff: "U+1FFFF",
	} {
		err := displayname.Check("a" + string(r) + "b")
		character, ok := errors.AsType[*displayname.RuneError](err)
		if !ok || character.Rune != r || !strings.Contains(err.Error(), want) || strings.ContainsRune(err.Error(), r) {
			t.Errorf("U+%04X: %v, want %s", r, err, want)
		}
	}
	if err := displayname.Check("a\xff"); !errors.Is(err, displayname.ErrEncoding) {
		t.Errorf("not UTF-8: %v", err)
	}
}

func TestCheckRefusesNamesThatShowAsNothing(t *testing.T) {
	for _, name := range []string{
		"", " ", "\u00a0", "\u3000", "\u00ad", "\u200b", "\u200c\u200d", "\u2060", "\ufeff", "\u2800", "\u3164", "\u115f\u1160", "\uffa0",
		"\u034f", "\ufe0f", "\U000e0100", "\u180e", "\u17b4", tags("gbsct"), " \u200b\u00ad ",
	} {
		if err := displayname.Check(name); !errors.Is(err, displayname.ErrNothing) {
			t.Errorf("%+q: %v", name, err)
		}
	}
}
