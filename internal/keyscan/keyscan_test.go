package keyscan_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/keyscan"
	"github.com/bulkhead-saas/bulkhead/internal/keytext"
)

const secret = "abcdefghijklmnopqrstuvwxyz234567"

// key is the n-th key, and its id.
func key(n int) (id, text string) {
	id = fmt.Sprintf("aaaaaaaaaaaaaa%c%c", 'a'+n/26, 'a'+n%26)
	return id, keytext.Make(id, secret)
}

// tree writes files into a fresh folder, and goes there. A text that begins with "-> " is a link.
func tree(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, ok := strings.CutPrefix(text, "-> "); ok {
			err = os.Symlink(to, name)
		} else {
			err = os.WriteFile(name, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func scan(t *testing.T, o keyscan.Options, paths ...string) keyscan.Report {
	t.Helper()
	return keyscan.Scan(t.Context(), paths, o)
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// TestScan: keys are found in files of every kind, wherever they stand, and no file is searched
// that is not meant.
func TestScan(t *testing.T) {
	a, keyA := key(0)
	b, keyB := key(1)
	git := func(dir string) map[string]string {
		return map[string]string{dir + "/HEAD": "ref: x", dir + "/refs/x": "", dir + "/objects/ab/cd": keyA, dir + "/config": "\n" + keyB}
	}
	files := map[string]string{
		"plain.txt":                  "one\ntwo " + keyA + "\n",
		"two.json":                   `{"a":"` + keyA + `","b":"` + keyB + `"}` + "\n\n" + keyA,
		"old.env":                    "K=bhk_" + a + "_" + secret + "\n",
		"example.md":                 "bhk_" + a + "_" + secret + "aaaaaaa",
		"tool.exe":                   "MZ\x00\x01\n\xff" + keyA + "\x00\n",
		"large.log":                  strings.Repeat("line\n", 20000) + strings.Repeat("x", 31050) + keyB, // across two parts
		"deep/er/and/deeper/.hidden": keyB,
		"empty":                      "",
		"nothing":                    "bhk_ is how keys begin",
		"objects/ab/cd":              keyB, // not Git's
		"link.txt":                   "-> plain.txt",
		"linked":                     "-> deep",
		"dangling":                   "-> nowhere",
		"keys/" + keyB + ".txt":      "the key is the name",
	}
	for name, text := range git(".git") {
		files[name] = text
	}
	for name, text := range git("mirror.git") {
		files[name] = text
	}
	tree(t, files)
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	got := scan(t, keyscan.Options{}, ".")
	redacted := "keys/bhk_" + b + "_….txt"
	want(t, "places", got.Places, []keyscan.Place{
		{".git/config", 2, b, keytext.Holds},
		{"deep/er/and/deeper/.hidden", 1, b, keytext.Holds},
		{"example.md", 1, a, keytext.Wrong},
		{redacted, 0, b, keytext.Holds},
		{"large.log", 20001, b, keytext.Holds},
		{"mirror.git/config", 2, b, keytext.Holds},
		{"objects/ab/cd", 1, b, keytext.Holds},
		{"old.env", 1, a, keytext.Absent},
		{"plain.txt", 2, a, keytext.Holds},
		{"tool.exe", 2, a, keytext.Holds},
		{"two.json", 1, a, keytext.Holds}, {"two.json", 1, b, keytext.Holds}, {"two.json", 3, a, keytext.Holds},
	})
	size := 0
	for name, text := range files {
		if !strings.HasPrefix(text, "-> ") && !strings.Contains(name, "git/objects") {
			size += len(text)
		}
	}
	got.Places = nil
	want(t, "the rest", got, keyscan.Report{Files: 17, Bytes: int64(size), Left: 6}) // three links, a pipe, two stores
}

// TestKeysAreGivenToWhoAsks: each that is found, in a file or its name, and none whose checksum is
// wrong.
func TestKeysAreGivenToWhoAsks(t *testing.T) {
	a, keyA := key(0)
	b, keyB := key(1)
	old := "bhk_" + a + "_" + secret
	tree(t, map[string]string{"f": keyA + " " + old + "\n" + old + "aaaaaaa", keyB: "nothing"})
	var mu sync.Mutex
	got := map[string]string{}
	scan(t, keyscan.Options{Keys: func(id, key string) {
		mu.Lock()
		defer mu.Unlock()
		got[key] = id
	}}, ".")
	want(t, "keys", got, map[string]string{keyA: a, old: a, keyB: b})
}

// TestKeyInAFileOfItsName: neither path shows the secret.
func TestKeyInAFileOfItsName(t *testing.T) {
	a, keyA := key(0)
	tree(t, map[string]string{keyA: keyA})
	path := "bhk_" + a + "_…"
	want(t, "places", scan(t, keyscan.Options{}, ".").Places, []keyscan.Place{{path, 0, a, keytext.Holds}, {path, 1, a, keytext.Holds}})
}

// TestNamedPaths: files, links and the standard input may be named; what is named twice is listed
// once.
func TestNamedPaths(t *testing.T) {
	a, keyA := key(0)
	tree(t, map[string]string{"d/f": keyA, "link": "-> d/f", "dir": "-> d"})
	got := scan(t, keyscan.Options{Stdin: strings.NewReader("\n\n" + keyA)}, "d", "d/f", "link", "dir", "-")
	want(t, "places", got.Places, []keyscan.Place{
		{"-", 3, a, keytext.Holds}, {"d/f", 1, a, keytext.Holds}, {"dir/f", 1, a, keytext.Holds}, {"link", 1, a, keytext.Holds},
	})
	want(t, "unread", got.Unread, []keyscan.Unread(nil))
}

// TestUnread: what cannot be searched to its end is said, and does not stop the rest.
func TestUnread(t *testing.T) {
	a, keyA := key(0)
	_, keyB := key(1)
	tree(t, map[string]string{
		"d/good": keyA, "d/long": keyA + "," + keyB, "d/exact": strings.Repeat("x", 100), "dangling": "-> nowhere",
	})
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	paths := []string{"missing-" + keyA, "dangling", "pipe", "d"}
	unread := []keyscan.Unread{
		{"d/long", "only its first 100 bytes were searched"},
		{"dangling", "no such file or directory"},
		{"missing-bhk_" + a + "_…", "no such file or directory"},
		{"pipe", "it is neither a file nor a folder"},
	}
	const broken = "/proc/self/mem" // Linux: it opens, and its beginning cannot be read
	if _, err := os.Stat(broken); err == nil {
		paths = append(paths, broken)
		unread = append([]keyscan.Unread{{broken, "input/output error"}}, unread...)
	}
	got := scan(t, keyscan.Options{MaxFile: 100}, paths...)
	want(t, "unread", got.Unread, unread)
	want(t, "places", got.Places, []keyscan.Place{{"d/good", 1, a, keytext.Holds}, {"d/long", 1, a, keytext.Holds}})
}

// TestInterrupted: a search that is cut short says so of all that it was asked for.
func TestInterrupted(t *testing.T) {
	_, keyA := key(0)
	tree(t, map[string]string{"d/f": keyA, "g": keyA})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := keyscan.Scan(ctx, []string{"d", "g", "-"}, keyscan.Options{Stdin: strings.NewReader(keyA)})
	want(t, "unread", got.Unread, []keyscan.Unread{
		{"-", "the search was interrupted"}, {"d", "the search was interrupted"}, {"g", "the search was interrupted"},
	})
	want(t, "places", got.Places, []keyscan.Place(nil))
}

// TestSameInAnyOrder: how the files fall to the workers does not show.
func TestSameInAnyOrder(t *testing.T) {
	files := map[string]string{}
	for n := range 300 {
		_, text := key(n)
		files[fmt.Sprintf("d%d/f%d", n%7, n)] = text
	}
	tree(t, files)
	first := scan(t, keyscan.Options{}, ".")
	if len(first.Places) != 300 {
		t.Fatalf("%d places", len(first.Places))
	}
	for range 3 {
		want(t, "again", scan(t, keyscan.Options{}, "."), first)
	}
}

// TestFilesThatChange: a file that has become a link or a pipe since its folder was read is not
// searched, and nobody waits for it.
func TestFilesThatChange(t *testing.T) {
	_, keyA := key(0)
	tree(t, map[string]string{"f": keyA, "link": "-> f"})
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, "a link", keyscan.File(t.Context(), "link"), keyscan.Report{Unread: []keyscan.Unread{{"link", "it is neither a file nor a folder"}}})
	want(t, "a pipe", keyscan.File(t.Context(), "pipe"), keyscan.Report{Unread: []keyscan.Unread{{"pipe", "it is neither a file nor a folder"}}})
}
