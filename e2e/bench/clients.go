package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	"google.golang.org/api/option"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
)

// defaultClients asks a process of its own what a tenant costs whose clients are opened as Google's
// documentation does, and writes it beside what a tenant of a Machine costs.
func (b *bench) defaultClients(ctx context.Context) error {
	c, err := b.theCloud(ctx)
	if err != nil {
		return err
	}
	for _, both := range []bool{false, true} {
		p := c.plan()
		p.Both, p.Count = both, n(b, 200, 50)
		_, said, err := b.serve(clientsRole, p)
		if err != nil {
			return err
		}
		for i, r := range b.rows {
			if r.Peer == rounds.DefaultFirestore && !both || r.Peer == rounds.DefaultBoth && both {
				b.rows[i].Theirs = said
			}
		}
	}
	return nil
}

// serveClients opens the clients, each used once, and says what one costs.
func serveClients(ctx context.Context, p plan) error {
	key, err := os.ReadFile(p.Tenant.KeyFile)
	if err != nil {
		return err
	}
	type pair struct {
		db    *firestore.Client
		files *storage.Client
	}
	open := func() (pair, error) {
		db, err := firestore.NewClientWithDatabase(ctx, p.Config.Project, p.Tenant.Database, clientOptions(p, key)...)
		if err != nil {
			return pair{}, err
		}
		if _, err := db.Collection("users").Doc(p.Tenant.Users[0].ID).Get(ctx); err != nil {
			return pair{}, err
		}
		if !p.Both {
			return pair{db: db}, nil
		}
		files, err := storage.NewClient(ctx, option.WithEndpoint(p.Config.StorageEndpoint+"/storage/v1/"),
			option.WithAuthCredentialsJSON(option.ServiceAccount, key), storage.WithJSONReads())
		if err != nil {
			return pair{}, err
		}
		_, err = files.Bucket(p.Tenant.Bucket).Objects(ctx, nil).Next()
		if err != nil && !strings.Contains(err.Error(), "no more items") {
			return pair{}, err
		}
		return pair{db, files}, nil
	}
	if _, err := open(); err != nil { // the libraries make what they make once
		return err
	}
	clients := make([]pair, 0, p.Count)
	bytes, goroutines, sockets := heap(), runtime.NumGoroutine(), openSockets()
	for range p.Count {
		c, err := open()
		if err != nil {
			return err
		}
		clients = append(clients, c)
	}
	per := func(before, after int) float64 { return float64(after-before) / float64(p.Count) }
	fmt.Printf("%s %.1f KB, %.1f goroutines, %.1f sockets\n", readyLine,
		per(bytes, heap())/1e3, per(goroutines, runtime.NumGoroutine()), per(sockets, openSockets()))
	runtime.KeepAlive(clients)
	return nil
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int(s.HeapAlloc)
}

// openSockets is how many sockets this process has open.
func openSockets() (count int) {
	files, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		return 0
	}
	for _, file := range files {
		if to, err := os.Readlink(file); err == nil && strings.HasPrefix(to, "socket:") {
			count++
		}
	}
	return count
}
