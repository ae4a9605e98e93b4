package console

import (
	"net/http"
	"strings"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type documentView struct {
	Path             string
	Name             string // full
	Missing          bool   // there is none, but there are collections below it
	Created, Updated time.Time
	Fields           []fieldView
	Collections      collectionsView
}

func (c *console) document(r *http.Request) (sheet, error) {
	q := r.URL.Query()
	database, path := q.Get("database"), q.Get("path")
	steps := strings.Split(path, "/")
	if len(steps)%2 != 0 {
		return sheet{}, errNothing
	}
	v := documentView{Path: path, Name: c.documentName(database, path)}
	d, err := c.Firestore.Document(r.Context(), &firestorepb.GetDocumentRequest{Name: v.Name})
	if v.Missing = status.Code(err) == codes.NotFound; err != nil && !v.Missing {
		return sheet{}, err
	}
	if v.Collections, err = c.collections(r, database, path); err != nil {
		return sheet{}, err
	}
	if v.Missing && len(v.Collections.Collections) == 0 {
		return sheet{}, errNothing
	}
	v.Created, v.Updated = d.GetCreateTime().AsTime(), d.GetUpdateTime().AsTime()
	v.Fields = c.fields(d.GetFields(), 0)
	return sheet{Title: steps[len(steps)-1], Crumbs: crumbs(database, steps), Data: v}, nil
}
