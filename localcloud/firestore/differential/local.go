package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"google.golang.org/grpc"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
)

// startOurs starts this Firestore in a folder of its own.
func startOurs() (*side, error) {
	dir, err := os.MkdirTemp("", "differential-")
	if err != nil {
		return nil, err
	}
	server, err := firestore.Open(firestore.Config{
		Dir: dir, Project: project, Logger: slog.New(slog.DiscardHandler),
		Indexes: firestore.IndexesOff, // as the emulator
	})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	g := grpc.NewServer(grpc.MaxRecvMsgSize(firestore.MaxRequestBytes))
	server.Register(g)
	stop := func() error {
		g.Stop()
		return errors.Join(server.Close(), os.RemoveAll(dir))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	go g.Serve(listener) // until stop
	s, err := dial("this Firestore", listener.Addr().String(), stop)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	admin := adminpb.NewFirestoreAdminClient(s.conn)
	s.create = func(ctx context.Context, w world) error {
		_, err := admin.CreateDatabase(ctx, &adminpb.CreateDatabaseRequest{
			Parent:     "projects/" + project,
			DatabaseId: string(w),
			Database:   &adminpb.Database{LocationId: "nam5", Type: adminpb.Database_FIRESTORE_NATIVE},
		})
		return err
	}
	return s, nil
}
