package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
)

// providerPlan is an identity provider of a tenant's. It is written before anything is started, so
// that passwords and secrets are the same the next time.
type providerPlan struct {
	Name     string           `json:"name"`
	Client   clientPlan       `json:"client"`
	People   []directoryEntry `json:"people"`
	Machines []clientPlan     `json:"machines"`
}

type clientPlan struct {
	ID     string `json:"clientId"`
	Secret string `json:"clientSecret"`
}

// directoryEntry is somebody in a provider's directory.
type directoryEntry struct {
	credentials
	Subject  string         `json:"sub"`
	Name     string         `json:"name"`
	Verified bool           `json:"emailVerified"`
	Groups   []string       `json:"groups,omitempty"`
	Claims   map[string]any `json:"claims,omitempty"`
}

// newProviders are two providers as unlike as two customers' are. Acme's says which groups a person
// is in, and vouches for addresses. Globex's knows no groups, vouches for no address, and names
// people by what looks like an address and is none.
func newProviders() []providerPlan {
	acme := func(subject, first, name string, groups ...string) directoryEntry {
		return directoryEntry{credentials{first + "@acme.bulkhead.test", newPassword("acme")}, subject, name, true, groups, nil}
	}
	globex := func(first, name string) directoryEntry {
		upn := first + "@globex.onmicrosoft.test"
		return directoryEntry{
			credentials{first + "@globex.bulkhead.test", newPassword("globex")}, upn, name, false, nil,
			map[string]any{"upn": upn, "preferred_username": first},
		}
	}
	client := func(id string) clientPlan { return clientPlan{id, newPassword("secret")} }
	return []providerPlan{
		{
			Name: "acme-id", Client: client("bulkhead"), Machines: []clientPlan{client("acme-erp")},
			People: []directoryEntry{
				acme("8d1f7a52-0001", "ada", "Ada Lindqvist", "bulkhead-admins", "staff"),
				acme("8d1f7a52-0002", "eli", "Eli Moreau", "bulkhead-editors", "staff"),
				acme("8d1f7a52-0003", "nia", "Nia Adeyemi", "staff"),
			},
		},
		{
			Name: "globex-id", Client: client("bulkhead-prod"), Machines: []clientPlan{client("globex-scanner")},
			People: []directoryEntry{globex("gus", "Gus Hartmann"), globex("ines", "Ines Duarte"), globex("noor", "Noor Haddad")},
		},
	}
}

// readProviders reads the folder's providers, or makes them.
func (d dev) readProviders() ([]providerPlan, error) {
	file := filepath.Join(d.data, "keys", "providers.json")
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		all := newProviders()
		return all, writeJSON(file, all)
	}
	var all []providerPlan
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return all, nil
}

// startProviders starts the providers, and returns what dev.json says of them. The application's
// callback is the one address that their clients may be answered at.
func (d dev) startProviders() ([]devProvider, error) {
	plans, err := d.readProviders()
	if err != nil {
		return nil, err
	}
	var started []devProvider
	for _, p := range plans {
		described := devProvider{
			Name: p.Name, Issuer: d.cloud.Providers().IssuerOf(p.Name), ClientID: p.Client.ID, ClientSecret: p.Client.Secret,
			RedirectURI: d.address + "/callback", Machines: p.Machines,
		}
		cfg := oidc.Config{
			Audience: d.address,
			Now:      d.cloud.Clock().Now,
			Clients:  []oidc.Client{{ID: p.Client.ID, Secret: p.Client.Secret, RedirectURIs: []string{described.RedirectURI}}},
		}
		for _, m := range p.Machines {
			cfg.Clients = append(cfg.Clients, oidc.Client{ID: m.ID, Secret: m.Secret, Machine: true})
		}
		for _, person := range p.People {
			cfg.Users = append(cfg.Users, oidc.User{
				Subject: person.Subject, Email: person.Email, EmailVerified: person.Verified, Name: person.Name,
				Password: person.Password, Groups: person.Groups, Claims: person.Claims,
			})
			described.People = append(described.People, devProviderPerson{person.credentials, person.Subject, append([]string{}, person.Groups...)})
		}
		if _, err := d.cloud.Providers().Add(p.Name, cfg); err != nil {
			return nil, err
		}
		started = append(started, described)
	}
	return started, nil
}

// outside is what the application meets outside of Google Cloud, as its environment names it.
type outside struct {
	SMTP       string   // BULKHEAD_SMTP: host:port of the mail server
	DNS        string   // BULKHEAD_DNS: host:port of the resolver
	Exceptions []string // BULKHEAD_OUTBOUND_EXCEPTIONS: exact origins on this machine that it may ask
}

// outside is where the local cloud has these.
func (d dev) outside() outside {
	at := d.cloud.Endpoints()
	return outside{SMTP: at.SMTP, DNS: at.DNS, Exceptions: []string{at.Providers}}
}
