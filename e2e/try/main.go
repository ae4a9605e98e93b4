// Command try reads a tenant's people with a tenant's key, on the cloud that make run has started.
// With the tenant's own database it prints them; with another's, what the cloud says.
//
//	go run ./e2e/try acme acme
//	go run ./e2e/try acme globex
//
// It uses Google's client and nothing of ours, so no guard is in the way: the cloud alone answers.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// dev is what is used of dev.json.
type dev struct {
	Project   string
	Endpoints struct{ Firestore string }
	Tenants   []struct{ Slug, Database, KeyFile string }
}

func run(ctx context.Context, args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: try KEY-OF DATABASE-OF [dev.json]")
	}
	file := ".bulkhead/dev.json"
	if len(args) > 2 {
		file = args[2]
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("%w: is make run running?", err)
	}
	var d dev
	if err := json.Unmarshal(content, &d); err != nil {
		return err
	}
	var keyFile, database string
	for _, t := range d.Tenants {
		if t.Slug == args[0] {
			keyFile = t.KeyFile
		}
		if t.Slug == args[1] {
			database = t.Database
		}
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	client, err := firestore.NewClientWithDatabase(ctx, d.Project, database,
		option.WithEndpoint(d.Endpoints.Firestore),
		option.WithAuthCredentialsJSON(option.ServiceAccount, key),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		return err
	}
	defer client.Close()
	people, err := client.Collection("users").Documents(ctx).GetAll()
	if err != nil {
		return err
	}
	for _, p := range people {
		fmt.Println(p.Ref.Path, p.Data()["email"])
	}
	return nil
}
