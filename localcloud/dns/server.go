package dns

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/miekg/dns"
	"go.etcd.io/bbolt"
)

// Zone is the domain whose names the server answers for.
const Zone = "bulkhead.test"

// patience is how long a connection over TCP may send nothing.
const patience = 30 * time.Second

// Config configures a Server.
type Config struct {
	DB     *bbolt.DB    // keeps the records
	Logger *slog.Logger // nil: slog.Default
}

// Server answers for the zone. Safe for concurrent use.
type Server struct {
	cfg     Config
	servers []*dns.Server

	mu      sync.Mutex
	records map[string][]string // values by name: in lower case, without a dot at the end
	faults  map[string]Fault
	changes uint32 // since the start
	asked   int
	came    chan struct{} // closed and replaced with each question
}

// Open reads the records.
func Open(cfg Config) (*Server, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	s := &Server{cfg: cfg, faults: map[string]Fault{}, came: make(chan struct{})}
	return s, s.read()
}

// Serve answers on a port over UDP and TCP. It returns once both answer; close the server to stop
// them. Only one call is allowed.
func (s *Server) Serve(ctx context.Context, udp net.PacketConn, tcp net.Listener) error {
	started := make(chan error, 2)
	for _, server := range []*dns.Server{{PacketConn: udp}, {Listener: tcp}} {
		server.Handler = s
		server.ReadTimeout, server.WriteTimeout = patience, patience
		server.NotifyStartedFunc = func() { started <- nil }
		s.servers = append(s.servers, server)
		go func() {
			if err := server.ActivateAndServe(); err != nil {
				s.cfg.Logger.Error("local cloud: DNS stopped", "err", err)
				select {
				case started <- err:
				default:
				}
			}
		}()
	}
	for range s.servers {
		select {
		case err := <-started:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Close stops answering.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var errs []error
	for _, server := range s.servers {
		err := server.ShutdownContext(ctx)
		if errors.Is(err, context.DeadlineExceeded) { // a connection over TCP stayed open: it is cut
			err = nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Fault is a way of failing.
type Fault int

// The faults of a name.
const (
	ServFail Fault = iota + 1 // the answer is SERVFAIL
	Silence                   // there is no answer
)

// Fail has questions about a name, and names beneath it, fail in that way until restore is called.
// The Zone itself stands for every name.
func (s *Server) Fail(name string, f Fault) (restore func()) {
	name = plain(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[name] = f
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.faults, name)
	}
}

// Questions is how many questions came since the start, however they were answered.
func (s *Server) Questions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// AwaitQuestions returns once n questions came since the start. The error is that of a context that
// ended before.
func (s *Server) AwaitQuestions(ctx context.Context, n int) error {
	for {
		s.mu.Lock()
		enough, came := s.asked >= n, s.came
		s.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-came:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
