package apikeys_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// notice is the job that waits for a key; false if there is none.
func (w world) notice(t *testing.T, id tenant.KeyID) (queue.Job, bool) {
	t.Helper()
	page, err := w.Queue.List(t.Context(), queue.Due, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range page.Jobs {
		if j.Kind == apikeys.EndsKind && strings.Contains(string(j.Payload), id.String()) {
			return j, true
		}
	}
	return queue.Job{}, false
}

// TestPeopleAreToldBeforeAKeyEnds: a letter to each active admin, seven days before and once. A key
// that lives no longer has none, and neither has one that does not end.
func TestPeopleAreToldBeforeAKeyEnds(t *testing.T) {
	w := newWorld(t)
	ctx, acme := t.Context(), w.Acme
	second := w.Add(t, acme, "second@acme.test", tenant.Admin)
	gone := w.Add(t, acme, "gone@acme.test", tenant.Admin)
	admin := w.Grant(t, acme.Admin)
	if _, err := users.NewRepository(admin).SetStatus(ctx, gone.ID, users.Disabled); err != nil {
		t.Fatal(err)
	}
	made := map[int]apikeys.Key{}
	for _, days := range []int{0, 1, 7, 8, 90} {
		key, _, err := w.APIKeys.Create(ctx, admin, apikeys.NewKey{Name: fmt.Sprintf("of %d days", days), Role: tenant.Viewer, Days: days})
		if err != nil {
			t.Fatal(err)
		}
		made[days] = key
		job, waits := w.notice(t, key.ID)
		if waits != (days > 7) {
			t.Errorf("for a key of %d days a notice waits: %v", days, waits)
		}
		if early := key.Expires.Add(-apikeys.Notice).Sub(job.Due); waits && (early < 0 || early > time.Minute) {
			t.Errorf("the notice of a key of %d days is due at %v, for an end at %v", days, job.Due, key.Expires)
		}
	}
	tell := func(id tenant.KeyID) error {
		return w.APIKeys.TellOfEnd(ctx, w.Job(t, apikeys.EndsKind, acme), fmt.Appendf(nil, `{"key":%q}`, id))
	}
	for range 2 { // a job may be done twice
		if err := tell(made[90].ID); err != nil {
			t.Fatal(err)
		}
	}
	letters := w.sendAll(t)
	want := map[string]bool{acme.Admin.Email: true, second.Email: true}
	if len(letters) != len(want) {
		t.Errorf("%d letters, want %d: %v", len(letters), len(want), letters)
	}
	ends := made[90].Expires.UTC().Format(time.DateOnly)
	for to, text := range letters {
		if !want[to] {
			t.Errorf("%s is told of a key's end", to)
		}
		for _, says := range []string{"of 90 days", ends, "bhk_" + made[90].ID.String() + "_", "/t/acme/keys"} {
			if !strings.Contains(text, says) {
				t.Errorf("the letter to %s does not say %q: %s", to, says, text)
			}
		}
	}

	revoked, rolled := made[8], made[7]
	if err := w.APIKeys.Revoke(ctx, admin, revoked.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.APIKeys.Roll(ctx, admin, rolled.ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	globexs, _, err := w.APIKeys.Create(ctx, w.Grant(t, w.Globex.Admin), apikeys.NewKey{Name: "theirs", Role: tenant.Viewer, Days: 90})
	if err != nil {
		t.Fatal(err)
	}
	for what, id := range map[string]tenant.KeyID{
		"revoked": revoked.ID, "rolled": rolled.ID, "without an end": made[0].ID, "missing": tenant.NewKeyID(), "globex's": globexs.ID,
	} {
		if err := tell(id); err != nil {
			t.Errorf("a key that is %s: %v", what, err)
		}
	}
	if more := w.sendAll(t); len(more) != 0 {
		t.Errorf("letters about keys that need none: %v", more)
	}
	if err := w.APIKeys.TellOfEnd(ctx, w.Job(t, apikeys.EndsKind, acme), []byte("x")); !errors.Is(err, jobs.ErrGiveUp) {
		t.Errorf("a payload that is none: %v, want ErrGiveUp", err)
	}
	if _, err := w.Authenticator.APIKeys().Of(ctx, w.Principal(t, acme.Admin), made[90].ID); !errors.Is(err, tenant.ErrForbidden) {
		t.Errorf("a person asks as a job does: %v, want ErrForbidden", err)
	}
}

// sendAll sends what is to be sent to acme's people, and returns the new letters by who gets them.
func (w world) sendAll(t *testing.T) map[string]string {
	t.Helper()
	server, err := mail.NewServer(mail.ServerConfig{
		Address: w.Cloud.Endpoints().SMTP, From: "Bulkhead <bulkhead@bulkhead.test>", Plaintext: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	postman := &mail.Postman{Server: server, Compose: w.APIKeys.Letters()}
	g := w.Job(t, mail.SendKind, w.Acme)
	docs, err := g.Database().Collection("mails").Where("sent", "==", false).Documents(t.Context()).GetAll()
	if err != nil {
		t.Fatal(err)
	}
	before, err := w.Cloud.Mail().Count()
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range docs {
		if err := postman.Send(t.Context(), g, fmt.Appendf(nil, `{"mail":%q}`, doc.Ref.ID)); err != nil {
			t.Fatal(err)
		}
	}
	after, err := w.Cloud.Mail().Count()
	if err != nil {
		t.Fatal(err)
	}
	all, err := w.Cloud.Mail().List(after - before + 1)
	if err != nil {
		t.Fatal(err)
	}
	letters := map[string]string{}
	for _, m := range all[:after-before] {
		c := m.Content()
		letters[strings.Join(m.To, ",")] = c.Subject + "\n" + c.Text
	}
	return letters
}

// TestRollAPIKey: who rolls a key, by the truth; what the new one is called; and what the audit
// says.
func TestRollAPIKey(t *testing.T) {
	w := newWorld(t)
	ctx, acme := t.Context(), w.Acme
	admin := w.Grant(t, acme.Admin)
	old, _, err := w.APIKeys.Create(ctx, admin, apikeys.NewKey{Name: "nightly", Scopes: tenant.ScopeIntakeWrite, Days: 30})
	if err != nil {
		t.Fatal(err)
	}
	second := w.Add(t, acme, "second@acme.test", tenant.Admin)
	demoted := w.Grant(t, second)
	if _, err := users.NewRepository(admin).ChangeRole(ctx, second.ID, tenant.Editor); err != nil {
		t.Fatal(err)
	}
	if _, secret, err := w.APIKeys.Roll(ctx, demoted, old.ID, 0); !errors.Is(err, users.ErrForbidden) || secret != (tenancy.SecretKey{}) {
		t.Errorf("a demoted admin rolls a key: %v, want ErrForbidden", err)
	}
	if _, _, err := w.APIKeys.Roll(ctx, w.Grant(t, w.Globex.Admin), old.ID, 0); !errors.Is(err, tenant.ErrNoAPIKey) {
		t.Errorf("globex rolls acme's key: %v, want ErrNoAPIKey", err)
	}
	key, secret, err := w.APIKeys.Roll(ctx, admin, old.ID, time.Hour)
	if err != nil || key.Name != "nightly" || key.Scopes != old.Scopes || secret.ID() != key.ID {
		t.Fatalf("rolled: %+v, %v", key, err)
	}
	if _, waits := w.notice(t, key.ID); !waits {
		t.Error("nobody will be told before the new key ends")
	}
	if _, _, err := w.APIKeys.Roll(ctx, admin, old.ID, time.Hour); !errors.Is(err, tenant.ErrAPIKeyRolled) {
		t.Errorf("rolled twice: %v, want ErrAPIKeyRolled", err)
	}
	keys, err := w.APIKeys.List(ctx, admin)
	if err != nil || len(keys) != 2 || keys[0].Name != "nightly" || keys[1].Successor != key.ID {
		t.Errorf("the keys: %+v, %v", keys, err)
	}
	names, err := admin.Database().Collection("apikeys").Documents(ctx).GetAll()
	if err != nil || len(names) != 2 {
		t.Errorf("%d names, %v: a refusal leaves one behind", len(names), err)
	}
	for _, action := range []string{"apikey.rolling", "apikey.roll"} {
		docs, err := admin.Database().Collection("audit").Where("action", "==", action).Where("after", "==", key.ID.String()).Documents(ctx).GetAll()
		if err != nil || len(docs) != 1 || docs[0].Data()["id"] != old.ID.String() {
			t.Errorf("entries of %s: %v, %v", action, docs, err)
		}
	}
}

// TestARollWithoutItsEntry: where the second entry cannot be written, nobody has the new key, and
// the old one can be rolled again.
func TestARollWithoutItsEntry(t *testing.T) {
	w := newWorld(t)
	ctx, admin := t.Context(), w.Grant(t, w.Acme.Admin)
	old, _, err := w.APIKeys.Create(ctx, admin, apikeys.NewKey{Name: "nightly", Role: tenant.Viewer, Days: 30})
	if err != nil {
		t.Fatal(err)
	}
	commits := fault.Rule{
		Method: "/google.firestore.v1.Firestore/Commit", Resource: "projects/" + vendingtest.Project + "/databases/" + w.Acme.Database,
		Times: 2, // the name and the first entry
	}
	passes := w.Cloud.Faults().Add(commits)
	commits.Times, commits.Code = 0, codes.PermissionDenied
	fails := w.Cloud.Faults().Add(commits)
	_, secret, err := w.APIKeys.Roll(ctx, admin, old.ID, 24*time.Hour)
	fails.Remove()
	if !errors.Is(err, tenant.ErrUnavailable) || secret != (tenancy.SecretKey{}) || passes.Hits() != 2 || fails.Hits() != 1 {
		t.Fatalf("rolled without an entry: %v, after %d and %d", err, passes.Hits(), fails.Hits())
	}
	keys, err := w.APIKeys.List(ctx, admin)
	if err != nil || len(keys) != 2 || keys[0].Revoked.IsZero() || !keys[1].Live(time.Now()) {
		t.Errorf("the keys: %+v, %v", keys, err)
	}
	if key, _, err := w.APIKeys.Roll(ctx, admin, old.ID, 0); err != nil || key.Name != "nightly" {
		t.Errorf("rolled again: %+v, %v", key, err)
	}
}
