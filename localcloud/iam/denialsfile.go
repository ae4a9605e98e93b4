package iam

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// denialsSlack is how many bytes the file of denials grows by before it is written anew.
const denialsSlack = 1 << 20

// denialsFile keeps the folded denials: a line of JSON for each, in the order of their latest
// repeats. A denial is appended before its caller hears of it, so a process that is killed loses
// none. It is not flushed to the disk: a machine that loses power may lose the latest. An empty
// path keeps nothing.
type denialsFile struct {
	path     string
	log      *slog.Logger
	appended int  // bytes since the file was written anew; at the start, all of it
	failing  bool // the latest write failed, and has been told
}

// load reads the file into f. A line that cannot be read, such as one that was cut off, is told and
// left out.
func (d *denialsFile) load(f *folds) error {
	if d.path == "" {
		return nil
	}
	b, err := os.ReadFile(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	unread := 0
	for line := range bytes.Lines(b) {
		var read Folded
		if err := json.Unmarshal(line, &read); err != nil || read.Count < 1 || read.Allowed {
			unread++
			continue
		}
		key := foldOf(read.Decision)
		f.lru.Remove(key) // an earlier line of the same
		f.put(key, &read)
	}
	if unread > 0 {
		d.log.Warn("local cloud: some remembered denials could not be read and are left out", "file", d.path, "lines", unread)
	}
	if d.appended = len(b); unread > 0 || d.appended > denialsSlack {
		d.report(d.rewrite(f))
	}
	return nil
}

// append writes the latest state of one fold.
func (d *denialsFile) append(added *Folded, f *folds) {
	if d.path == "" {
		return
	}
	err := d.appendLine(added)
	if err == nil && d.appended > denialsSlack {
		err = d.rewrite(f)
	}
	d.report(err)
}

// report tells the first of the errors that follow one another.
func (d *denialsFile) report(err error) {
	if err != nil && !d.failing {
		d.log.Error("local cloud: denials are not kept over a restart", "file", d.path, "err", err)
	}
	d.failing = err != nil
}

func (d *denialsFile) appendLine(added *Folded) error {
	line, err := json.Marshal(added)
	if err != nil {
		return err
	}
	if d.failing { // the file may end within a line
		line = append([]byte("\n"), line...)
	}
	file, err := os.OpenFile(d.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	n, err := file.Write(append(line, '\n'))
	d.appended += n
	return errors.Join(err, file.Close())
}

// rewrite writes the file anew, whole or not at all.
func (d *denialsFile) rewrite(f *folds) error {
	tmp, err := os.CreateTemp(filepath.Dir(d.path), filepath.Base(d.path)+".tmp-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	err = errors.Join(writeFolds(tmp, f), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), d.path)
	}
	if err == nil {
		d.appended = 0
	}
	return err
}

func writeFolds(w io.Writer, f *folds) error {
	buffered := bufio.NewWriter(w)
	lines := json.NewEncoder(buffered)
	for _, fold := range f.lru.Values() { // the oldest first
		if err := lines.Encode(fold); err != nil {
			return err
		}
	}
	return buffered.Flush()
}
