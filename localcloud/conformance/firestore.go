package main

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	fsadmin "cloud.google.com/go/firestore/apiv1/admin"
	fsadminpb "cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"golang.org/x/sync/errgroup"
)

// testIndexes are the indexes of the project that Google runs its tests on, as far as the tests
// show them.
//
//go:embed firestore.indexes.json
var testIndexes []byte

// firestoreSuite is the tests of the Firestore client that run on the default database of a
// project. Those of Enterprise databases, which are pipelines, are not among them: the local cloud
// has none.
var firestoreSuite = suite{
	name:   "firestore",
	module: "cloud.google.com/go/firestore",
	pkg:    "cloud.google.com/go/firestore",
	tests:  "^TestIntegration_DefaultDB$",
	depth:  2,
	count:  52,
	edits: []edit{{
		file: "integration_test.go",
		old:  "copts := append(ti.CallOptions(), option.WithTokenSource(ts))",
		new: `copts := append(ti.CallOptions(), option.WithTokenSource(ts), option.WithEndpoint(os.Getenv("CONFORMANCE_ENDPOINT")),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))`,
	}, {
		file: "integration_test.go",
		old:  `"google.golang.org/grpc/codes"`,
		new: `"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"`,
	}},
	prepare: prepareFirestore,
	settle:  61 * time.Second, // one reads as of a minute ago
	checks:  []check{{"30 contended increments by 6 goroutines", contend}},
}

// prepareFirestore makes the default database, and the account that the tests are.
func prepareFirestore(ctx context.Context, w *world) ([]string, error) {
	databases, err := fsadmin.NewFirestoreAdminClient(ctx, w.asOwner()...)
	if err != nil {
		return nil, err
	}
	defer databases.Close()
	op, err := databases.CreateDatabase(ctx, &fsadminpb.CreateDatabaseRequest{
		Parent: projectName, DatabaseId: firestore.DefaultDatabaseID,
		Database: &fsadminpb.Database{LocationId: "nam5", Type: fsadminpb.Database_FIRESTORE_NATIVE},
	})
	if err != nil {
		return nil, err
	}
	if _, err := op.Wait(ctx); err != nil {
		return nil, err
	}
	if err := w.cloud.LoadIndexes(firestore.DefaultDatabaseID, testIndexes); err != nil {
		return nil, err
	}
	key, err := w.account(ctx, "firestore-tests", "roles/datastore.user")
	if err != nil {
		return nil, err
	}
	path, err := w.file("firestore-tests.json", key)
	return []string{
		"CONFORMANCE_ENDPOINT=" + w.address(),
		"GCLOUD_TESTS_GOLANG_FIRESTORE_PROJECT_ID=" + project,
		"GCLOUD_TESTS_GOLANG_FIRESTORE_KEY=" + path,
		"GOOGLE_APPLICATION_CREDENTIALS=" + path, // one makes a client without naming any
		"FIRESTORE_EMULATOR_HOST=",
	}, err
}

// contend increments one document in transactions that get in each other's way, and finds out
// whether one was lost.
func contend(ctx context.Context, w *world) (string, error) {
	const goroutines, increments = 6, 5
	client, err := firestore.NewClient(ctx, project, w.asOwner()...)
	if err != nil {
		return "", err
	}
	defer client.Close()
	counter := client.Doc("conformance/counter")
	if _, err := counter.Set(ctx, map[string]any{"n": 0}); err != nil {
		return "", err
	}
	began := time.Now()
	var all errgroup.Group
	for range goroutines {
		all.Go(func() error {
			for range increments {
				err := client.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
					doc, err := tx.Get(counter)
					if err != nil {
						return err
					}
					n, err := doc.DataAt("n")
					if err != nil {
						return err
					}
					return tx.Set(counter, map[string]any{"n": n.(int64) + 1})
				}, firestore.MaxAttempts(increments*goroutines))
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return "", err
	}
	took := time.Since(began)
	doc, err := counter.Get(ctx)
	if err != nil {
		return "", err
	}
	if n := doc.Data()["n"]; n != int64(goroutines*increments) {
		return "", fmt.Errorf("%v of %d are left", n, goroutines*increments)
	}
	return fmt.Sprintf("none lost, in %s", took.Round(time.Millisecond)), nil
}
