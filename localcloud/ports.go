package localcloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/bulkhead-saas/bulkhead/localcloud/console"
)

// listeners are the cloud's, all on loopback. DNS has one port for both of its protocols.
type listeners struct {
	grpc, storage, identity, console net.Listener
	smtp, dns, providers             net.Listener
	dnsUDP                           net.PacketConn
}

// remembered is the file ports.json: key files name the token endpoint, so addresses must outlive
// the process.
type remembered struct {
	Project   string `json:"project"`
	GRPC      int    `json:"grpc"`
	Storage   int    `json:"storage"`
	Identity  int    `json:"identity"`
	Console   int    `json:"console"`
	SMTP      int    `json:"smtp"`
	DNS       int    `json:"dns"`
	Providers int    `json:"providers"`
}

// listen opens the ports that file remembers, or free ones, which it remembers then. The error
// names a port that is taken, or the project that the folder was made for.
func listen(ctx context.Context, file, project string) (_ listeners, err error) {
	var r remembered
	known, err := readJSON(file, &r)
	if err != nil {
		return listeners{}, fmt.Errorf("localcloud: %w", err)
	}
	if known && r.Project != project {
		return listeners{}, fmt.Errorf("localcloud: %s belongs to project %q, not %q: use another folder", file, r.Project, project)
	}
	before := r
	r.Project = project
	var l listeners
	for _, p := range []struct {
		name     string
		port     *int
		listener *net.Listener
	}{
		{"grpc", &r.GRPC, &l.grpc},
		{"storage", &r.Storage, &l.storage},
		{"identity", &r.Identity, &l.identity},
		{"console", &r.Console, &l.console},
		{"smtp", &r.SMTP, &l.smtp},
		{"dns", &r.DNS, &l.dns},
		{"providers", &r.Providers, &l.providers},
	} {
		if p.port == &r.DNS {
			l.dns, l.dnsUDP, err = bindBoth(ctx, *p.port)
		} else {
			*p.listener, err = bind(ctx, *p.port)
		}
		if errors.Is(err, syscall.EADDRINUSE) {
			err = fmt.Errorf("port %d is taken by another program: the folder's %s service needs it, as %s says: "+
				"stop that program, or use another folder", *p.port, p.name, file)
		}
		if err != nil {
			return listeners{}, errors.Join(fmt.Errorf("localcloud: %w", err), l.close())
		}
		*p.port = (*p.listener).Addr().(*net.TCPAddr).Port
	}
	if r != before { // the folder is new, or older than one of its services
		if err := writeJSON(file, r); err != nil {
			return listeners{}, errors.Join(fmt.Errorf("localcloud: %w", err), l.close())
		}
	}
	return l, nil
}

// Ports are chosen below those that systems give to outgoing connections (from 32768 on Linux): a
// port that is remembered must not be somebody's by chance when it is wanted again.
const lowestPort, highestPort = 20_000, 32_000

// bind listens on port or, if it is 0, on a free one.
func bind(ctx context.Context, port int) (net.Listener, error) {
	at := func(port int) (net.Listener, error) {
		return new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	}
	if port != 0 {
		return at(port)
	}
	for range 20 {
		if l, err := at(lowestPort + rand.IntN(highestPort-lowestPort)); err == nil {
			return l, nil
		}
	}
	return at(0)
}

// bindBoth listens over TCP and UDP on port or, if it is 0, on one that is free for both.
func bindBoth(ctx context.Context, port int) (net.Listener, net.PacketConn, error) {
	var err error
	for range 20 {
		var tcp net.Listener
		if tcp, err = bind(ctx, port); err != nil {
			return nil, nil, err
		}
		var udp net.PacketConn
		if udp, err = new(net.ListenConfig).ListenPacket(ctx, "udp", tcp.Addr().String()); err == nil {
			return tcp, udp, nil
		}
		err = errors.Join(err, tcp.Close())
		if port != 0 {
			break
		}
	}
	return nil, nil, err
}

func (l listeners) endpoints() Endpoints {
	at := func(n net.Listener) string { return "http://" + n.Addr().String() }
	return Endpoints{
		GRPC:     at(l.grpc),
		Storage:  at(l.storage),
		Identity: at(l.identity),
		Token:    at(l.identity) + "/token",
		Console:  at(l.console),

		SMTP:      l.smtp.Addr().String(),
		DNS:       l.dns.Addr().String(),
		Providers: at(l.providers),
	}
}

// named lists the endpoints as the console shows them.
func (e Endpoints) named() []console.Endpoint {
	return []console.Endpoint{
		{Name: "Firestore, Pub/Sub, Scheduler, IAM Admin, Resource Manager (gRPC)", Address: strings.TrimPrefix(e.GRPC, "http://")},
		{Name: "Cloud Storage", Address: e.Storage},
		{Name: "Identity Platform, IAM Credentials", Address: e.Identity},
		{Name: "Tokens", Address: e.Token},
		{Name: console.SMTP, Address: e.SMTP},
		{Name: console.DNS, Address: e.DNS},
		{Name: "OpenID providers", Address: e.Providers},
	}
}

func (l listeners) close() error {
	var errs []error
	for _, n := range []net.Listener{l.grpc, l.storage, l.identity, l.console, l.smtp, l.dns, l.providers} {
		if n != nil {
			errs = append(errs, n.Close())
		}
	}
	if l.dnsUDP != nil {
		errs = append(errs, l.dnsUDP.Close())
	}
	return errors.Join(errs...)
}

// readJSON reads file into v; ok is false when there is no such file.
func readJSON(file string, v any) (ok bool, err error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return false, fmt.Errorf("%s: %w", file, err)
	}
	return true, nil
}

func writeJSON(file string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(file, append(b, '\n'))
}

// writeFile writes a file that only its owner may read, whole or not at all.
func writeFile(file string, content []byte) error {
	f, err := os.OpenFile(file+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
