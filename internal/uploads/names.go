package uploads

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	// maxKey bounds what is stored to order files by name, in bytes. A compatibility form can be
	// many times as long as the name.
	maxKey = 1000
	// maxWords is how many words of a name can be found.
	maxWords = 12
	// maxBeginning is the length of the longest beginning of a word that is stored, in characters.
	maxBeginning = 16
)

// folded returns s as names are compared: two forms of one letter are the same.
func folded(s string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
}

// wordsIn returns the words of s: runs of letters, digits and marks.
func wordsIn(s string) []string {
	return strings.FieldsFunc(folded(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
}

// beginning returns what is stored of a word, at most.
func beginning(word string) string {
	if all := []rune(word); len(all) > maxBeginning {
		return string(all[:maxBeginning])
	}
	return word
}

// findable is the record with what lists by name and searches read: it follows from the name.
func (r record) findable() record {
	key := folded(r.Name)
	if len(key) > maxKey {
		key = key[:maxKey]
		for !utf8.ValidString(key) {
			key = key[:len(key)-1]
		}
	}
	var beginnings []string
	words := wordsIn(r.Name)
	for _, word := range words[:min(len(words), maxWords)] {
		all := []rune(beginning(word))
		for n := range all {
			if b := string(all[:n+1]); !slices.Contains(beginnings, b) {
				beginnings = append(beginnings, b)
			}
		}
	}
	r.NameKey, r.Beginnings = key, beginnings
	return r
}

// has reports whether each of the terms is the beginning of a word of the name.
func (r record) has(terms []string) bool {
	words := wordsIn(r.Name)
	return !slices.ContainsFunc(terms, func(term string) bool {
		return !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, term) })
	})
}
