package attacks_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// attack runs one story, and asks afterwards what has come of it, whatever the story itself looked
// at.
func (w *town) attack(t *testing.T, name string, story func(*testing.T, *town)) {
	t.Run(name, func(t *testing.T) {
		w.makeForeign(t)
		began := time.Now().UTC()
		said, decided, logged := w.said.len(), w.watch.len(), len(w.log.String())
		before := w.dump(t, w.b.Tenant)
		story(t, w)
		w.nothingLeaked(t, w.said.since(said), w.log.String()[logged:])
		w.cloudNotAsked(t, decided)
		w.ledgerIsRight(t, began)
		if after := w.dump(t, w.b.Tenant); after != before {
			t.Errorf("what globex has is not what it was")
		}
	})
}

// operators is who an exchange is with that an operator really made.
const operators = "the operators"

// nothingLeaked: no answer to anybody but B tells what only B knows, unless the request has said
// it. The log, which operators read, names B where B was asked for, and nothing that B keeps.
func (w *town) nothingLeaked(t *testing.T, said []exchange, log string) {
	t.Helper()
	for _, x := range said {
		if x.who == w.b.Slug.String() {
			continue
		}
		answered := x.answered()
		for _, secret := range w.secrets {
			if x.who == operators && slices.Contains(w.identifiers(), secret) {
				continue // they are told whom an alert concerns, and by no name
			}
			if strings.Contains(answered, secret) && !strings.Contains(x.asked, secret) {
				t.Errorf("%s was told %q: %.300s\n%.600s", x.who, secret, x.asked, answered)
			}
		}
	}
	for line := range strings.Lines(log) {
		var by struct {
			Tenant string
			Vend   struct{ Tenant string }
			By     struct{ Tenant string }
		}
		_ = json.Unmarshal([]byte(line), &by) // a line that is none names nobody
		own := slices.Contains([]string{by.Tenant, by.Vend.Tenant, by.By.Tenant}, w.b.ID.String())
		for _, secret := range w.secrets {
			if strings.Contains(line, secret) && secret != w.b.ID.String() && !own {
				t.Errorf("the log tells %q: %s", secret, line)
			}
		}
		if strings.Contains(line, "CANARY-B") {
			t.Errorf("the log keeps what globex wrote: %s", line)
		}
	}
}

// identifiers are what operators know B and its people by.
func (w *town) identifiers() []string {
	return []string{w.b.ID.String(), w.b.Admin.ID.String(), w.b.Editor.ID.String(), w.b.Viewer.ID.String()}
}

// cloudNotAsked: since the given decision, no tenant's account has asked for anything but its own,
// and the cloud had nothing to deny to one: what reaches the cloud and is denied there was let
// through by us.
func (w *town) cloudNotAsked(t *testing.T, since int) {
	t.Helper()
	decisions, missed := w.watch.since(since)
	if missed > 0 {
		t.Errorf("%d decisions of the cloud were not seen", missed)
	}
	for _, d := range decisions {
		if d.Allowed && d.Permission == "" {
			continue // a token for its own key's account
		}
		if owner, ok := w.holder(d.Caller); ok && !isOf(d, owner) {
			t.Errorf("%s asked the cloud for %s on %s: %s", d.Caller, d.Permission, d.Resource, d.Reason)
		} else if ok && !d.Allowed {
			t.Errorf("the cloud denied %s: %s on %s: %s", d.Caller, d.Permission, d.Resource, d.Reason)
		}
		if own := d.Caller == w.b.ServiceAccount || strings.HasPrefix(d.Caller, "owner@"); !own && isOf(d, w.b.Tenant) && !onPlatform(d) {
			t.Errorf("%s asked the cloud for globex's %s: %s", d.Caller, d.Resource, d.Permission)
		}
	}
}

// holder returns the tenant whose account it is.
func (w *town) holder(account string) (tenant.Tenant, bool) {
	for _, t := range []vendingtest.Tenant{w.a, w.b, w.c, w.s} {
		if t.ServiceAccount == account {
			return t.Tenant, true
		}
	}
	return tenant.Tenant{}, false
}

