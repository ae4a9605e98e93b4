package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
	"github.com/bulkhead-saas/bulkhead/internal/keytext"
)

// leakEvery is how many files there are for each that holds a key.
const leakEvery = 1000

// leaks measures the search for leaked keys in many small files, beside gitleaks with our rule and
// no other. Both are processes that start, search and report; each must find every key.
func (b *bench) leaks(ctx context.Context) error {
	files := n(b, 100_000, 10_000)
	tree := b.file("leaks")
	defer os.RemoveAll(tree)
	if err := plant(tree, files); err != nil {
		return err
	}
	ours, err := b.build(ctx, "./cmd/bulkhead", serverFlags...)
	if err != nil {
		return err
	}
	row := rounds.Row{Goal: "11", What: fmt.Sprintf("keys scan of %d small files", files), Peer: "gitleaks, with our rule alone"}
	theirs := b.file("gitleaks")
	build := exec.CommandContext(ctx, "go", append(append([]string{"build", "-C", "e2e/gitleaks", "-o", theirs}, serverFlags...),
		"github.com/zricethezav/gitleaks/v8")...)
	if out, err := build.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Fprintf(os.Stderr, "gitleaks: %v\n%s", err, out)
		row.Why = "gitleaks could not be built"
		b.row(row)
		return nil
	}

	report := b.file("gitleaks.json")
	own := search{files, []string{ours, "keys", "scan", "--json", tree}, func(out []byte) (int, error) {
		var r struct {
			Found []struct{ Checksum string }
		}
		err := json.Unmarshal(out, &r)
		return len(r.Found), err
	}}
	peer := search{files, []string{theirs, "dir", "--config", "docs/gitleaks.toml", "--no-banner", "--log-level", "error",
		"--max-decode-depth", "0", "--exit-code", "1", "--report-format", "json", "--report-path", report, tree}, func([]byte) (int, error) {
		text, err := os.ReadFile(report)
		if err != nil {
			return 0, err
		}
		var found []struct{ RuleID string }
		err = json.Unmarshal(text, &found)
		return len(found), err
	}}
	all, err := rounds.Paired(n(b, 5, 3), peer.side(ctx), own.side(ctx))
	if err != nil {
		return err
	}
	row = rounds.Compared(row.Goal, row.What, row.Peer, all[0])
	row.Ours, row.Theirs, row.Allocs = inAll(all[0].Ours(rounds.PerOp), files), inAll(all[0].Peer(rounds.PerOp), files), ""
	ratio, _ := all[0].Ratio(rounds.PerOp)
	row.AtMost("ratio", ratio.Median, 1)
	b.row(row)
	return nil
}

// inAll is what all files took, from what one took in nanoseconds.
func inAll(each float64, files int) string { return fmt.Sprintf("%.2f s", each*float64(files)/1e9) }

// search is a program that looks for keys, and ends with status 1 when it finds any.
type search struct {
	files int
	args  []string
	found func(out []byte) (int, error)
}

func (s search) side(ctx context.Context) rounds.Side {
	return func() (rounds.Cost, error) {
		began := time.Now()
		c := exec.CommandContext(ctx, s.args[0], s.args[1:]...)
		out, err := c.Output()
		wall := time.Since(began)
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 {
			return rounds.Cost{}, fmt.Errorf("%s: %w", filepath.Base(s.args[0]), errors.Join(err, errors.New("it has not said that it found keys")))
		}
		if found, err := s.found(out); err != nil || found != s.files/leakEvery {
			return rounds.Cost{}, fmt.Errorf("%s found %d keys, and %d are there: %w", filepath.Base(s.args[0]), found, s.files/leakEvery, err)
		}
		return rounds.Cost{Ops: s.files, Wall: wall, CPU: c.ProcessState.UserTime() + c.ProcessState.SystemTime()}, nil
	}
}

// plant writes that many files of one to two kilobytes of what looks like source, in folders of a
// hundred. One in leakEvery holds a key.
func plant(tree string, files int) error {
	words := strings.Fields("func return if err nil package import string config token secret key value tenant := == { } ( ) // the a of")
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for i := range files {
		dir := filepath.Join(tree, fmt.Sprintf("%02d", i/10_000), fmt.Sprintf("%02d", i/100%100))
		if i%100 == 0 {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return err
			}
		}
		text.Reset()
		for size := 1000 + random.IntN(1000); text.Len() < size; {
			text.WriteString(words[random.IntN(len(words))])
			text.WriteByte(" \n"[random.IntN(8)/7])
		}
		if i%leakEvery == 0 {
			text.WriteString("key = \"" + keytext.Make(fmt.Sprintf("aaaaaaaaaaaa%s", digits(i/leakEvery)), strings.Repeat("b", keytext.SecretLength)) + "\"\n")
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%d.go", i%100)), []byte(text.String()), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// digits is n as four letters.
func digits(n int) string {
	return string([]byte{'a', 'a' + byte(n/676%26), 'a' + byte(n/26%26), 'a' + byte(n%26)})
}
