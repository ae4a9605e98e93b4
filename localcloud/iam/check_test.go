package iam_test

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

func TestConditions(t *testing.T) {
	w := newWorld(t)
	a := w.account("tn-0123456789")
	caller := iam.Caller{Email: a.Email}
	member := []string{"serviceAccount:" + a.Email}
	resource := database("tn-0123456789")
	for expression, want := range map[string]bool{
		`true`:  true,
		`false`: false,
		`resource.name == "projects/bulkhead-test/databases/tn-0123456789"`:                                         true,
		`resource.name=="projects/bulkhead-test/databases/tn-9876543210"`:                                           false,
		`resource.name == "projects/bulkhead-test/databases/tn-012345678"`:                                          false,
		`resource.name.startsWith("projects/bulkhead-test/databases/tn-")`:                                          true,
		`resource.name.endsWith("/databases/tn-0123456789")`:                                                        true,
		`resource.name.matches("^projects/[a-z-]+/databases/tn-[0-9]{10}$")`:                                        true,
		`resource.type == "firestore.googleapis.com/Database"`:                                                      true,
		`resource.type == "storage.googleapis.com/Object"`:                                                          false,
		`resource.service == "firestore.googleapis.com"`:                                                            true,
		`resource.service == "storage.googleapis.com" || resource.name.contains("0123456789")`:                      true,
		`resource.service == "storage.googleapis.com" && resource.name.contains("0123456789")`:                      false,
		`!resource.name.startsWith("x")`:                                                                            true,
		`resource.name.extract("/databases/{id}") == "tn-0123456789"`:                                               true,
		`resource.name.extract("projects/{p}/databases/") == "bulkhead-test"`:                                       true,
		`resource.name.extract("/buckets/{b}/") == ""`:                                                              true,
		`resource.name.extract("no braces") == ""`:                                                                  false, // an error
		`request.time < timestamp("2100-01-01T00:00:00Z")`:                                                          true,
		`request.time < timestamp("2020-01-01T00:00:00Z")`:                                                          false,
		`request.time.getFullYear("Europe/Berlin") >= 2024`:                                                         true,
		`request.time < timestamp("not a time")`:                                                                    false, // an error
		`1 / 0 == 1`:                                                                                                false, // an error
		`int(resource.name) == 1`:                                                                                   false, // an error
		`int(resource.name) == 1 || true`:                                                                           true,  // CEL's or
		`resource.name.split == "x"`:                                                                                false, // refused
		`resource.name.matches("(" + resource.name + "){999}")`:                                                     false, // too costly, or an error
		`resource.name in ["projects/bulkhead-test/databases/a", "projects/bulkhead-test/databases/tn-0123456789"]`: true,
	} {
		t.Run(expression, func(t *testing.T) {
			p := &iampb.Policy{Version: 3, Bindings: []*iampb.Binding{{
				Role: "roles/datastore.user", Members: member, Condition: &expr.Expr{Title: "t", Expression: expression},
			}}}
			if _, err := w.SetPolicy(projectHolder, p); err != nil {
				if want {
					t.Fatal(err)
				}
				return // what cannot be set is not granted either
			}
			err := w.Check(t.Context(), caller, "datastore.entities.get", resource)
			if (err == nil) != want {
				t.Errorf("check: %v, want allowed %t", err, want)
			}
		})
	}
}

func TestConditionOfTime(t *testing.T) {
	w := newWorld(t)
	a := w.account("web-server")
	until := w.now().Add(time.Hour).UTC().Format(time.RFC3339)
	w.bind(projectHolder, &iampb.Binding{
		Role: "roles/datastore.viewer", Members: []string{"serviceAccount:" + a.Email},
		Condition: &expr.Expr{Title: "for an hour", Expression: `request.time < timestamp("` + until + `")`},
	})
	check := func() error {
		return w.Check(t.Context(), iam.Caller{Email: a.Email}, "datastore.entities.get", database("d"))
	}
	wantCode(t, "within the hour", check(), codes.OK)
	w.advance(61 * time.Minute)
	wantCode(t, "after it", check(), codes.PermissionDenied)
}

