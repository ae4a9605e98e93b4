package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud"
)

const project = "soak-project"

// serve runs a cloud on dir. It says where, and then, until no more lines come in, puts its clock
// forward by each and says what it takes up.
func serve(ctx context.Context, dir string, in io.Reader, out io.Writer) error {
	cloud, err := localcloud.Start(ctx, localcloud.Config{Dir: dir, Project: project})
	if err != nil {
		return err
	}
	answer := json.NewEncoder(out)
	err = answer.Encode(cloud.Endpoints())
	for lines := bufio.NewScanner(in); err == nil && lines.Scan(); {
		var ahead time.Duration
		if ahead, err = time.ParseDuration(lines.Text()); err == nil {
			err = cloud.Clock().Advance(ahead)
		}
		if err == nil {
			err = answer.Encode(own())
		}
	}
	return errors.Join(err, cloud.Close())
}

// process is a cloud in a process of its own.
type process struct {
	localcloud.Endpoints
	dir      string
	ownerKey []byte
	calls    atomic.Int64

	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

// start starts a cloud on dir and waits until it serves.
func start(dir string) (*process, error) {
	p := &process{dir: dir, cmd: exec.Command(os.Args[0], "-serve", dir)}
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.out = json.NewDecoder(out)
	if err := p.out.Decode(&p.Endpoints); err != nil {
		return nil, errors.Join(fmt.Errorf("the cloud did not start: %w", err), p.stop())
	}
	p.ownerKey, err = os.ReadFile(filepath.Join(dir, "owner-key.json"))
	return p, err
}

func (p *process) stop() error { return errors.Join(p.in.Close(), p.cmd.Wait()) }

// advance puts the cloud's clock forward and asks what the cloud takes up.
func (p *process) advance(d time.Duration) (s sample, err error) {
	if _, err := fmt.Fprintln(p.in, d); err != nil {
		return s, err
	}
	err = p.out.Decode(&s)
	return s, err
}

// measure asks the cloud what it takes up, and looks at its folder.
func (p *process) measure() (s sample, err error) {
	if s, err = p.advance(0); err != nil {
		return s, err
	}
	s.Calls = p.calls.Load()
	err = filepath.WalkDir(p.dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a file that was just deleted
		}
		if err == nil {
			s.Files += info.Size()
		}
		return err
	})
	return s, err
}
