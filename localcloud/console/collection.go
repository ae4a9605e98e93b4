package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
)

const (
	maxDocuments = 50 // on a page
	maxPreview   = 4  // fields of a document in a list
)

type collectionView struct {
	Path      string
	Documents []rowView
	More      string // the address of the next page; empty: none
	First     string // the address of the first page; empty on it
}

// rowView is a document in the list of its collection.
type rowView struct {
	ID      link
	Missing bool // there is none, but there are collections below it
	Fields  []previewView
	Others  int // fields that are not previewed
	Updated time.Time
}

type previewView struct{ Name, Text string }

func (c *console) collection(r *http.Request) (sheet, error) {
	q := r.URL.Query()
	database, path := q.Get("database"), q.Get("path")
	steps := strings.Split(path, "/")
	if len(steps)%2 == 0 || path == "" {
		return sheet{}, errNothing
	}
	parent, id := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		parent, id = path[:i], path[i+1:]
	}
	res, err := c.Firestore.Documents(r.Context(), &firestorepb.ListDocumentsRequest{
		Parent: c.documentName(database, parent), CollectionId: id, PageSize: maxDocuments, PageToken: q.Get("page"), ShowMissing: true,
	})
	if err != nil {
		return sheet{}, err
	}
	v := collectionView{Path: path}
	for _, d := range res.Documents {
		v.Documents = append(v.Documents, row(database, path, d))
	}
	if q.Get("page") != "" {
		v.First = collectionURL(database, path)
	}
	if res.NextPageToken != "" {
		v.More = address("/collection", "database", database, "path", path, "page", res.NextPageToken)
	}
	return sheet{Title: id, Crumbs: crumbs(database, steps), Data: v}, nil
}

func row(database, collection string, d *firestorepb.Document) rowView {
	id := d.Name[strings.LastIndexByte(d.Name, '/')+1:]
	v := rowView{ID: link{id, documentURL(database, below(collection, id))}, Missing: d.CreateTime == nil, Updated: d.UpdateTime.AsTime()}
	for _, name := range slices.Sorted(maps.Keys(d.Fields)) {
		if len(v.Fields) == maxPreview {
			v.Others = len(d.Fields) - maxPreview
			break
		}
		v.Fields = append(v.Fields, previewView{name, preview(d.Fields[name])})
	}
	return v
}
