package inspect

import "slices"

// Report is what a file is. It holds pieces of the file, so it is as private as the file.
type Report struct {
	Type     string    `json:"type"`   // the media type, by content
	Size     int64     `json:"size"`   // bytes
	SHA256   string    `json:"sha256"` // hexadecimal
	Findings []Finding `json:"findings,omitempty"`
	Archive  *Archive  `json:"archive,omitempty"` // of an archive that could be read
	Text     *Text     `json:"text,omitempty"`    // of a text
	Image    *Image    `json:"image,omitempty"`   // of an image whose form is known
	PDF      *PDF      `json:"pdf,omitempty"`     // of a PDF that could be read
}

// Kind is a kind of Finding.
type Kind string

// The kinds of Finding. A harmful one says: keep away from this file. The others say what could not
// be looked at.
const (
	TestVirus Kind = "test_virus" // the EICAR test string
	Bomb      Kind = "bomb"       // unpacks to more than is reasonable; of an image, in pixels
	Escape    Kind = "escape"     // an entry would be unpacked outside of its folder
	Nesting   Kind = "nesting"    // archives within archives, too deep
	Entries   Kind = "entries"    // more entries than are looked at

	Malformed Kind = "malformed" // not of the form that its content promises
	Encrypted Kind = "encrypted" // cannot be read without a password
	Opaque    Kind = "opaque"    // an archive of a form that is not looked into
)

// Finding is something about a file, or about an entry of an archive.
type Finding struct {
	Kind Kind   `json:"kind"`
	At   string `json:"at,omitempty"` // names of entries, from the outside in, joined by " > "; empty: the file itself
}

// IsHarmful reports whether the finding is a reason to keep away from the file.
func (f Finding) IsHarmful() bool {
	switch f.Kind {
	case TestVirus, Bomb, Escape, Nesting, Entries:
		return true
	}
	return false
}

// IsHarmful reports whether one of the findings is.
func (r Report) IsHarmful() bool { return slices.ContainsFunc(r.Findings, Finding.IsHarmful) }

// Archive is what an archive lists.
type Archive struct {
	Entries  []Entry `json:"entries"`  // the first of them: see Limits.Listed
	Count    int     `json:"count"`    // all that were seen
	Unpacked int64   `json:"unpacked"` // bytes that were seen, of archives within it too
}

// Entry is a file or a folder in an archive. Its name is as the archive has it: it may be hostile.
type Entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // bytes, unpacked; as far as it was unpacked
	Folder bool   `json:"folder,omitempty"`
	Type   string `json:"type,omitempty"` // the media type of a file, by content
}

// Text is what a text has and begins with.
type Text struct {
	Lines      int    `json:"lines"`
	Words      int    `json:"words"`
	Characters int    `json:"characters"`
	Preview    string `json:"preview"` // the beginning, without control characters but line breaks and tabs
}
