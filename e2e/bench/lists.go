package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
	"github.com/bulkhead-saas/bulkhead/internal/app"
)

// longLists measures the first page of a tenant's many files, beside that of a tenant with few. It
// comes before what sends files.
func (b *bench) longLists(ctx context.Context) error {
	c, err := b.theCloud(ctx)
	if err != nil {
		return err
	}
	p := c.silent()
	process, addr, err := b.serve(roleServer, p)
	if err != nil {
		return err
	}
	few, many := 100, n(b, 10_000, 2000)
	side := func(t *customer, files int) (rounds.Side, error) {
		who := caller{"http://" + addr, t, t.Users[0]}
		if err := who.fill(ctx, p, files); err != nil {
			return nil, err
		}
		return one(n(b, 100, 60), []*child{process}, func() error {
			var page struct {
				Uploads []struct{ ID string }
				Next    string
			}
			err := who.call(ctx, http.MethodGet, "/uploads?limit=50", nil, &page)
			if err == nil && (len(page.Uploads) != 50 || page.Next == "") {
				err = fmt.Errorf("a page of %d files", len(page.Uploads))
			}
			return err
		}), nil
	}
	short, err := side(c.Tenants[0], few)
	if err != nil {
		return err
	}
	long, err := side(c.Tenants[1], many)
	if err != nil {
		return err
	}
	all, err := rounds.Paired(n(b, 15, 9), short, long)
	if err != nil {
		return err
	}
	row := rounds.Timed("14", fmt.Sprintf("the first page of 50 of %d files, p50", many), "of 100 files", all[0])
	ratio, _ := all[0].Ratio(rounds.Usual)
	row.AtMost("ratio", ratio.Median, 1.2)
	row.Why = "The local cloud looks at a whole collection for each query, where Firestore reads an index"
	b.row(row)
	return nil
}

// silent is the plan of a web server that publishes no events: nothing is inspected.
func (c *cloud) silent() plan {
	p := c.publishing(app.RoleWeb)
	p.Config.EventsTopic, p.Config.TicketKeyset, p.Config.AdapterKeyset, p.Config.PubSubEndpoint = "", "", "", ""
	return p
}

// fill gives the tenant so many files: one that is sent, and copies of its record without an
// object.
func (c caller) fill(ctx context.Context, p plan, files int) error {
	a, err := c.announce(ctx, "report.txt", 1)
	if err != nil {
		return err
	}
	if err := a.Upload.send(ctx, strings.NewReader("x"), 1); err != nil {
		return err
	}
	if err := c.call(ctx, http.MethodPost, "/uploads/"+a.ID+"/complete", nil, nil); err != nil {
		return err
	}
	key, err := os.ReadFile(c.of.KeyFile)
	if err != nil {
		return err
	}
	db, err := firestore.NewClientWithDatabase(ctx, p.Config.Project, c.of.Database, clientOptions(p, key)...)
	if err != nil {
		return err
	}
	records := db.Collection("uploads")
	sent, err := records.Doc(a.ID).Get(ctx)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	record, began := sent.Data(), time.Now()
	const inOne = 250
	for made := 0; made < files && err == nil; made += inOne {
		err = db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
			for i := made; i < min(made+inOne, files); i++ {
				id := make([]byte, len(a.ID)/2)
				_, _ = rand.Read(id) // it cannot fail
				record["created"] = began.Add(time.Duration(i) * time.Millisecond)
				if err := tx.Create(records.Doc(hex.EncodeToString(id)), record); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return errors.Join(err, db.Close())
}
