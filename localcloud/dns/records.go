package dns

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.etcd.io/bbolt"
)

const (
	maxName   = 253  // characters: RFC 1035, section 2.3.4
	maxValue  = 1000 // bytes
	maxValues = 20   // of a name
	maxNames  = 1000
)

// Errors of a record that is not taken. Their text is for the person who asked.
var (
	ErrName  = errors.New("the name must be " + Zone + " or beneath it, of letters, digits, hyphens and underscores between its dots")
	ErrValue = fmt.Errorf("the value must be text on one line, of 1 to %d bytes", maxValue)
	ErrMany  = fmt.Errorf("there are too many records: %d names may have %d values each", maxNames, maxValues)
)

// Record is a TXT record.
type Record struct{ Name, Value string }

var (
	bucket = []byte("dns")
	label  = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$`)
)

// Add adds a TXT record. One that is there already stays as it is. Errors: ErrName, ErrValue,
// ErrMany; those of the disk.
func (s *Server) Add(name, value string) error {
	name, err := check(name, value)
	if err != nil {
		return err
	}
	return s.change(name, func(values []string) []string {
		if slices.Contains(values, value) {
			return values
		}
		return append(slices.Clone(values), value)
	})
}

// Set gives a name those values in place of what it had; with none, the name is gone. Errors: those
// of Add.
func (s *Server) Set(name string, values ...string) error {
	for _, v := range values {
		if _, err := check(name, v); err != nil {
			return err
		}
	}
	if name = plain(name); !validName(name) {
		return ErrName
	}
	return s.change(name, func([]string) []string { return values })
}

// Remove removes a record, if it is there. The error is one of the disk.
func (s *Server) Remove(name, value string) error {
	return s.change(plain(name), func(values []string) []string {
		return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == value })
	})
}

// Records are all records, by name and in the order in which they were added.
func (s *Server) Records() []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Record
	for _, name := range slices.Sorted(maps.Keys(s.records)) {
		for _, v := range s.records[name] {
			all = append(all, Record{name, v})
		}
	}
	return all
}

func check(name, value string) (string, error) {
	name = plain(name)
	if !validName(name) {
		return "", ErrName
	}
	control := strings.IndexFunc(value, unicode.IsControl) >= 0
	if value == "" || len(value) > maxValue || control || !utf8.ValidString(value) {
		return "", ErrValue
	}
	return name, nil
}

func validName(name string) bool {
	if len(name) > maxName || !inZone(name) {
		return false
	}
	for l := range strings.SplitSeq(name, ".") {
		if !label.MatchString(l) {
			return false
		}
	}
	return true
}

// change changes the values of a name, on disk and then here.
func (s *Server) change(name string, to func([]string) []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.records[name]
	after := to(before)
	if slices.Equal(before, after) {
		return nil
	}
	if len(after) > maxValues || len(before) == 0 && len(s.records) >= maxNames {
		return ErrMany
	}
	err := s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		if len(after) == 0 {
			return b.Delete([]byte(name))
		}
		v, err := json.Marshal(after)
		if err != nil {
			return err
		}
		return b.Put([]byte(name), v)
	})
	if err != nil {
		return err
	}
	s.changes++
	if len(after) == 0 {
		delete(s.records, name)
	} else {
		s.records[name] = after
	}
	return nil
}

func (s *Server) read() error {
	s.records = map[string][]string{}
	return s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucket)
		if err != nil {
			return err
		}
		return b.ForEach(func(k, v []byte) error {
			var values []string
			if err := json.Unmarshal(v, &values); err != nil {
				return fmt.Errorf("dns: records of %s: %w", k, err)
			}
			s.records[string(k)] = values
			return nil
		})
	})
}
