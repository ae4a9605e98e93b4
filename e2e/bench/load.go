package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
)

// connections is how many requests are under way at a time.
const connections = 32

// target is a server under load: a few connections that stay open, and what is sent on each, over
// and over. It is a client of few words, for what it uses of the processors is taken from the
// servers.
type target struct {
	name    string
	clients []*client
	measure []*child // whose processor time counts
}

type client struct {
	conn    net.Conn
	r       *bufio.Reader
	request []byte
	took    []time.Duration // of the requests of a turn
}

// anyHost stands in a request where the host and port of the server will.
const anyHost = "server.test"

// get is a GET request as it goes over the wire, but for the host: load says which server it is
// for.
func get(path string, header ...string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + anyHost + "\r\n" + strings.Join(append(header, "\r\n"), "\r\n"))
}

// load opens the connections and sends one request on each. The requests are given to the
// connections in turn.
func load(name, addr string, measure []*child, requests ...[]byte) (*target, error) {
	t := &target{name: name, measure: measure}
	for i := range connections {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return nil, err
		}
		request := bytes.Replace(requests[i%len(requests)], []byte(anyHost), []byte(addr), 1)
		c := &client{conn: conn, r: bufio.NewReader(conn), request: request}
		if err := c.do(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		t.clients = append(t.clients, c)
	}
	return t, nil
}

// close closes the connections.
func (t *target) close() {
	for _, c := range t.clients {
		_ = c.conn.Close()
	}
}

// turn is a side of rounds: all connections ask as fast as they are answered, for so long, and each
// at least once.
func (t *target) turn(length time.Duration) rounds.Side {
	return func() (rounds.Cost, error) {
		used, err := cpu(t.measure)
		if err != nil {
			return rounds.Cost{}, err
		}
		began := time.Now()
		faults := make([]error, len(t.clients))
		var all sync.WaitGroup
		for i, c := range t.clients {
			all.Go(func() {
				c.took = c.took[:0]
				for now := began; len(c.took) == 0 || now.Sub(began) < length && faults[i] == nil; {
					faults[i] = c.do()
					after := time.Now()
					c.took = append(c.took, after.Sub(now))
					now = after
				}
			})
		}
		all.Wait()
		cost := rounds.Cost{Wall: time.Since(began)}
		if err := errors.Join(faults...); err != nil {
			return cost, fmt.Errorf("%s: %w", t.name, err)
		}
		after, err := cpu(t.measure)
		if err != nil {
			return cost, err
		}
		var took []time.Duration
		for _, c := range t.clients {
			took = append(took, c.took...)
		}
		slices.Sort(took)
		cost.Ops, cost.CPU, cost.P99 = len(took), after-used, took[len(took)*99/100]
		return cost, nil
	}
}

// do sends the request and reads the answer, which must be 200 and say how long it is.
func (c *client) do() error {
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	status, err := c.r.ReadSlice('\n')
	if err != nil {
		return err
	}
	good := bytes.Contains(status, []byte(" 200 "))
	said := string(status[:min(len(status), 64)])
	length := -1
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		const name = "content-length: "
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			if length, err = strconv.Atoi(strings.TrimSpace(string(line[len(name):]))); err != nil {
				return err
			}
		}
	}
	if !good || length < 0 {
		return fmt.Errorf("answered %q, %d bytes", strings.TrimSpace(said), length)
	}
	_, err = c.r.Discard(length)
	return err
}
