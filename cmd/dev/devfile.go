package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
)

// devFile is dev.json: where everything is and how to sign in, for scripts and tests. It holds
// passwords and paths of keys, and is readable by its owner only.
type devFile struct {
	App       string       `json:"app"`
	Console   string       `json:"console"`
	Project   string       `json:"project"`
	Endpoints devEndpoints `json:"endpoints"`
	APIKey    string       `json:"apiKey"` // of the Identity Platform
	Operator  operatorPlan `json:"operator"`
	Tenants   []devTenant  `json:"tenants"`

	Mail      devMail       `json:"mail"`
	DNS       string        `json:"dns"` // host:port, over UDP and TCP
	Providers []devProvider `json:"providers"`
}

type devMail struct {
	SMTP string `json:"smtp"` // host:port
}

// devProvider is an OpenID provider of a tenant's to be, which no tenant is set up with yet.
type devProvider struct {
	Name         string              `json:"name"`
	Issuer       string              `json:"issuer"`
	ClientID     string              `json:"clientId"`
	ClientSecret string              `json:"clientSecret"`
	RedirectURI  string              `json:"redirectUri"`
	People       []devProviderPerson `json:"people"`
	Machines     []clientPlan        `json:"machineClients"` // which get tokens by client credentials
}

type devProviderPerson struct {
	credentials
	Subject string   `json:"sub"`
	Groups  []string `json:"groups"`
}

// devEndpoints are the local cloud's addresses. Firestore's is host:port, as Google's gRPC clients
// take it.
type devEndpoints struct {
	Firestore string `json:"firestore"`
	Storage   string `json:"storage"`
	Identity  string `json:"identity"`
	Token     string `json:"token"`
}

type devTenant struct {
	ID             string    `json:"id"`
	Slug           string    `json:"slug"`
	Name           string    `json:"name"`
	Region         int64     `json:"region"`
	Isolation      string    `json:"isolation"`
	Database       string    `json:"database"`
	Bucket         string    `json:"bucket"`
	ServiceAccount string    `json:"serviceAccount"`
	KeyFile        string    `json:"keyFile"`
	Users          []devUser `json:"users"`
}

type devUser struct {
	credentials
	Role string `json:"role"`
}

// describe reads back what was seeded, and lays each tenant's key beside dev.json for whoever wants
// to try what it opens.
func (d dev) describe(ctx context.Context, p plan, server *app.App, vault *vault.Vault) (devFile, error) {
	at := d.cloud.Endpoints()
	file := devFile{
		App:     d.address,
		Console: at.Console,
		Project: project,
		Endpoints: devEndpoints{
			Firestore: strings.TrimPrefix(at.GRPC, "http://"), Storage: at.Storage, Identity: at.Identity, Token: at.Token,
		},
		APIKey:    d.cloud.APIKey(),
		Operator:  p.Operator,
		Mail:      devMail{d.outside().SMTP},
		DNS:       d.outside().DNS,
		Providers: d.providers,
	}
	for _, planned := range p.Tenants {
		slug, err := tenant.ParseSlug(planned.Slug)
		if err != nil {
			return file, err
		}
		t, err := server.Registry.BySlug(ctx, slug)
		if err != nil {
			return file, fmt.Errorf("tenant %s: %w", slug, err)
		}
		bundle, _, err := vault.Get(ctx, t.ID, t.Region)
		if err != nil {
			return file, fmt.Errorf("key of %s: %w", slug, err)
		}
		keyFile := "" // without keys
		if bundle.Key != nil {
			keyFile = d.keyFile(planned.Slug)
			if err := writeSecret(keyFile, bundle.Key); err != nil {
				return file, err
			}
		}
		d.labels.add(t, keyFile)
		described := devTenant{
			ID: t.ID.String(), Slug: t.Slug.String(), Name: t.Name, Region: int64(t.Region), Isolation: string(t.Isolation),
			Database: t.Database, Bucket: t.Bucket, ServiceAccount: t.ServiceAccount, KeyFile: keyFile,
		}
		for _, person := range planned.Users {
			described.Users = append(described.Users, devUser{person.credentials, person.Role})
		}
		file.Tenants = append(file.Tenants, described)
	}
	return file, nil
}

func welcome(w io.Writer, data string, file devFile) {
	fmt.Fprintf(w, "\nBulkhead is ready.\n\n")
	for _, t := range file.Tenants {
		fmt.Fprintf(w, "  %-16s %s/t/%s\n", t.Name, file.App, t.Slug)
		for _, u := range t.Users {
			fmt.Fprintf(w, "    %-8s %-28s %s\n", u.Role, u.Email, u.Password)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "  %-16s %s/operator\n", "Operators", file.App)
	fmt.Fprintf(w, "    %-8s %-28s %s\n", "operator", file.Operator.Email, file.Operator.Password)
	fmt.Fprintf(w, "    %-8s %-28s %s\n", "", "key of an authenticator app", file.Operator.TOTPSecret)
	fmt.Fprintf(w, "    %-8s %-28s %s\n\n", "", "or a code of the moment", "go run ./cmd/dev -code")
	for _, p := range file.Providers {
		fmt.Fprintf(w, "  %-16s %s   (sign in as %s, %s)\n", p.Name, p.Issuer, p.People[0].Email, p.People[0].Password)
	}
	fmt.Fprintf(w, "  %-16s %s   (who was allowed what, and why)\n", "Cloud console", file.Console)
	fmt.Fprintf(w, "  %-16s %s/mail   (what was sent)\n", "Mail", file.Console)
	fmt.Fprintf(w, "  %-16s %s/dns   (records to prove a domain with)\n", "DNS", file.Console)
	fmt.Fprintf(w, "  %-16s %s\n\n", "For scripts", filepath.Join(data, "dev.json"))
	fmt.Fprintf(w, "Ctrl-C stops it; the next start keeps all data.\n\n")
}