func TestHolders(t *testing.T) {
	w := newWorld(t)
	a := w.account("web-server")
	caller := iam.Caller{Email: a.Email}
	bucket := func(name string) iam.Resource {
		return iam.Resource{
			Service: "storage.googleapis.com",
			Type:    "storage.googleapis.com/Object",
			Name:    "projects/_/buckets/" + name + "/objects/a",
			Holders: []string{"projects/_/buckets/" + name, projectHolder},
		}
	}
	w.bind("projects/_/buckets/mine", &iampb.Binding{Role: "roles/storage.objectViewer", Members: []string{"serviceAccount:" + a.Email}})
	w.bind("projects/_/buckets/open", &iampb.Binding{Role: "roles/storage.objectViewer", Members: []string{"allUsers"}})
	w.bind("projects/_/buckets/known", &iampb.Binding{Role: "roles/storage.objectViewer", Members: []string{"allAuthenticatedUsers"}})
	for name, c := range map[string]struct {
		caller     iam.Caller
		permission string
		resource   iam.Resource
		want       codes.Code
	}{
		"its bucket":                {caller, "storage.objects.get", bucket("mine"), codes.OK},
		"its bucket, writing":       {caller, "storage.objects.create", bucket("mine"), codes.PermissionDenied},
		"a bucket of no policy":     {caller, "storage.objects.get", bucket("other"), codes.PermissionDenied},
		"the project":               {caller, "storage.objects.get", database("d"), codes.PermissionDenied},
		"an open bucket":            {caller, "storage.objects.get", bucket("open"), codes.OK},
		"an open bucket, anonymous": {iam.Caller{}, "storage.objects.get", bucket("open"), codes.OK},
		"anonymous among the known": {iam.Caller{}, "storage.objects.get", bucket("known"), codes.PermissionDenied},
		"one of the known":          {caller, "storage.objects.get", bucket("known"), codes.OK},
		"a caller who is nobody":    {iam.Caller{Email: "nobody@x"}, "storage.objects.get", bucket("open"), codes.Unauthenticated},
		"no holder at all":          {caller, "storage.objects.get", iam.Resource{Name: "x"}, codes.PermissionDenied},
		"a permission of no role":   {caller, "storage.objects.fly", bucket("mine"), codes.PermissionDenied},
		"no permission":             {caller, "", bucket("mine"), codes.PermissionDenied},
	} {
		t.Run(name, func(t *testing.T) {
			wantCode(t, "check", w.Check(t.Context(), c.caller, c.permission, c.resource), c.want)
		})
	}
}

func TestBasicRoles(t *testing.T) {
	w := newWorld(t)
	for id, want := range map[string][]string{
		"owner-like":  {"read", "write", "policy"},
		"editor-like": {"read", "write"},
		"viewer-like": {"read"},
	} {
		a := w.account(id, "roles/"+strings.TrimSuffix(id, "-like"))
		var got []string
		for _, p := range []struct{ what, permission string }{
			{"read", "datastore.entities.get"},
			{"write", "datastore.entities.create"},
			{"policy", "resourcemanager.projects.setIamPolicy"},
			{"impersonate", "iam.serviceAccounts.getAccessToken"},
			{"sign", "iam.serviceAccounts.signBlob"},
		} {
			if len(w.Granted(iam.Caller{Email: a.Email}, []string{p.permission}, database("d"))) > 0 {
				got = append(got, p.what)
			}
		}
		if !cmp.Equal(got, want) {
			t.Errorf("%s may %v, want %v", id, got, want)
		}
	}
}

