package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// ErrRefused reports that the mail server will not take a letter, now or later.
var ErrRefused = errors.New("mail: the server refuses the letter")

// ServerConfig says how letters are handed over.
type ServerConfig struct {
	Address  string // host:port
	From     string // whom letters come from: "Bulkhead <no-reply@example.com>"
	User     string // empty: the server asks for no name
	Password string

	// Plaintext lets letters travel unencrypted: to a server on this machine, in development.
	Plaintext bool
}

// Validate returns every fault of c, joined; nil if there is none.
func (c ServerConfig) Validate() error {
	var faults []error
	if host, port, err := net.SplitHostPort(c.Address); err != nil || host == "" {
		faults = append(faults, errors.New("the mail server is not host:port"))
	} else if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		faults = append(faults, errors.New("the mail server's port is no number"))
	}
	if _, err := netmail.ParseAddress(c.From); err != nil {
		faults = append(faults, errors.New("the sender is no address"))
	}
	if (c.User == "") != (c.Password == "") {
		faults = append(faults, errors.New("the mail server needs a name and a password, or neither"))
	}
	return errors.Join(faults...)
}

// Server is an SMTP server that takes letters (RFC 5321). It encrypts by STARTTLS, or from the
// beginning at port 465 (RFC 8314). Safe for concurrent use.
type Server struct {
	cfg  ServerConfig
	host string
	port int
}

// NewServer returns a Server, or every fault of c. It connects to nothing.
func NewServer(c ServerConfig) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	host, text, _ := net.SplitHostPort(c.Address)
	port, _ := strconv.Atoi(text)
	return &Server{c, host, port}, nil
}

const (
	// sendTime is how long handing one letter over may take.
	sendTime = 30 * time.Second
	// implicitTLS is the port at which the server encrypts from the beginning.
	implicitTLS = 465
)

// Letter is what a person gets: a subject and plain text.
type Letter struct {
	To      string
	Subject string
	Text    string
}

// String says whom the letter is for by its length alone: neither the address nor the text, which
// may hold a secret, gets into a log.
func (l Letter) String() string { return fmt.Sprintf("letter of %d characters", len(l.Text)) }

// GoString is String, for %#v.
func (l Letter) GoString() string { return l.String() }

// Format is String, for every verb.
func (l Letter) Format(f fmt.State, _ rune) { fmt.Fprint(f, l.String()) }

// Send hands a letter to the server. id tells it from others: a letter that is sent twice under one
// id has one Message-ID. ErrRefused for a letter that the server will never take; any other error
// may be another the next time. No error quotes the letter.
func (s *Server) Send(ctx context.Context, id string, l Letter) error {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := m.From(s.cfg.From); err != nil {
		return fmt.Errorf("%w: sender", ErrRefused)
	}
	if err := m.To(l.To); err != nil {
		return fmt.Errorf("%w: no address to send to", ErrRefused)
	}
	m.Subject(l.Subject)
	m.SetMessageIDWithValue(id + "@bulkhead")
	m.SetDate()
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answering machine replies
	m.SetBodyString(gomail.TypeTextPlain, l.Text)

	client, err := gomail.NewClient(s.host, s.options()...)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, m)
	if failed := (*gomail.SendError)(nil); errors.As(err, &failed) {
		if code := failed.ErrorCode(); code >= 500 {
			return fmt.Errorf("%w: status %d", ErrRefused, code)
		}
		return fmt.Errorf("mail: status %d", failed.ErrorCode())
	}
	if err != nil {
		return errors.New("mail: the server could not be spoken to")
	}
	return nil
}

func (s *Server) options() []gomail.Option {
	all := []gomail.Option{gomail.WithPort(s.port), gomail.WithTimeout(sendTime)}
	switch {
	case s.cfg.Plaintext:
		all = append(all, gomail.WithTLSPolicy(gomail.NoTLS))
	case s.port == implicitTLS:
		all = append(all, gomail.WithSSL())
	default:
		all = append(all, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.cfg.User != "" {
		all = append(all, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.cfg.User),
			gomail.WithPassword(s.cfg.Password))
	}
	return all
}
