package attacks_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// childVariable makes this test binary a server: what it serves is told on its standard input.
const childVariable = "BULKHEAD_ATTACKS_SERVE"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		if err := child(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if err := names.listen(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// order is something that a server is told to do which no route does: an operator's tool, or a job,
// would.
type order struct {
	Do     string // "disable", "suspend", "resume", "emulate"
	Tenant string
	User   string
	Token  string // of the admin in whose name it is done
}

// done answers an order, or says that the server is ready.
type done struct{ Origin, Error string }

// child serves, as its first line of input says, until the input ends, and does what the lines
// after it say.
func child(in io.Reader, out io.Writer) error {
	ctx := context.Background()
	lines, answers := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(out)
	var cfg app.Config
	if err := lines.Decode(&cfg); err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s, stop, err := begin(ctx, cfg, ln, slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	if err := answers.Encode(done{Origin: s.origin}); err != nil {
		return err
	}
	for {
		var o order
		if err := lines.Decode(&o); errors.Is(err, io.EOF) {
			return stop()
		} else if err != nil {
			return errors.Join(err, stop())
		}
		var d done
		if err := s.obey(ctx, o); err != nil {
			d.Error = err.Error()
		}
		if err := answers.Encode(d); err != nil {
			return errors.Join(err, stop())
		}
	}
}

func (s *server) obey(ctx context.Context, o order) error {
	if o.Do == "emulate" { // Google's own library takes any token while this is set
		return os.Setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9099")
	}
	id, err := tenant.ParseID(o.Tenant)
	if err != nil {
		return err
	}
	switch o.Do {
	case "suspend":
		return tenancytest.SetStatus(ctx, s.app.Registry, id, tenant.Suspended)
	case "resume":
		return tenancytest.SetStatus(ctx, s.app.Registry, id, tenant.Active)
	case "disable":
		user, err := tenant.ParseUserID(o.User)
		if err != nil {
			return err
		}
		admin, err := s.app.Authenticator.Bearer(ctx, tenant.SelectID(id), o.Token)
		if err != nil {
			return err
		}
		grant, err := s.app.Machine.Vend(ctx, admin)
		if err != nil {
			return err
		}
		_, err = s.app.People.SetDisabled(ctx, grant, user, true)
		return err
	}
	return errors.New("no such order: " + o.Do)
}

// process is a server in a process of its own.
type process struct {
	*server
	t      *testing.T
	input  *json.Encoder
	output *json.Decoder
}

// start starts a process and waits until it is ready. It ends with the test, and must end well.
func start(t *testing.T, cfg app.Config) *process {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childVariable+"=1")
	log := new(journal)
	cmd.Stderr = log
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		late := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
		defer late.Stop()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the process: %v\n%s", err, log)
		}
	})
	p := &process{t: t, input: json.NewEncoder(in), output: json.NewDecoder(out)}
	must(t, p.input.Encode(cfg))
	p.server = &server{origin: p.answer().Origin}
	return p
}

// do has the process obey.
func (p *process) do(o order) {
	p.t.Helper()
	must(p.t, p.input.Encode(o))
	p.answer()
}

func (p *process) answer() (d done) {
	p.t.Helper()
	if err := p.output.Decode(&d); err != nil {
		p.t.Fatalf("the process ended: %v", err)
	}
	if d.Error != "" {
		p.t.Fatal(d.Error)
	}
	return d
}
