// Package mail is an SMTP server that keeps what it is given and sends nothing on. An application
// speaks real SMTP to it (RFC 5321), and its mail is read in the local cloud's console or by tests.
//
// It takes mail from anybody who connects, for any address: it listens on loopback alone. It offers
// no TLS and no AUTH. A mail that was acknowledged is on disk; the latest 500 are kept. Each may
// have a mebibyte.
package mail
