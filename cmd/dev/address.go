package main

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// listen listens on the loopback address. If the port is another program's, the error says what to
// do.
func listen(addr string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, taken(addr)
	}
	if err != nil {
		return nil, err
	}
	// A browser that is told "localhost" may try ::1 first, and would find whoever listens there.
	at := ln.Addr().(*net.TCPAddr)
	if at.IP.To4() != nil {
		other, err := net.Listen("tcp6", net.JoinHostPort("::1", fmt.Sprint(at.Port)))
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, errors.Join(taken(fmt.Sprintf("[::1]:%d", at.Port)), ln.Close())
		}
		if err == nil {
			other.Close()
		}
	}
	return ln, nil
}

func taken(addr string) error {
	return fmt.Errorf("%s is taken by another program: stop it, or choose another address with -addr (make run ADDR=127.0.0.1:8081)", addr)
}

// nameOf is the origin of the application for browsers. It is a name and not an address, for
// passkeys belong to a name.
func nameOf(a net.Addr) string { return fmt.Sprintf("http://localhost:%d", a.(*net.TCPAddr).Port) }
