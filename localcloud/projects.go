package localcloud

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"go.etcd.io/bbolt"

	"github.com/bulkhead-saas/bulkhead/localcloud/console"
	"github.com/bulkhead-saas/bulkhead/localcloud/identity"
	"github.com/bulkhead-saas/bulkhead/localcloud/rest"
)

// owners are the keys of the projects' owners, by project.
type owners struct {
	making sync.Mutex // of one project at a time
	files  []*bbolt.DB
	closed bool
	mu     sync.Mutex
	keys   map[string][]byte
}

// Projects returns the ids of the cloud's projects: the first one, then the others in order.
func (c *Cloud) Projects() []string { return c.iam.Projects() }

// OwnerKeyOf returns the JSON key of a project's owner account, made with the project: what a
// person with roles/owner would use to set a new project up. It is nil for a project that is not
// there.
func (c *Cloud) OwnerKeyOf(project string) []byte {
	c.owners.mu.Lock()
	defer c.owners.mu.Unlock()
	return c.owners.keys[project]
}

// OwnerKeyFileOf is the file in the cloud's folder that holds OwnerKeyOf.
func (c *Cloud) OwnerKeyFileOf(project string) string {
	if project == c.cfg.Project {
		return filepath.Join(c.cfg.Dir, "owner-key.json")
	}
	return filepath.Join(c.cfg.Dir, "owner-key-"+project+".json")
}

// APIKeyOf is a project's Identity Platform web API key. It is empty for a project that is not
// there.
func (c *Cloud) APIKeyOf(project string) string {
	if s := c.platforms.Of(project); s != nil {
		return s.APIKey()
	}
	return ""
}

// CreateProject makes a project, with an owner and an Identity Platform, and returns the owner's
// key. One that is there stays as it is. No account of another project may do anything in it until
// a binding there says so. The error is InvalidArgument, a gRPC status: the id is none.
func (c *Cloud) CreateProject(id string) (ownerKey []byte, err error) {
	c.owners.making.Lock()
	defer c.owners.making.Unlock()
	if c.owners.closed {
		return nil, errors.New("localcloud: the cloud is closed")
	}
	if err := c.iam.CreateProject(id); err != nil {
		return nil, err
	}
	if err := c.openProject(id); err != nil {
		return nil, err
	}
	return c.OwnerKeyOf(id), nil
}

// openProject opens what belongs to one project alone, unless it is open.
func (c *Cloud) openProject(id string) error {
	if c.OwnerKeyOf(id) != nil {
		return nil
	}
	key, err := c.readOwnerKey(id)
	if err != nil {
		return fmt.Errorf("localcloud: owner's key of %s: %w", id, err)
	}
	if id != c.cfg.Project {
		if err := c.openPlatform(id); err != nil {
			return err
		}
	}
	c.owners.mu.Lock()
	defer c.owners.mu.Unlock()
	keys := maps.Clone(c.owners.keys)
	if keys == nil {
		keys = map[string][]byte{}
	}
	keys[id] = key
	c.owners.keys = keys
	return nil
}

// openPlatform opens the Identity Platform of a project that is not the first.
func (c *Cloud) openPlatform(id string) error {
	dir := filepath.Join(c.cfg.Dir, "identity")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("localcloud: %w", err)
	}
	db, err := bbolt.Open(filepath.Join(dir, id+".db"), 0o600, nil)
	if err != nil {
		return fmt.Errorf("localcloud: Identity Platform of %s: %w", id, err)
	}
	c.owners.files = append(c.owners.files, db)
	s, err := identity.Open(identity.Config{
		DB: db, Project: id, IAM: c.iam, Keys: c.identity, Now: c.cfg.Now, Logger: c.cfg.Logger,
		NewKey: c.cfg.NewKey, WeakPasswords: c.cfg.WeakPasswords,
	})
	if err != nil {
		return err
	}
	c.platforms.Add(s)
	return nil
}

// closePlatforms closes what openPlatform opened. No project is made any more.
func (c *Cloud) closePlatforms() error {
	c.owners.making.Lock()
	defer c.owners.making.Unlock()
	c.owners.closed = true
	var errs []error
	for _, db := range c.owners.files {
		errs = append(errs, db.Close())
	}
	return errors.Join(errs...)
}

// serveProjects answers the projects there are, after POST has made one: {"projectId": "..."}.
func (c *Cloud) serveProjects(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost:
		var make struct {
			ProjectID string `json:"projectId"`
		}
		err := rest.ReadJSON(w, r, &make)
		if err == nil {
			_, err = c.CreateProject(make.ProjectID)
		}
		if err != nil {
			rest.WriteError(w, err)
			return
		}
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "GET or POST", http.StatusMethodNotAllowed)
		return
	}
	type project struct {
		ID           string `json:"projectId"`
		OwnerKeyFile string `json:"ownerKeyFile"`
		APIKey       string `json:"apiKey"`
	}
	var all []project
	for _, id := range c.Projects() {
		all = append(all, project{id, c.OwnerKeyFileOf(id), c.APIKeyOf(id)})
	}
	rest.WriteJSON(w, http.StatusOK, map[string][]project{"projects": all})
}

// shownProjects are the projects as the console shows them.
func (c *Cloud) shownProjects() []console.Project {
	var all []console.Project
	for _, id := range c.Projects() {
		all = append(all, console.Project{ID: id, OwnerKeyFile: c.OwnerKeyFileOf(id)})
	}
	return all
}

// projectIn is the id of the project that a resource's name names; the first one's when it names
// none.
func (c *Cloud) projectIn(path string) string {
	_, rest, _ := strings.Cut(path, "projects/")
	id, _, _ := strings.Cut(rest, "/")
	if c.iam.HasProject(id) {
		return id
	}
	return c.cfg.Project
}
