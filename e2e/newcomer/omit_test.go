//go:build newcomer

package newcomer_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOmissions leaves out one thing at a time, and wants the gate to say so. It links dozens of
// test binaries, so it has a target of its own, like the mutants: make newcomer.
func TestOmissions(t *testing.T) {
	c := withNotes(t)
	for _, group := range omissions {
		c.omit(t, group)
	}
}

// omit makes the omissions of a group, wants each gate to say so, and puts everything back.
func (c copied) omit(t *testing.T, group []omission) {
	var without []string
	for _, o := range group {
		if o.without != "" {
			without = append(without, o.without)
		}
	}
	c.apply(t, without...)
	before := map[string][]byte{}
	for _, o := range group {
		if o.file == "" {
			continue
		}
		content := c.read(t, o.file)
		if before[o.file] == nil {
			before[o.file] = content
		}
		if o.old == "" {
			c.remove(t, o.file)
			continue
		}
		if bytes.Count(content, []byte(o.old)) != 1 {
			t.Fatalf("%s does not have %q once", o.file, o.old)
		}
		c.write(t, o.file, bytes.Replace(content, []byte(o.old), []byte(o.new), 1))
	}
	for _, o := range group {
		t.Run(o.what, func(t *testing.T) {
			if said, ok := c.gate(t, o); ok || !strings.Contains(said, o.says) {
				t.Errorf("passes: %t; want the message %q in: %.3000s", ok, o.says, said)
			}
		})
	}
	for file, content := range before {
		c.write(t, file, content)
	}
	c.apply(t)
}

// gate asks the gate that the omission is for.
func (c copied) gate(t *testing.T, o omission) (said string, ok bool) {
	t.Helper()
	switch o.run {
	case byIsolint:
		return c.isolint(t)
	case byCompiler:
		return run(t, c.dir, "go", "build", "./"+o.pkg)
	}
	return c.test(t, o.pkg, o.run)
}

func (c copied) read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(c.dir, path))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// remove takes a file away.
func (c copied) remove(t *testing.T, path string) {
	t.Helper()
	clear(c.built)
	if err := os.Remove(filepath.Join(c.dir, path)); err != nil {
		t.Fatal(err)
	}
}
