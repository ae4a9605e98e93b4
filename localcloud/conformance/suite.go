package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// suite is the integration tests of one client library. Another suite is another file that declares
// one.
type suite struct {
	name    string
	module  string // as go.mod names it
	pkg     string // the import path of the tests
	tests   string // the tests of it, as go test -run takes them
	skip    string // those of them that are left out, as go test -skip takes them; empty: none
	depth   int    // the level of sub-tests that are counted; 1: the tests themselves
	count   int    // how many there are: fewer, and the tests have changed
	edits   []edit
	prepare func(context.Context, *world) (env []string, err error) // makes what the tests need of the cloud
	settle  time.Duration                                           // how old what prepare made has to be
	checks  []check
	known   map[string]string // the tests that fail, each with its reason
}

// edit is a replacement in a file of the module, of text that occurs there exactly once.
type edit struct{ file, old, new string }

// check is something that Google's tests do not try. It returns what it found, in a few words.
type check struct {
	name string
	run  func(context.Context, *world) (string, error)
}

// options are what the command line asks for.
type options struct {
	pattern        string // overrides suite.tests
	verbose        bool
	stdout, stderr io.Writer
}

// run runs the suite on a cloud of its own. The error says that it could not run, or was not as
// expected.
func (s suite) run(ctx context.Context, o options) (err error) {
	dir, err := os.MkdirTemp("", "conformance-"+s.name+"-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	src, err := fetch(ctx, s.module, dir)
	if err != nil {
		return err
	}
	for _, e := range s.edits {
		if err := e.apply(src.dir); err != nil {
			return err
		}
	}
	w, err := openWorld(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.cloud.Close()) }()
	env, err := s.prepare(ctx, w)
	if err != nil {
		return fmt.Errorf("preparing the cloud: %w", err)
	}
	select {
	case <-time.After(s.settle):
	case <-ctx.Done():
		return ctx.Err()
	}
	fmt.Fprintf(o.stdout, "%s: %s@%s, %s\n", s.name, s.module, src.version, s.pkg)
	results, ended, err := s.test(ctx, src, env, o)
	if err != nil {
		return err
	}
	faults := s.report(o, results)
	if ended != nil {
		faults = append(faults, ended.Error())
	}
	for _, c := range s.checks {
		found, err := c.run(ctx, w)
		if err != nil {
			found = "FAIL " + err.Error()
			faults = append(faults, c.name)
		}
		fmt.Fprintf(o.stdout, "%s: %s: %s\n", s.name, c.name, found)
	}
	if len(faults) > 0 {
		return fmt.Errorf("not as expected: %q", faults)
	}
	return nil
}
