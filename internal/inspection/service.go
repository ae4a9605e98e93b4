package inspection

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/api"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/clienttoken"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/cloud"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/intake"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/parts"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/records"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/sandbox"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
)

// WorkerMain does what the process that inspects one file does, and ends it, if the program was
// started as one. It comes first in the main function of every program that runs a Service.
func WorkerMain() { sandbox.ChildMain() }

// What stopping may take. Together they stay below the ten seconds after which Cloud Run and App
// Engine kill a process.
const (
	drainTime = 3 * time.Second
	closeTime = 6 * time.Second
)

// keySetTime bounds a call that asks an issuer for its keys.
const keySetTime = 10 * time.Second

// Service is a running Service B.
type Service struct {
	handler http.Handler
	intake  *intake.Intake
	clients *cloud.Clients
	keySets *http.Transport

	stop     context.CancelFunc // ends tending
	tending  sync.WaitGroup
	closing  sync.Once
	closeErr error
}

// New validates cfg, wires the service, and begins to look at what a process before it has left:
// inspections among it. Close it when done. ctx bounds the start alone.
func New(ctx context.Context, cfg Config, log *slog.Logger) (_ *Service, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configuration:\n%w", err)
	}
	keySets := http.DefaultTransport.(*http.Transport).Clone()
	verifier, err := clienttoken.NewVerifier(clienttoken.Config{
		Issuers: cfg.Issuers, Plaintext: cfg.Plaintext, Now: cfg.Now,
		HTTPClient: &http.Client{
			Transport: cfg.endpoints().Transport(keySets), Timeout: keySetTime,
			CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("an issuer's keys are where it says") },
		},
	})
	if err != nil {
		return nil, fmt.Errorf("configuration:\nINSPECTION_ISSUERS: %w", err)
	}
	runner, err := sandbox.New(cfg.worker(), cfg.child())
	if err != nil {
		return nil, err
	}
	s := &Service{keySets: keySets}
	s.clients, err = cloud.Open(ctx, cloud.Config{
		Project: cfg.Project, Database: cfg.Database, Bucket: cfg.Bucket,
		KeyFile: cfg.KeyFile, Account: cfg.Account, Endpoints: cfg.endpoints(),
	})
	if err != nil {
		return nil, err
	}
	store := records.New(s.clients.Database(), cfg.Now)
	s.intake, err = intake.New(intake.Config{
		Store: store, Bucket: parts.New(s.clients.Bucket()), Runner: runner, Limits: cfg.receiving(), Logger: log,
	})
	if err == nil {
		s.handler, err = api.New(api.Config{
			Verifier: verifier, Store: store, Intake: s.intake, Limits: cfg.requests(), Logger: log, Origins: cfg.Origins, IsAmbiguous: httpserver.IsAmbiguous,
		})
	}
	if err != nil {
		return nil, errors.Join(err, s.clients.Close())
	}
	tending, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.tending.Go(func() { s.intake.Run(tending) })
	return s, nil
}

// Handler answers everything that the service answers.
func (s *Service) Handler() http.Handler { return s.handler }

// Serve serves on ln until ctx ends, then lets requests under way finish for at most 3 s. It is the
// server that a program of its own needs; the time that a request may take is that of the handler.
func (s *Service) Serve(ctx context.Context, ln net.Listener) error {
	server := httpserver.New(s.handler)
	server.ReadTimeout, server.WriteTimeout = 0, 4*time.Minute // a part takes its time: the handler says how much
	serving := make(chan error, 1)
	go func() { serving <- server.Serve(httpserver.Framed(ln)) }()
	select {
	case err := <-serving:
		return err
	case <-ctx.Done():
	}
	grace, done := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer done()
	err := server.Shutdown(grace)
	if grace.Err() != nil {
		err = server.Close()
	}
	return err
}

// Close ends the inspections of this process, which another one then begins again, and releases the
// connections. It takes 6 s at most. Closing again does nothing.
func (s *Service) Close(ctx context.Context) error {
	s.closing.Do(func() {
		ctx, cancel := context.WithTimeout(ctx, closeTime)
		defer cancel()
		s.stop()
		s.closeErr = s.intake.Close(ctx)
		s.tending.Wait()
		s.keySets.CloseIdleConnections()
		s.closeErr = errors.Join(s.closeErr, s.clients.Close())
	})
	return s.closeErr
}
