package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/inspect"
)

// Argument is the one argument with which a program of the service is a child. A program that can
// be started so calls [ChildMain] before anything else.
const Argument = "-inspect-one-file"

// Descriptors of the child, beyond the three of every process.
const (
	questionsFD = 3
	answersFD   = 4
)

// job is what a child is told on its standard input.
type job struct {
	Size   int64  `json:"size"`
	Limits Limits `json:"limits"`
}

// MostReport is how long a report may be, in bytes of JSON.
const MostReport = 768 << 10

// ChildMain does what a child does, and ends the process, if it was started as one. Otherwise it
// returns.
func ChildMain() {
	if len(os.Args) != 2 || os.Args[1] != Argument {
		return
	}
	if err := child(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func child(in io.Reader, out io.Writer) error {
	var j job
	if err := json.UnmarshalRead(io.LimitReader(in, 64<<10), &j); err != nil {
		return err
	}
	if err := Confine(j.Limits); err != nil {
		return err
	}
	debug.SetMemoryLimit(j.Limits.Memory / 4 * 3) // garbage goes before the system says no
	file := &asked{
		size: j.Size, questions: os.NewFile(questionsFD, "questions"),
		answers: bufio.NewReader(os.NewFile(answersFD, "answers")),
	}
	report, err := inspect.Inspect(context.Background(), file, j.Size, j.Limits.File)
	if err != nil {
		return err
	}
	text, err := encode(report)
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	return err
}

// encode writes a report of at most MostReport bytes. Names in archives are hostile: of a report
// that they make too long, the second half of what is listed is left out until it is not.
func encode(r inspect.Report) ([]byte, error) {
	for {
		text, err := json.Marshal(r)
		if err != nil || len(text) <= MostReport {
			return text, err
		}
		entries := 0
		if r.Archive != nil {
			entries = len(r.Archive.Entries)
			shorter := *r.Archive
			shorter.Entries = shorter.Entries[:entries/2]
			r.Archive = &shorter
		}
		if entries == 0 {
			if len(r.Findings) < 2 {
				return nil, fmt.Errorf("sandbox: a report of %d bytes", len(text))
			}
			r.Findings = shorten(r.Findings)
		}
	}
}

// shorten leaves out half of the findings, and none that is the only one of its kind.
func shorten(all []inspect.Finding) []inspect.Finding {
	var kept []inspect.Finding
	seen := map[inspect.Kind]bool{}
	for i, f := range all {
		if i < len(all)/2 || !seen[f.Kind] {
			kept = append(kept, f)
		}
		seen[f.Kind] = true
	}
	return kept
}
