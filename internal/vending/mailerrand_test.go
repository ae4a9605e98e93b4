package vending_test

import (
	"errors"
	"strings"
	"testing"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// Whoever asks for a mail, comes with the code in one, or changes their own account, touches what
// that needs and nothing else: in a silo and in a pool.
func TestErrandsByMail(t *testing.T) {
	t.Run("silo", func(t *testing.T) { errandsByMail(t, vendingtest.TwoTenants(t)) })
	t.Run("pool", func(t *testing.T) { errandsByMail(t, vendingtest.TwoPooled(t)) })
}

func errandsByMail(t *testing.T, w *vendingtest.World) {
	ctx, selected, viewer := t.Context(), tenant.SelectID(w.Acme.ID), w.Acme.Viewer
	session, err := w.Authenticator.Session(ctx, selected, w.Token(t, viewer))
	if err != nil {
		t.Fatal(err)
	}
	must := func(p tenancy.Principal, err error) tenancy.Principal {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if p.Role() != 0 || p.May(tenant.PeopleRead) || p.Method() != tenancy.ByMail || p.Tenant() != w.Acme.ID {
			t.Errorf("the caller is %v", p)
		}
		return p
	}
	admin, err := w.Authenticator.Session(ctx, selected, w.Token(t, w.Acme.Admin))
	if err != nil {
		t.Fatal(err)
	}
	grants := map[string]vending.Grant{}
	for name, p := range map[string]tenancy.Principal{
		"asking":  must(w.Authenticator.Asking(ctx, selected)),
		"by code": must(w.Authenticator.WithCode(ctx, selected, viewer.ID)),
		"own":     must(w.Authenticator.Own(ctx, session, tenancy.OwnAccount)),
		"erase":   must(w.Authenticator.Own(ctx, session, tenancy.EraseAccount)),
		"telling": must(w.Authenticator.Telling(ctx, admin)),
		"request": must(w.Authenticator.Own(ctx, session, tenancy.OwnRequest)),
	} {
		if grants[name], err = w.Machine.Vend(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	who := func(id tenant.UserID) string { return "users/" + id.String() }
	note, own, other := "mails/m", who(viewer.ID), who(w.Acme.Editor.ID)
	at := func(db vending.Database, path string) *firestore.DocumentRef {
		collection, id, _ := strings.Cut(path, "/")
		return db.Collection(collection).Doc(id)
	}
	sender := w.Job(t, mail.SendKind, w.Acme)
	if _, err := sender.Database().Collection("codes").Doc("c").Create(ctx, map[string]any{"user": "x"}); err != nil {
		t.Fatal(err)
	}
	get := func(path string) func(vending.Database) error {
		return func(db vending.Database) error { _, err := at(db, path).Get(ctx); return err }
	}
	list := func(name string) func(vending.Database) error {
		return func(db vending.Database) error { _, err := db.Collection(name).Documents(ctx).GetAll(); return err }
	}
	set := func(path string) func(vending.Database) error {
		return func(db vending.Database) error {
			_, err := at(db, path).Set(ctx, map[string]any{"role": "admin"}, firestore.MergeAll)
			return err
		}
	}
	create := func(path string) func(vending.Database) error {
		return func(db vending.Database) error {
			_, err := at(db, path).Create(ctx, map[string]any{"kind": "k"})
			return err
		}
	}
	remove := func(path string) func(vending.Database) error {
		return func(db vending.Database) error { _, err := at(db, path).Delete(ctx); return err }
	}
	nobody := map[string]bool{}
	for _, tt := range []struct {
		what string
		do   func(vending.Database) error
		may  map[string]bool
	}{
		{"adds a mail", nil, map[string]bool{"asking": true, "by code": true, "own": true, "erase": true, "telling": true}},
		{"reads a mail", get(note), nobody},
		{"lists the mails", list("mails"), nobody},
		{"reads its own record", get(own), map[string]bool{"by code": true, "own": true, "erase": true}},
		{"reads another's record", get(other), map[string]bool{"erase": true}},
		{"lists people", list("users"), map[string]bool{"erase": true}},
		{"writes its own record without an entry", set(own), nobody},
		{"writes another's record", set(other), nobody},
		{"makes a person without an entry", create("users/p-somebody"), nobody},
		{"keeps what a request was answered", create("idempotency/i"), map[string]bool{"request": true}},
		{"reads what a request was answered", get("idempotency/i"), map[string]bool{"request": true}},
		{"reads a code", get("codes/c"), map[string]bool{"by code": true}},
		{"reads the audit", list("audit"), nobody},
		{"reads the files", list("uploads"), nobody},
		{"deletes the records of its sessions", remove("sessions/" + viewer.ID.String()), map[string]bool{"erase": true}},
		{"deletes its second factors", remove("factors/" + viewer.ID.String()), map[string]bool{"erase": true}},
		{"reads its second factors", get("factors/" + viewer.ID.String()), nobody},
		{"deletes another's second factors", remove("factors/" + w.Acme.Editor.ID.String()), nobody},
		{"deletes the records of another's sessions", remove("sessions/" + w.Acme.Editor.ID.String()), nobody},
		{"reads who signs in where", list("identities"), map[string]bool{"erase": true}},
		{"reads failed sign-ins", list("signins"), nobody},
	} {
		for name, g := range grants {
			do := tt.do
			if do == nil {
				do = create("mails/m-" + name[:2])
			}
			if err := do(g.Database()); (err == nil) != tt.may[name] {
				t.Errorf("%s %s: %v", name, tt.what, err)
			}
		}
	}
	for name, g := range map[string]vending.Grant{
		"a viewer": w.Grant(t, viewer), "an editor": w.Grant(t, w.Acme.Editor), "an admin": w.Grant(t, w.Acme.Admin),
	} {
		for what, try := range map[string]func(vending.Database) error{
			"reads a mail": get(note), "lists the mails": list("mails"), "adds a mail": create("mails/m-new"), "changes a mail": set(note),
			"reads a code": get("codes/c"), "lists the codes": list("codes"), "makes a code": create("codes/d"), "changes a code": set("codes/c"),
		} {
			if err := try(g.Database()); !errors.Is(err, vending.ErrDenied) {
				t.Errorf("%s %s: got %v, want ErrDenied", name, what, err)
			}
		}
	}

	api, err := w.Authenticator.Bearer(ctx, selected, w.Token(t, viewer))
	if err != nil {
		t.Fatal(err)
	}
	for what, by := range map[string]tenancy.Principal{"a browser": session, "an ID token over the API": api} {
		p, err := w.Authenticator.Own(ctx, by, tenancy.OwnAccount)
		if must(p, err); p.User() != viewer.ID {
			t.Errorf("%s acts for %v", what, p.User())
		}
		if f, err := w.Authenticator.OwnFactors(ctx, by); err != nil || f.Whose() != viewer.ID {
			t.Errorf("%s has the second factors of %v: %v", what, f.Whose(), err)
		}
	}
	for what, by := range map[string]tenancy.Principal{
		"nobody": {}, "an errand": grants["own"].Principal(), "a job": sender.Principal(), "a sign-in": w.SignIn(t, viewer),
		"an API key": byKey(t, w, w.Acme, tenant.ScopeFilesWrite|tenant.ScopePeopleRead).Principal(),
	} {
		if p, err := w.Authenticator.Own(ctx, by, tenancy.OwnAccount); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("%s has an account of its own: %v %v", what, p, err)
		}
		if p, err := w.Authenticator.OwnFactors(ctx, by); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("%s has second factors of its own: %v %v", what, p, err)
		}
		if p, err := w.Authenticator.Disconnect(ctx, by, strings.Repeat("a", 52)); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("%s disconnects a provider: %v %v", what, p, err)
		}
	}
	for what, by := range map[string]tenancy.Principal{
		"nobody": {}, "a viewer": session, "an editor": w.Grant(t, w.Acme.Editor).Principal(), "an errand": grants["telling"].Principal(),
		"a job": sender.Principal(), "an API key": byKey(t, w, w.Acme, tenant.ScopeFilesWrite|tenant.ScopePeopleRead).Principal(),
	} {
		if p, err := w.Authenticator.Telling(ctx, by); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("%s writes letters to people: %v %v", what, p, err)
		}
	}
	for _, e := range []tenancy.Errand{tenancy.AskForMail, tenancy.ByCode, tenancy.SignInWithGroups, "everything"} {
		if p, err := w.Authenticator.Own(ctx, session, e); err == nil {
			t.Errorf("a session gets the errand %q: %v", e, p)
		}
	}
}
