package localcloud

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc"

	"github.com/bulkhead-saas/bulkhead/localcloud/diskfull"
)

// grace is how long calls in progress may take when the cloud closes.
const grace = 3 * time.Second

// serving is the servers that run.
type serving struct {
	grpc *grpc.Server
	http []*http.Server
}

func (s *serving) serveGRPC(l net.Listener, g *grpc.Server, log *slog.Logger) {
	s.grpc = g
	go func() {
		if err := g.Serve(l); err != nil {
			log.Error("local cloud: gRPC stopped", "err", err)
		}
	}()
}

// refuseWhenFull answers for the services that pass on what their database says.
func refuseWhenFull(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	res, err := handler(ctx, req)
	return res, diskfull.Refusal(err)
}

// serveHTTP serves h on l. body bounds how long a request may take to arrive and an answer to
// leave; 0: no bound, for files.
func (s *serving) serveHTTP(l net.Listener, h http.Handler, body time.Duration, log *slog.Logger) {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       body,
		WriteTimeout:      body,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	s.http = append(s.http, server)
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("local cloud: HTTP stopped", "addr", l.Addr().String(), "err", err)
		}
	}()
}

// close stops all servers at the same time, and cuts what has not ended after the grace.
func (s *serving) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	stopped := make(chan error)
	for _, server := range s.http {
		go func() {
			err := server.Shutdown(ctx)
			if errors.Is(err, context.DeadlineExceeded) {
				err = server.Close()
			}
			stopped <- err
		}()
	}
	if s.grpc != nil {
		cut := context.AfterFunc(ctx, s.grpc.Stop)
		s.grpc.GracefulStop()
		cut()
	}
	var errs []error
	for range s.http {
		errs = append(errs, <-stopped)
	}
	return errors.Join(errs...)
}
