package gitleaks_test

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const secret = "abcdefghijklmnopqrstuvwxyz234567"

// place is a key that somebody found.
type place struct {
	File string
	Line int
	ID   string
}

func id(n int) string { return fmt.Sprintf("aaaaaaaaaaaaaa%c%c", 'a'+n/26, 'a'+n%26) }

// old is the n-th key as it was made before there were checksums.
func old(n int) string { return "bhk_" + id(n) + "_" + secret }

// key is the n-th key. The checksum is computed from its description, not by the product.
func key(n int) string {
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(old(n))))
	return old(n) + strings.ToLower(strings.TrimRight(base32.StdEncoding.EncodeToString(sum), "="))
}

// TestSameFindings: gitleaks, with our rule, and `keys scan` find the same keys in the same places.
// Where they differ, it is said why.
func TestSameFindings(t *testing.T) {
	const (
		both         = "both"
		neither      = "neither"
		oursAlone    = "keys scan alone"
		gitleakAlone = "gitleaks alone"
	)
	dir := t.TempDir()
	want := map[string]map[place]bool{both: {}, oursAlone: {}, gitleakAlone: {}}
	for n, f := range []struct {
		name, found string
		text        string
		lines       []int // of the n-th key
	}{
		{"alone", both, key(0), []int{1}},
		{"sub/folder/.env", both, "A=1\nKEY=" + key(1) + "\nB=2\n", []int{2}},
		{"windows.txt", both, "one\r\ntwo\r\n" + key(2) + "\r\n", []int{3}},
		{"quoted.json", both, `{"key":"` + key(3) + `"}`, []int{1}},
		{"often", both, key(4) + "\n\n" + key(4) + " " + key(4) + "\n", []int{1, 3}},
		{"old", both, "x\n" + old(5), []int{2}},
		{"wrong", both, old(6) + "aaaaaaa", []int{1}},
		{"glued", both, "abc" + key(7) + "abc", []int{1}},
		{"url", both, "https://" + key(8) + "@app.example.com/?a=b", []int{1}},
		{"long line", both, strings.Repeat("x", 300_000) + key(9) + strings.Repeat("y", 300_000), []int{1}},
		{"many lines", both, strings.Repeat("line\n", 100_000) + key(10), []int{100_001}},
		{"latin1", both, "\xe4\xf6\xfc\n" + key(11), []int{2}},
		{"script.py", both, "#!/usr/bin/python\nkey = '" + key(12) + "'  # a comment\n", []int{2}},

		{"prose", neither, "A key begins with bhk_ and its id, as in bhk_" + id(13) + "_… in lists.", nil},
		{"cut", neither, old(14)[:52], nil},
		{"capitals", neither, strings.ToUpper(key(15)), nil},
		{"digits", neither, strings.Replace(key(16), "aaa", "a1a", 1), nil},
		{"dashes", neither, strings.ReplaceAll(key(17), "_", "-"), nil},
		{"empty", neither, "", nil},

		// gitleaks leaves programs, archives and the like alone by how they begin.
		{"tool", oursAlone, "\x7fELF\x02\x01\x01\x00\n" + key(19), []int{2}},
		{"stored.zip", oursAlone, "PK\x03\x04\x14\x00\n" + key(20), []int{2}},
		// A comment tells gitleaks to say nothing.
		{"allowed", oursAlone, key(21) + " # gitleaks:allow", []int{1}},
		// gitleaks looks into base64.
		{"encoded", gitleakAlone, "secret: " + base64.StdEncoding.EncodeToString([]byte("my key is "+key(22))), []int{1}},
	} {
		path := filepath.Join(dir, f.name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(f.text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, line := range f.lines {
			want[f.found][place{f.name, line, id(n)}] = true
		}
	}
	if err := os.Symlink("alone", filepath.Join(dir, "link")); err != nil { // neither follows it
		t.Fatal(err)
	}

	ours, theirs := scan(t, dir), gitleaks(t, dir)
	got := map[string]map[place]bool{both: {}, oursAlone: {}, gitleakAlone: {}}
	for p := range ours {
		if theirs[p] {
			got[both][p] = true
		} else {
			got[oursAlone][p] = true
		}
	}
	for p := range theirs {
		if !ours[p] {
			got[gitleakAlone][p] = true
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// scan is what `keys scan` finds.
func scan(t *testing.T, dir string) map[place]bool {
	t.Helper()
	command := filepath.Join(t.TempDir(), "bulkhead")
	build := exec.Command("go", "build", "-o", command, "./cmd/bulkhead")
	build.Dir = "../.."
	run(t, build, 0)
	var report struct {
		Found []struct {
			Path, KeyID, Checksum string
			Line                  int
		}
	}
	if err := json.Unmarshal(run(t, exec.Command(command, "keys", "scan", "--json", dir), 1), &report); err != nil {
		t.Fatal(err)
	}
	places := map[place]bool{}
	for _, f := range report.Found {
		places[place{within(t, dir, f.Path), f.Line, f.KeyID}] = true
	}
	return places
}

// gitleaks is what gitleaks finds with our rule.
func gitleaks(t *testing.T, dir string) map[place]bool {
	t.Helper()
	report := filepath.Join(t.TempDir(), "report.json")
	run(t, exec.Command("go", "tool", "gitleaks", "dir", "--config", "../../docs/gitleaks.toml", "--no-banner", "--exit-code", "0",
		"--report-format", "json", "--report-path", report, dir), 0)
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var findings []struct {
		RuleID, File, Secret string
		StartLine            int
	}
	if err := json.Unmarshal(text, &findings); err != nil {
		t.Fatal(err)
	}
	places := map[place]bool{}
	for _, f := range findings {
		if f.RuleID != "bulkhead-api-key" || len(f.Secret) < 53 {
			t.Fatalf("%+v", f)
		}
		places[place{within(t, dir, f.File), f.StartLine, f.Secret[4:20]}] = true
	}
	return places
}

func within(t *testing.T, dir, path string) string {
	t.Helper()
	in, err := filepath.Rel(dir, path)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// run runs a program that ends with this status, and returns what it prints on stdout.
func run(t *testing.T, c *exec.Cmd, status int) []byte {
	t.Helper()
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == status {
		return out
	}
	if err != nil || status != 0 {
		t.Fatalf("%v: %v\n%s%s", c.Args, err, &errs, out)
	}
	return out
}
