package view

import (
	"hash/crc32"
	"net/url"
	"strconv"
)

// A flag is the mark of a workspace: one of ten shapes of the signal flags that ships fly, in one
// of eight colours. It is derived from the slug alone, so that two workspaces in two tabs can be
// told apart at a glance, also by the tab's icon.
type flag struct{ tone, shape int }

// tones are the flags' colours: the field, and what stands on it. theme.css has the same eight for
// everything else.
var tones = [...]struct{ field, mark string }{
	{"#4a4db0", "#dfe5ff"},
	{"#0f766e", "#f4d35e"},
	{"#7b3a91", "#f3e6d3"},
	{"#4c7413", "#fdf6d8"},
	{"#ac2f5b", "#fbe4ea"},
	{"#4a5a6a", "#f6c945"},
	{"#1f5fa6", "#ffffff"},
	{"#b97a14", "#16242f"},
}

// shapes are drawn on a field of 20 by 20 in the colour of the mark.
var shapes = [...]string{
	`<path d="M10 0h10v20H10z"/>`,                                         // two halves
	`<path d="M0 6.5h20v7H0z"/>`,                                          // three bars, lying
	`<path d="M6.5 0h7v20h-7z"/>`,                                         // three bars, standing
	`<path d="M8 0h4v8h8v4h-8v8H8v-8H0V8h8z"/>`,                           // cross
	`<path d="M0 0h4l6 6 6-6h4v4l-6 6 6 6v4h-4l-6-6-6 6H0v-4l6-6-6-6z"/>`, // saltire
	`<path d="M6 6h8v8H6z"/>`,                                             // square
	`<path d="M10 0h10v10H0v10h10z"/>`,                                    // quarters
	`<path d="M20 0v20H0z"/>`,                                             // diagonal
	`<circle cx="10" cy="10" r="5"/>`,                                     // disc
	`<path d="M0 10 10 0l10 10-10 10z"/>`,                                 // lozenge
}

// FlagClass names the colour of a workspace's flag for the style sheet.
func FlagClass(slug string) string { return flagOf(slug).class() }

// FlagImage is a workspace's flag as the address of an image, for img and link elements.
func FlagImage(slug string) string { return flagOf(slug).image() }

func flagOf(slug string) flag {
	sum := int(crc32.ChecksumIEEE([]byte(slug)))
	return flag{tone: sum % len(tones), shape: sum / len(tones) % len(shapes)}
}

// class names the flag's colour for the style sheet.
func (f flag) class() string { return "tone-" + strconv.Itoa(f.tone) }

// image is the flag as the address of an image, for img and link elements.
func (f flag) image() string {
	tone := tones[f.tone]
	return "data:image/svg+xml," + url.PathEscape(
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><clipPath id="c"><rect width="20" height="20" rx="4"/></clipPath><g clip-path="url(#c)" fill="`+
			tone.mark+`"><path fill="`+tone.field+`" d="M0 0h20v20H0z"/>`+shapes[f.shape]+`</g></svg>`)
}
