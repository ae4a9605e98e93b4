package store

import (
	"encoding/binary"
	"encoding/json"
	"strings"

	"go.etcd.io/bbolt"
)

// Query selects objects of a bucket by name.
type Query struct {
	Prefix    string
	Delimiter string // names are folded up to the first delimiter after the prefix; empty: not folded
	Start     string // least name, inclusive
	End       string // greatest name, exclusive; empty: no limit
	Versions  bool   // old generations too
	Trailing  bool   // a folded prefix that is itself an object stands among the objects too
	From      Position
	Limit     int
}

// Position is a place in a listing: the least name and generation not yet listed.
type Position struct {
	Name       string
	Generation int64
}

// Page is a part of a listing, in the order of names' UTF-8 bytes and generations.
type Page struct {
	Objects  []Object
	Prefixes []string
	Next     *Position // nil at the end
}

// List returns the first page from q.From on.
func (s *Store) List(bucketName string, q Query) (page Page, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		b, err := bucket(tx, bucketName)
		if err != nil {
			return err
		}
		page, err = list(newScan(tx, bucketName, q.Versions), q)
		for i := range page.Objects {
			b.retained(&page.Objects[i])
		}
		return err
	})
	return page, err
}

func list(sc *scan, q Query) (page Page, err error) {
	at := q.From
	if least := max(q.Prefix, q.Start); least > at.Name {
		at = Position{Name: least}
	}
	for o, ok := sc.seek(at); ok && sc.err == nil; o, ok = sc.seek(at) {
		if !strings.HasPrefix(o.Name, q.Prefix) || q.End != "" && o.Name >= q.End {
			break
		}
		if len(page.Objects)+len(page.Prefixes) >= q.Limit {
			page.Next = &at
			break
		}
		folded, isFolded := fold(o.Name, q)
		if !isFolded || q.Trailing && o.Name == folded {
			page.Objects = append(page.Objects, o)
		}
		at = Position{o.Name, o.Generation + 1}
		if !isFolded {
			continue
		}
		if n := len(page.Prefixes); n == 0 || page.Prefixes[n-1] != folded {
			page.Prefixes = append(page.Prefixes, folded)
		}
		if !q.Trailing || o.Name != folded {
			at = Position{Name: successor(folded)}
		}
	}
	return page, sc.err
}

// fold returns name up to and with the first delimiter after the prefix.
func fold(name string, q Query) (string, bool) {
	if q.Delimiter == "" {
		return "", false
	}
	i := strings.Index(name[len(q.Prefix):], q.Delimiter)
	if i < 0 {
		return "", false
	}
	return name[:len(q.Prefix)+i+len(q.Delimiter)], true
}

// successor is the least string greater than every string that begins with s. No byte of UTF-8 is
// 0xff.
func successor(s string) string { return s[:len(s)-1] + string([]byte{s[len(s)-1] + 1}) }

// scan walks live and, if asked, old generations as one.
type scan struct {
	live, old *bbolt.Cursor
	err       error
}

func newScan(tx *bbolt.Tx, bucketName string, versions bool) *scan {
	sc := &scan{live: live(tx, bucketName).Cursor()}
	if versions {
		sc.old = old(tx, bucketName).Cursor()
	}
	return sc
}

// seek returns the first generation at or after a position.
func (sc *scan) seek(at Position) (Object, bool) {
	k, v := sc.live.Seek([]byte(at.Name))
	liveOne, ok := sc.decode(v)
	if ok && string(k) == at.Name && liveOne.Generation < at.Generation {
		_, v = sc.live.Next()
		liveOne, ok = sc.decode(v)
	}
	if sc.old == nil {
		return liveOne, ok
	}
	_, v = sc.old.Seek(oldKey(at.Name, at.Generation))
	oldOne, okOld := sc.decode(v)
	if okOld && (!ok || oldOne.Name <= liveOne.Name) {
		return oldOne, true
	}
	return liveOne, ok
}

func (sc *scan) decode(v []byte) (o Object, ok bool) {
	if v == nil || sc.err != nil {
		return Object{}, false
	}
	sc.err = json.Unmarshal(v, &o)
	return o, sc.err == nil
}

// Encode and DecodePosition carry a position through a page token.
func (p Position) Encode() []byte {
	return binary.BigEndian.AppendUint64([]byte(p.Name), uint64(p.Generation))
}

// DecodePosition undoes Encode; ok is false for what Encode did not make.
func DecodePosition(b []byte) (p Position, ok bool) {
	if len(b) < 8 {
		return Position{}, false
	}
	n := len(b) - 8
	return Position{string(b[:n]), int64(binary.BigEndian.Uint64(b[n:]))}, true
}
