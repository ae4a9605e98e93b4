package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/keytext"
)

const secret = "abcdefghijklmnopqrstuvwxyz234567"

// plant returns the n-th key that nobody has made, and its id.
func plant(t *testing.T, n int) (key, id string) {
	t.Helper()
	id = fmt.Sprintf("aaaaaaaaaaaaaaa%c", 'a'+n)
	return keytext.Make(id, secret), id
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// noSecret fails the test if a secret was printed.
func noSecret(t *testing.T, printed ...string) {
	t.Helper()
	if all := strings.Join(printed, ""); strings.Contains(all, secret[:8]) {
		t.Errorf("a secret is printed: %s", all)
	}
}

// TestScan: what is printed, where, and the exit status.
func TestScan(t *testing.T) {
	t.Chdir(t.TempDir())
	key, id := plant(t, 0)
	old := "bhk_" + id + "_" + secret
	write(t, "clean", "nothing")
	for _, json := range []string{"--json=false", "--json"} {
		if code, out, errs := command(t, "", "", "keys", "scan", "clean", json); code != 0 || strings.Contains(out, "clean") || !strings.Contains(errs, "keys found: 0; files searched: 1;") {
			t.Errorf("clean, %s: %d, %q, %q", json, code, out, errs)
		}
	}
	write(t, "made up", old+"aaaaaaa")
	if code, out, errs := command(t, "", "", "keys", "scan", "."); code != 0 || out != "made up:1: key "+id+", its checksum is wrong: it opens nothing\n" {
		t.Errorf("a wrong checksum: %d, %q, %q", code, out, errs)
	}
	write(t, "a\x1b[2Jb", "\n"+key)
	write(t, "old", old)
	write(t, key, "")
	code, out, errs := command(t, "", "", "keys", "scan", ".")
	want := strings.Join([]string{
		`"a\x1b[2Jb":2: key ` + id + `, its checksum holds`,
		"bhk_" + id + "_… (its name): key " + id + ", its checksum holds",
		"made up:1: key " + id + ", its checksum is wrong: it opens nothing",
		"old:1: key " + id + ", it has no checksum: it is an older key",
	}, "\n") + "\n"
	if d := cmp.Diff(want, out); d != "" || code != 1 {
		t.Errorf("%d, %q (-want +got):\n%s", code, errs, d)
	}
	noSecret(t, out, errs)

	write(t, "\xff", key)
	code, out, errs = command(t, "", "", "keys", "scan", "--json", "--max-file", "70", ".", "missing")
	var got document
	if err := json.Unmarshal([]byte(out), &got); err != nil || strings.Count(out, "\n") != 1 {
		t.Errorf("%v: %q", err, out)
	}
	if code != 3 || !strings.Contains(errs, "missing: not searched: no such file or directory\n") {
		t.Errorf("--json: %d, %q", code, errs)
	}
	if d := cmp.Diff(document{
		Found: []place{
			{"a\x1b[2Jb", 2, id, "holds"}, {"bhk_" + id + "_…", 0, id, "holds"}, {"made up", 1, id, "wrong"}, {"old", 1, id, "absent"},
			{"\uFFFD", 1, id, "holds"},
		},
		Unread: []unreadFile{{"missing", "no such file or directory"}},
		Files:  6, Bytes: int64(7 + 60 + 61 + 53 + 60),
	}, got); d != "" {
		t.Errorf("--json (-want +got):\n%s", d)
	}
	noSecret(t, out, errs)

	if code, out, _ := command(t, "", "one\n"+key, "keys", "scan", "-"); code != 1 || !strings.HasPrefix(out, "-:2: key "+id) {
		t.Errorf("the standard input: %d, %q", code, out)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// TestScanReportsOrFails: a report that nobody can read is not one that says all is well.
func TestScanReportsOrFails(t *testing.T) {
	key, _ := plant(t, 0)
	for _, json := range []string{"--json=false", "--json"} {
		var errs strings.Builder
		code := run(t.Context(), []string{"keys", "scan", json, "-"}, caller{"", strings.NewReader(key), full{}, &errs})
		if code != 3 || !strings.Contains(errs.String(), "no space left") {
			t.Errorf("%s: %d, %q", json, code, &errs)
		}
	}
}
