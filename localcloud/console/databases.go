package console

import (
	"net/http"
	"slices"
	"strings"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
)

const maxCollections = 200 // on a page

func (c *console) databases(*http.Request) (sheet, error) {
	return sheet{Data: c.allDatabases()}, nil
}

// allDatabases are the databases there are. Those of other projects than the first have ids that
// begin with their project's.
func (c *console) allDatabases() []firestore.DatabaseInfo {
	all := c.Firestore.Databases()
	for i := range all {
		all[i].ID = c.databaseID(all[i].Project, all[i].ID)
	}
	return all
}

// databaseID is what the console calls a database.
func (c *console) databaseID(project, id string) string {
	if project == c.Project {
		return id
	}
	return project + "/" + id
}

type databaseView struct {
	firestore.DatabaseInfo
	Resource    string
	Collections collectionsView
	Policy      policyView
}

// collectionsView is a page of the collections below a document or the root.
type collectionsView struct {
	Collections []link
	More        string // the address of the next page; empty: none
}

func (c *console) database(r *http.Request) (sheet, error) {
	id := r.URL.Query().Get("id")
	all := c.allDatabases()
	i := slices.IndexFunc(all, func(d firestore.DatabaseInfo) bool { return d.ID == id })
	if i < 0 {
		return sheet{}, errNothing
	}
	name := c.databaseName(id)
	v := databaseView{DatabaseInfo: all[i], Resource: name, Policy: c.policy(name)}
	var err error
	v.Collections, err = c.collections(r, id, "")
	return sheet{Title: id, Crumbs: []link{{"Databases", "/databases"}}, Data: v}, err
}

// databaseName is the full name of what the console calls a database.
func (c *console) databaseName(id string) string {
	if project, id, ok := strings.Cut(id, "/"); ok {
		return "projects/" + project + "/databases/" + id
	}
	return "projects/" + c.Project + "/databases/" + id
}

// documentName is the full name of the document at path; of the root for "".
func (c *console) documentName(database, path string) string {
	name := c.databaseName(database) + "/documents"
	if path != "" {
		name += "/" + path
	}
	return name
}

// collections is the page that r asks for of the collections below a document, "" for the root.
func (c *console) collections(r *http.Request, database, parent string) (v collectionsView, err error) {
	res, err := c.Firestore.Collections(r.Context(), &firestorepb.ListCollectionIdsRequest{
		Parent: c.documentName(database, parent), PageSize: maxCollections, PageToken: r.URL.Query().Get("collections"),
	})
	if err != nil {
		return v, err
	}
	for _, id := range res.CollectionIds {
		v.Collections = append(v.Collections, link{id, collectionURL(database, below(parent, id))})
	}
	if res.NextPageToken != "" {
		v.More = address(r.URL.Path, "id", r.URL.Query().Get("id"), "database", r.URL.Query().Get("database"),
			"path", parent, "collections", res.NextPageToken)
	}
	return v, nil
}

// below is the path of id below a path, or below the root for "".
func below(path, id string) string {
	if path == "" {
		return id
	}
	return path + "/" + id
}

// crumbs is the way down to what lies at path, without its last step.
func crumbs(database string, steps []string) []link {
	all := []link{{"Databases", "/databases"}, {database, databaseURL(database)}}
	path := ""
	for i, id := range steps[:len(steps)-1] {
		path = below(path, id)
		to := collectionURL(database, path)
		if i%2 == 1 {
			to = documentURL(database, path)
		}
		all = append(all, link{id, to})
	}
	return all
}
