package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// cloud is cmd/dev in a process of its own: a local cloud that enforces IAM, with two tenants. Of
// its dev.json this is what counts here.
type cloud struct {
	App       string
	Project   string
	APIKey    string
	Endpoints struct{ Firestore, Storage, Identity, Token string }
	Tenants   []*customer

	binary, data string
	ownerKey     string // file
	keyset       string
	events       keysets
	process      *child
}

// keysets are the key sets of events, as the configuration has them.
type keysets struct{ tickets, handover, adapter string }

type customer struct {
	ID, Slug, Database, Bucket, KeyFile string

	Users []*user
}

type user struct {
	Email, Password, Role string
	ID, Token             string // once signed in
}

// serverFlags are how the production binary is built: see the Makefile's build.
var serverFlags = []string{"-tags=disable_grpc_modules", "-trimpath", "-ldflags=-s -w"}

// build builds a program of ours.
func (b *bench) build(ctx context.Context, pkg string, flags ...string) (string, error) {
	binary := b.file(filepath.Base(pkg))
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build", "-o", binary}, flags...), pkg)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return binary, nil
}

// theCloud returns the run's cloud, started at the first call, with everybody signed in.
func (b *bench) theCloud(ctx context.Context) (*cloud, error) {
	if b.cloud != nil {
		return b.cloud, nil
	}
	binary, err := b.build(ctx, "./cmd/dev")
	if err != nil {
		return nil, err
	}
	if b.servers, err = b.build(ctx, "./e2e/bench", serverFlags...); err != nil {
		return nil, err
	}
	c, err := b.startCloud(binary, b.file("cloud"))
	if err != nil {
		return nil, err
	}
	sealing, err := os.ReadFile(filepath.Join(c.data, "keys", "sealing.json"))
	if err != nil {
		return nil, err
	}
	c.keyset = string(sealing)
	c.ownerKey = filepath.Join(c.data, "cloud", "owner-key.json")
	if c.events, err = readKeysets(filepath.Join(c.data, "keys")); err != nil {
		return nil, err
	}
	for _, t := range c.Tenants {
		for _, u := range t.Users {
			if err := c.signIn(ctx, t, u); err != nil {
				return nil, fmt.Errorf("%s: %w", u.Email, err)
			}
		}
	}
	b.cloud = c
	return c, nil
}

// readKeysets reads what cmd/dev made at its start.
func readKeysets(dir string) (k keysets, err error) {
	tickets, err := os.ReadFile(filepath.Join(dir, "tickets.json"))
	if err != nil {
		return k, err
	}
	handover, err := os.ReadFile(filepath.Join(dir, "adapter-handover.json"))
	if err != nil {
		return k, err
	}
	secret, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(handover)))
	if err != nil {
		return k, err
	}
	public, err := secret.Public()
	if err != nil {
		return k, err
	}
	var adapter bytes.Buffer
	err = public.WriteWithNoSecrets(keyset.NewJSONWriter(&adapter))
	return keysets{string(tickets), string(handover), adapter.String()}, err
}

func (b *bench) startCloud(binary, data string) (*cloud, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := ln.Addr().String()
	ln.Close()
	// It complains of each push that fails, and some are to fail.
	complaints, err := os.OpenFile(data+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	process, err := b.startSaying(complaints, binary, "-addr", addr, "-data", data)
	if err := errors.Join(err, complaints.Close()); err != nil {
		return nil, err
	}
	if _, err := process.expect("Ctrl-C stops it"); err != nil {
		text, _ := os.ReadFile(data + ".log")
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	file, err := os.ReadFile(filepath.Join(data, "dev.json"))
	if err != nil {
		return nil, err
	}
	c := &cloud{binary: binary, data: data, process: process}
	return c, json.Unmarshal(file, c)
}

// signIn signs somebody in through the API, and looks up under which identifier the tenant knows
// them.
func (c *cloud) signIn(ctx context.Context, t *customer, u *user) error {
	body, err := json.Marshal(map[string]string{"email": u.Email, "password": u.Password})
	if err != nil {
		return err
	}
	var tokens struct{ IDToken string }
	if err := c.call(ctx, t, http.MethodPost, "/api/v1/token", "", body, &tokens); err != nil {
		return err
	}
	u.Token = tokens.IDToken
	var people struct{ Users []struct{ ID, Email string } }
	if err := c.call(ctx, t, http.MethodGet, "/api/v1/users", u.Token, nil, &people); err != nil {
		return err
	}
	for _, p := range people.Users {
		if p.Email == u.Email {
			u.ID = p.ID
			return nil
		}
	}
	return errors.New("is not among the tenant's people")
}

func (c *cloud) call(ctx context.Context, t *customer, method, path, token string, body []byte, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.App+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("X-TenantId", t.ID)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// plan is what one of the servers is told.
type plan struct {
	Config app.Config
	Tenant customer // of a server that has one
	Both   bool     // default clients: of Storage too
	Count  int
}

// plan is the configuration of a server on the cloud, as cmd/dev configures its own, without a
// limit of what a tenant may ask.
func (c *cloud) plan() plan {
	account := func(name string) string { return "bulkhead-" + name + "@" + c.Project + ".iam.gserviceaccount.com" }
	grpc := "http://" + c.Endpoints.Firestore
	return plan{Tenant: *c.Tenants[0], Config: app.Config{
		Addr:                   "127.0.0.1:0",
		PublicURL:              "http://127.0.0.1",
		Project:                c.Project,
		IdentityAPIKey:         c.APIKey,
		SealingKeyset:          c.keyset,
		WebAccount:             account("web"),
		WebKeyFile:             filepath.Join(c.data, "keys", "web.json"),
		VendingAccount:         account("vending"),
		VaultUS:                c.Project + "-vault-us",
		VaultEU:                c.Project + "-vault-eu",
		VaultAsia:              c.Project + "-vault-asia",
		MaxUploadBytes:         1 << 20,
		FirestoreEndpoint:      grpc,
		StorageEndpoint:        c.Endpoints.Storage,
		IdentityEndpoint:       c.Endpoints.Identity,
		TokenEndpoint:          c.Endpoints.Token,
		IAMEndpoint:            grpc,
		ResourceEndpoint:       grpc,
		IAMCredentialsEndpoint: c.Endpoints.Identity,
		Plaintext:              true,
		Limits:                 door.Limits{Rate: 1e9, InFlight: 1 << 20, SignIns: 1e9},
	}}
}