func TestDenialExplainsItself(t *testing.T) {
	w := newWorld(t)
	a := w.account("tn-0123456789")
	member := []string{"serviceAccount:" + a.Email}
	caller := iam.Caller{Email: a.Email}
	w.bind(projectHolder, &iampb.Binding{Role: "roles/datastore.user", Members: member, Condition: onlyDatabase("mine")})

	err := w.Check(t.Context(), caller, "datastore.entities.get", database("theirs"))
	wantCode(t, "check", err, codes.PermissionDenied)
	want := "Permission 'datastore.entities.get' denied on resource '//firestore.googleapis.com/projects/bulkhead-test/databases/theirs'" +
		" (or it may not exist): condition `resource.name==\"projects/bulkhead-test/databases/mine\"` is false."
	if got := status.Convert(err).Message(); got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	info, _ := status.Convert(err).Details()[0].(*errdetails.ErrorInfo)
	if info.GetReason() != "IAM_PERMISSION_DENIED" || info.GetMetadata()["permission"] != "datastore.entities.get" {
		t.Errorf("details %v", info)
	}
}

func TestDecisionLog(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.account("tn-0123456789")
	w.bind(projectHolder, &iampb.Binding{
		Role: "roles/datastore.user", Members: []string{"serviceAccount:" + a.Email}, Condition: onlyDatabase("mine"),
	})
	_, file := w.key(a)
	f, _ := parseKeyFile(t, file)
	caller, err := w.authenticate(w.authorization(file, true))
	if err != nil {
		t.Fatal(err)
	}
	before := w.Decisions(1)[0]
	_ = w.Check(ctx, caller, "datastore.entities.get", database("mine"))
	_ = w.Check(ctx, caller, "datastore.entities.get", database("theirs"))
	_ = w.Check(ctx, caller, "datastore.databases.delete", database("mine"))
	_ = w.Check(ctx, caller, "datastore.entities.fly", database("mine"))
	_, _ = w.authenticate("Bearer ya29.c.nonsense")

	const condition = "condition `resource.name==\"projects/bulkhead-test/databases/mine\"`"
	mine, theirs := projectHolder+"/databases/mine", projectHolder+"/databases/theirs"
	want := []iam.Decision{
		{Resource: firestoreAud, Reason: "not authenticated: the access token is not one of ours"},
		{Caller: a.Email, KeyID: f.PrivateKeyID, Permission: "datastore.entities.fly", Resource: mine,
			Reason: "denied: no role contains datastore.entities.fly"},
		{Caller: a.Email, KeyID: f.PrivateKeyID, Permission: "datastore.databases.delete", Resource: mine,
			Reason: "denied: no binding grants datastore.databases.delete to serviceAccount:" + a.Email + " on " + projectHolder},
		{Caller: a.Email, KeyID: f.PrivateKeyID, Permission: "datastore.entities.get", Resource: theirs,
			Reason: "denied: " + condition + " is false"},
		{Caller: a.Email, KeyID: f.PrivateKeyID, Permission: "datastore.entities.get", Resource: mine, Allowed: true,
			Reason: "allowed: roles/datastore.user on " + projectHolder + ", " + condition},
		before,
	}
	if diff := cmp.Diff(want, w.Decisions(6), cmpopts.IgnoreFields(iam.Decision{}, "Seq", "Method", "Time")); diff != "" {
		t.Errorf("decisions, newest first (-want +got):\n%s", diff)
	}
}

func TestDecisionLogIsBounded(t *testing.T) {
	w := newWorld(t)
	for range 1500 {
		_ = w.Check(t.Context(), iam.Caller{}, "datastore.entities.get", database("d"))
	}
	_ = w.Check(t.Context(), iam.Caller{}, "datastore.entities.list", database("last"))
	got := w.Decisions(1 << 20)
	if len(got) != 1000 || got[0].Resource != projectHolder+"/databases/last" {
		t.Errorf("%d decisions, the newest %+v", len(got), got[0])
	}
}
