// Package displayname says which names people may give to things and to each other: any that they
// can see and that reads as what it is. What a script or a pictogram needs beside its letters is
// taken: joiners, soft hyphens, marks of direction, selectors, and the tags that flags of regions
// are made of.
package displayname

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// ErrNothing reports a name that shows as nothing.
var ErrNothing = errors.New("displayname: shows as nothing")

// ErrEncoding reports a name that is not UTF-8.
var ErrEncoding = errors.New("displayname: not UTF-8")

// RuneError reports a character that no name has.
type RuneError struct{ Rune rune }

// Error implements error. It does not repeat the character itself.
func (e *RuneError) Error() string { return "displayname: has " + Describe(e.Rune) }

// Check returns nil for a name that can be shown, else ErrEncoding, a *RuneError for its first
// character that no name has, or ErrNothing. It sets no limit to the length.
func Check(s string) error {
	if !utf8.ValidString(s) {
		return ErrEncoding
	}
	shows := false
	for _, r := range s {
		if refused(r) {
			return &RuneError{r}
		}
		shows = shows || visible(r)
	}
	if !shows {
		return ErrNothing
	}
	return nil
}

// Describe names a character for people: in words where it has some, and by its number.
func Describe(r rune) string {
	switch r {
	case '\n', '\r':
		return "a line break"
	case '\t':
		return "a tab"
	case '/':
		return "a slash (/)"
	case '\\':
		return `a backslash (\)`
	}
	what := "the character"
	switch {
	case unicode.IsControl(r):
		what = "the control character"
	case unicode.In(r, unicode.Zl, unicode.Zp):
		what = "the line separator"
	case turns(r):
		what = "the invisible character that turns text around,"
	}
	return fmt.Sprintf("%s U+%04X", what, r)
}

// refused holds for controls, separators of lines, overrides of direction, and what Unicode says is
// no character.
func refused(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point) || turns(r)
}

// turns holds for the embeddings, overrides and isolates of Unicode's bidirectional algorithm,
// which make a name read as another, and for the deprecated formats beside them. The plain marks of
// direction turn nothing that is not theirs.
func turns(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u206f'
}

const brailleBlank = '\u2800'

// visible holds for what leaves ink on its own.
func visible(r rune) bool {
	if unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
		return true
	}
	return r != brailleBlank && !unicode.In(r, unicode.White_Space, unicode.Cf, unicode.Variation_Selector,
		unicode.Other_Default_Ignorable_Code_Point)
}
