package main

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bulkhead-saas/bulkhead/internal/keyscan"
	"github.com/bulkhead-saas/bulkhead/internal/keytext"
)

// document is the report as programs read it.
type document struct {
	Found       []place      `json:"found"`
	Unread      []unreadFile `json:"unread"`
	Files       int          `json:"files"`
	Bytes       int64        `json:"bytes"`
	LeftAlone   int          `json:"leftAlone"`
	Revocations []revocation `json:"revocations,omitempty"` // with --revoke
}

type place struct {
	Path     string `json:"path"`
	Line     int    `json:"line"` // 0: in the file's name
	KeyID    string `json:"keyId"`
	Checksum string `json:"checksum"` // holds, absent or wrong
}

type unreadFile struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// print writes the report, and what became of the keys.
func (s scan) print(report keyscan.Report, done []revocation) error {
	if s.json {
		d := document{Files: report.Files, Bytes: report.Bytes, LeftAlone: report.Left, Revocations: done}
		for _, p := range report.Places {
			d.Found = append(d.Found, place{p.Path, p.Line, p.KeyID, p.Checksum.String()})
		}
		for _, u := range report.Unread {
			d.Unread = append(d.Unread, unreadFile(u))
		}
		text, err := json.Marshal(d, jsontext.AllowInvalidUTF8(true)) // a file may be called anything
		if err != nil {
			return err
		}
		_, err = s.by.out.Write(append(text, '\n'))
		return err
	}
	var err error
	line := func(format string, a ...any) {
		_, lineErr := fmt.Fprintf(s.by.out, format+"\n", a...)
		err = errors.Join(err, lineErr)
	}
	for _, p := range report.Places {
		where := fmt.Sprintf("%s:%d", printable(p.Path), p.Line)
		if p.Line == 0 {
			where = printable(p.Path) + " (its name)"
		}
		line("%s: key %s, %s", where, p.KeyID, says[p.Checksum])
	}
	for _, r := range done {
		line("key %s: %s", r.KeyID, r.Detail)
	}
	return err
}

// says is what each checksum says, for people.
var says = map[keytext.Checksum]string{
	keytext.Holds:  "its checksum holds",
	keytext.Absent: "it has no checksum: it is an older key",
	keytext.Wrong:  "its checksum is wrong: it opens nothing",
}