// isOf reports whether what was asked for is the tenant's: its database, its bucket, its account.
func isOf(d iam.Decision, t tenant.Tenant) bool {
	for _, own := range []string{"/databases/" + t.Database, "/buckets/" + t.Bucket, "/serviceAccounts/" + t.ServiceAccount} {
		if at := strings.Index(d.Resource, own); at >= 0 {
			if rest := d.Resource[at+len(own):]; rest == "" || rest[0] == '/' {
				return true
			}
		}
	}
	return false
}

// onPlatform reports whether it is a question that the platform asks about accounts, and not what a
// tenant keeps.
func onPlatform(d iam.Decision) bool { return strings.Contains(d.Resource, "/serviceAccounts/") }

// ledgerIsRight: every row that says that something was vended names a tenant's own account and
// region, and somebody.
func (w *town) ledgerIsRight(t *testing.T, since time.Time) {
	t.Helper()
	for _, r := range w.rows(t, since) {
		owner, ok := w.holder(r.Account)
		switch {
		case r.Subject == "" || r.Tenant == "":
			t.Errorf("a row about nobody: %+v", r)
		case r.Decision == ledger.Vended && (!ok || owner.ID.String() != r.Tenant || int64(owner.Region) != r.Region):
			t.Errorf("%s was vended %s in region %d", r.Tenant, r.Account, r.Region)
		case r.Tenant != w.b.ID.String() && keeps.MatchString(fmt.Sprint(r)):
			t.Errorf("a row of %s keeps what globex wrote: %+v", r.Tenant, r)
		}
	}
}

// keeps matches what B has written.
var keeps = regexp.MustCompile(`(?i)canary-b`)

// rows returns the ledger's rows from then on.
func (w *town) rows(t *testing.T, since time.Time) []ledger.Row {
	t.Helper()
	must(t, w.server.app.Ledger.Flush(t.Context()))
	docs, err := w.Owner.Registry().Collection("ledger").Where("time", ">=", since).Documents(t.Context()).GetAll()
	must(t, err)
	rows := make([]ledger.Row, len(docs))
	for i, d := range docs {
		must(t, d.DataTo(&rows[i]))
		rows[i].ID = d.Ref.ID
	}
	return rows
}

// dump is a digest of all that a tenant has: documents, objects, people.
func (w *town) dump(t *testing.T, of tenant.Tenant) [sha256.Size]byte {
	t.Helper()
	sum := sha256.New()
	var walk func(all *firestore.CollectionIterator)
	walk = func(all *firestore.CollectionIterator) {
		collections, err := all.GetAll()
		must(t, err)
		for _, c := range collections {
			if c.ID == location.Sessions {
				continue // its own people's use of it, which is noted
			}
			docs, err := c.Documents(t.Context()).GetAll()
			must(t, err)
			for _, d := range docs {
				fmt.Fprintln(sum, d.Ref.Path, d.UpdateTime, d.Data())
				walk(d.Ref.Collections(t.Context()))
			}
		}
	}
	walk(w.database(t, of).Collections(t.Context()))
	for _, name := range w.objectsOf(t, of) {
		attrs, err := w.Owner.Storage().Bucket(of.Bucket).Object(name).Attrs(t.Context())
		must(t, err)
		fmt.Fprintln(sum, name, attrs.Generation, attrs.Metageneration, attrs.CRC32C, attrs.ContentType, attrs.Metadata)
	}
	people, err := w.Jobs.Identity().TenantManager.AuthForTenant(of.IdentityTenant)
	must(t, err)
	for all := people.Users(t.Context(), ""); ; {
		u, err := all.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		must(t, err)
		fmt.Fprintln(sum, u.UID, u.Email, u.DisplayName, u.Disabled, u.CustomClaims, u.PasswordHash)
	}
	return [sha256.Size]byte(sum.Sum(nil))
}

// objectsOf lists what is in a tenant's bucket.
func (w *town) objectsOf(t *testing.T, of tenant.Tenant) (names []string) {
	t.Helper()
	for all := w.Owner.Storage().Bucket(of.Bucket).Objects(t.Context(), nil); ; {
		attrs, err := all.Next()
		if errors.Is(err, iterator.Done) {
			return names
		}
		must(t, err)
		names = append(names, attrs.Name)
	}
}
