package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strconv"

	"code.dny.dev/ssrf"
)

// Kind says what is wrong with an address or with its answer.
type Kind string

// The kinds of Error.
const (
	KindAddress     Kind = "address"     // the URL is malformed
	KindScheme      Kind = "scheme"      // it is not https
	KindUserInfo    Kind = "userinfo"    // it carries a name or a password
	KindHost        Kind = "host"        // its host is an IP address, or is not a public name
	KindPort        Kind = "port"        // its port is not 443
	KindPrivate     Kind = "private"     // its host has an address that is not public
	KindRedirect    Kind = "redirect"    // the answer leads elsewhere
	KindTooLarge    Kind = "too_large"   // the answer is larger than may be
	KindTimeout     Kind = "timeout"     // the call took longer than may be
	KindUnknownHost Kind = "no_host"     // the host's name does not exist
	KindUnreachable Kind = "unreachable" // no answer came
	KindCertificate Kind = "certificate" // the server's certificate does not hold
	KindStatus      Kind = "status"      // the answer's status is not 200
	KindHTML        Kind = "html"        // the answer is a web page
	KindMediaType   Kind = "media_type"  // the answer is not JSON
	KindCanceled    Kind = "canceled"    // the caller gave up
)

// Error is why an address was not called, or why its answer was not taken. It never holds any part
// of an answer's body.
type Error struct {
	Kind     Kind
	Sentence string // one plain sentence for the admin who set the address
	Status   int    // of KindStatus; otherwise 0
	err      error
}

func (e *Error) Error() string { return "outbound: " + e.Sentence }

// Unwrap returns the cause, for logs. It is nil where the package itself refused.
func (e *Error) Unwrap() error { return e.err }

func refuse(kind Kind, sentence string) *Error { return &Error{Kind: kind, Sentence: sentence} }

// IsRefusal reports whether the package refused a well-formed address by one of its rules. Whoever
// looks for a way into a private network is refused so, too.
func (e *Error) IsRefusal() bool {
	switch e.Kind {
	case KindScheme, KindUserInfo, KindHost, KindPort, KindPrivate, KindRedirect:
		return true
	}
	return false
}

// explain makes an Error of what a connection or a read failed with.
func explain(err error) *Error {
	var (
		ours     *Error
		name     *net.DNSError
		timed    interface{ Timeout() bool }
		verify   *tls.CertificateVerificationError
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		plain    tls.RecordHeaderError
	)
	because := func(kind Kind, sentence string) *Error {
		return &Error{Kind: kind, Sentence: sentence, err: err}
	}
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrInvalidHostPort),
		errors.Is(err, ssrf.ErrProhibitedNetwork):
		return because(KindPrivate, "The address leads to a private network; "+
			"use an address that the public internet can reach.")
	case errors.Is(err, ssrf.ErrProhibitedPort):
		return because(KindPort, portSentence)
	case errors.Is(err, context.Canceled):
		return because(KindCanceled, "The call was given up before an answer came; try again.")
	case errors.As(err, &name) && name.IsNotFound:
		return because(KindUnknownHost, "The host of the address does not exist; check its spelling.")
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timed) && timed.Timeout():
		return because(KindTimeout, "The server did not answer in time; "+
			"check that it is up, then try again.")
	case errors.As(err, &verify), errors.As(err, &unknown), errors.As(err, &hostname),
		errors.As(err, &invalid):
		return because(KindCertificate, "The server's certificate is not valid for this address; "+
			"install one that public browsers trust.")
	case errors.As(err, &plain):
		return because(KindCertificate, "The server does not speak TLS at this address; "+
			"turn on https there.")
	}
	return because(KindUnreachable, "The server could not be reached; "+
		"check the address, and that the server is up.")
}

// Quote returns a text from outside as a sentence may show it: in quotes, with every sign that does
// not print escaped, and cut after 200 bytes.
func Quote(s string) string {
	if len(s) > maxQuoted {
		s = s[:maxQuoted] + "..."
	}
	return strconv.Quote(s)
}

const maxQuoted = 200
