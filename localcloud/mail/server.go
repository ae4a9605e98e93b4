package mail

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"go.etcd.io/bbolt"

	"github.com/bulkhead-saas/bulkhead/localcloud/diskfull"
)

const (
	// Kept is how many mails are kept.
	Kept = 500
	// MaxSize is how large a mail may be, in bytes.
	MaxSize = 1 << 20

	maxRecipients = 100
	patience      = time.Minute // with a connection that sends or takes nothing
)

// Config configures a Server.
type Config struct {
	Dir    string           // an existing folder, in which the mails are kept
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: slog.Default
}

// Server keeps mail. Safe for concurrent use.
type Server struct {
	cfg  Config
	db   *bbolt.DB
	smtp *smtp.Server

	mu        sync.Mutex
	came      chan struct{} // closed and replaced with each mail
	listeners []net.Listener
	closed    bool
}

// Open opens the mails of a folder. Close the server when it is done with.
func Open(cfg Config) (*Server, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	db, err := bbolt.Open(filepath.Join(cfg.Dir, "mail.db"), 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, db: db, came: make(chan struct{})}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }))
	s.smtp.Domain = "localhost"
	s.smtp.MaxMessageBytes = MaxSize
	s.smtp.MaxRecipients = maxRecipients
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = patience, patience
	s.smtp.EnableSMTPUTF8 = true
	s.smtp.ErrorLog = slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelWarn)
	return s, nil
}

// Serve takes mail from a listener until that or the server is closed. It returns nil then.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	closed := s.closed
	s.listeners = append(s.listeners, l)
	s.mu.Unlock()
	if closed {
		return unlessClosed(l.Close())
	}
	return unlessClosed(s.smtp.Serve(l))
}

// Close stops the server at once: a mail that is on its way is not taken.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	listeners := s.listeners
	s.mu.Unlock()
	errs := []error{unlessClosed(s.smtp.Close())}
	for _, l := range listeners { // the library may not know yet of one that has just been handed in
		errs = append(errs, unlessClosed(l.Close()))
	}
	return errors.Join(append(errs, s.db.Close())...)
}

func unlessClosed(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

// session is the mail that a connection is about to send.
type session struct {
	server *Server
	from   string
	to     []string
}

// Mail notes the sender.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

// Rcpt notes a recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data takes the mail. What it answers is what became of it.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	err = s.server.keep(Message{From: s.from, To: s.to, Raw: raw})
	switch {
	case diskfull.Is(err):
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: oneLine(diskfull.Message)}
	case err != nil:
		s.server.cfg.Logger.Error("local cloud: a mail was not kept", "err", err)
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "The mail could not be kept; the log says why."}
	}
	return nil
}

// Reset forgets the mail.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout ends the session.
func (s *session) Logout() error { return nil }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
