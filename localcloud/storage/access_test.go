package storage_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	gcs "cloud.google.com/go/storage"
	"google.golang.org/api/option"
	"google.golang.org/genproto/googleapis/type/expr"
)

// Every way to a bucket, told as what a stranger tries.
func TestAStrangerIsDenied(t *testing.T) {
	c := newCloud(t)
	_, _, globex := c.tenant("tn-globexxxxx")
	write(t, globex.Object("secret"), []byte("globex only"))
	_, key, acme := c.tenant("tn-acmeeeeeee")
	write(t, acme.Object("own"), []byte("acme's"))
	ctx := t.Context()
	acmePolicy, err := c.client(c.owner).Bucket(project + "-tn-acmeeeeeee").IAM().V3().Policy(ctx)
	must(t, err)

	for _, bucket := range []string{project + "-tn-globexxxxx", "nobody-has-this"} {
		theirs := c.client(key).Bucket(bucket)
		secret := theirs.Object("secret")
		jsonReads := c.client(key, gcs.WithJSONReads()).Bucket(bucket).Object("secret")
		for name, try := range map[string]func() error{
			"read":            func() error { _, err := secret.NewReader(ctx); return err },
			"read as json":    func() error { _, err := jsonReads.NewReader(ctx); return err },
			"attributes":      func() error { _, err := secret.Attrs(ctx); return err },
			"read missing":    func() error { _, err := theirs.Object("missing").NewReader(ctx); return err },
			"list":            func() error { _, err := theirs.Objects(ctx, nil).Next(); return err },
			"overwrite":       func() error { _, err := tryWrite(secret, []byte("mine")); return err },
			"plant":           func() error { _, err := tryWrite(theirs.Object("planted"), []byte("mine")); return err },
			"plant resumably": func() error { return tryResumable(theirs.Object("planted"), 300<<10) },
			"delete":          func() error { return secret.Delete(ctx) },
			"update":          func() error { _, err := secret.Update(ctx, gcs.ObjectAttrsToUpdate{ContentType: "a/b"}); return err },
			"copy from":       func() error { _, err := acme.Object("loot").CopierFrom(secret).Run(ctx); return err },
			"copy to":         func() error { _, err := theirs.Object("planted").CopierFrom(acme.Object("own")).Run(ctx); return err },
			"compose":         func() error { _, err := theirs.Object("planted").ComposerFrom(secret).Run(ctx); return err },
			"bucket":          func() error { _, err := theirs.Attrs(ctx); return err },
			"bucket update": func() error {
				_, err := theirs.Update(ctx, gcs.BucketAttrsToUpdate{VersioningEnabled: true})
				return err
			},
			"bucket delete":    func() error { return theirs.Delete(ctx) },
			"policy":           func() error { _, err := theirs.IAM().Policy(ctx); return err },
			"set policy":       func() error { return theirs.IAM().V3().SetPolicy(ctx, acmePolicy) },
			"create a bucket":  func() error { return c.client(key).Bucket("acme-second").Create(ctx, project, nil) },
			"list the project": func() error { _, err := c.client(key).Buckets(ctx, project).Next(); return err },
		} {
			if err := try(); code(err) != http.StatusForbidden {
				t.Errorf("%s of %s: %v", name, bucket, err)
			}
		}
		got, err := theirs.IAM().TestPermissions(ctx, []string{"storage.objects.get", "storage.buckets.get"})
		if err != nil || len(got) != 0 {
			t.Errorf("permissions on %s: %v, %v", bucket, got, err)
		}
	}
	if got := read(t, globex.Object("secret")); string(got) != "globex only" {
		t.Errorf("the secret became %q", got)
	}
	if _, err := globex.Object("planted").Attrs(ctx); !errors.Is(err, gcs.ErrObjectNotExist) {
		t.Errorf("something was planted: %v", err)
	}
}

func TestNobodyComesInWithoutACredential(t *testing.T) {
	c := newCloud(t)
	email, key, acme := c.tenant("tn-acmeeeeeee")
	write(t, acme.Object("o"), []byte("content"))
	_, err := c.client(key, option.WithoutAuthentication()).Bucket(project + "-tn-acmeeeeeee").Object("o").Attrs(t.Context())
	if err == nil || code(err) != http.StatusUnauthorized {
		t.Errorf("an anonymous read: %v", err)
	}
	must(t, c.admin.DisableServiceAccount(t.Context(), &adminpb.DisableServiceAccountRequest{Name: "projects/" + project + "/serviceAccounts/" + email}))
	if _, err := acme.Object("o").Attrs(t.Context()); code(err) != http.StatusUnauthorized {
		t.Errorf("a read by a disabled account: %v", err)
	}
}

func TestACreatorCannotReplaceOrRead(t *testing.T) {
	c := newCloud(t)
	email, key := c.account("creator")
	owned := c.bucket("drop-box", nil)
	c.grant(owned, email, "roles/storage.objectCreator")
	o := c.client(key).Bucket("drop-box").Object("o")
	write(t, o, []byte("first"))
	if _, err := tryWrite(o, []byte("second")); code(err) != http.StatusForbidden {
		t.Errorf("replacing: %v", err)
	}
	if err := tryResumable(o, 300<<10); code(err) != http.StatusForbidden {
		t.Errorf("replacing resumably: %v", err)
	}
	if _, err := o.NewReader(t.Context()); code(err) != http.StatusForbidden {
		t.Errorf("reading: %v", err)
	}
	if _, err := c.client(key).Bucket("drop-box").Object("p").CopierFrom(o).Run(t.Context()); code(err) != http.StatusForbidden {
		t.Errorf("copying: %v", err)
	}
	if _, err := c.client(key).Bucket("drop-box").Object("p").ComposerFrom(o).Run(t.Context()); code(err) != http.StatusForbidden {
		t.Errorf("composing: %v", err)
	}
	if got := read(t, owned.Object("o")); string(got) != "first" {
		t.Errorf("the object became %q", got)
	}
}

func TestAConditionNarrowsToAPrefix(t *testing.T) {
	c := newCloud(t)
	email, key := c.account("pooled")
	owned := c.bucket("pool", nil)
	p, err := owned.IAM().V3().Policy(t.Context())
	must(t, err)
	p.Bindings = append(p.Bindings, &iampb.Binding{
		Role:      "roles/storage.objectAdmin",
		Members:   []string{"serviceAccount:" + email},
		Condition: &expr.Expr{Title: "own folder", Expression: `resource.name.startsWith("projects/_/buckets/pool/objects/tn-a/")`},
	})
	must(t, owned.IAM().V3().SetPolicy(t.Context(), p))
	pool := c.client(key).Bucket("pool")
	write(t, pool.Object("tn-a/o"), nil)
	if _, err := tryWrite(pool.Object("tn-b/o"), nil); code(err) != http.StatusForbidden {
		t.Errorf("writing beside the folder: %v", err)
	}
	again, err := owned.IAM().V3().Policy(t.Context())
	must(t, err)
	if last := again.Bindings[len(again.Bindings)-1]; !strings.Contains(last.Condition.GetExpression(), "tn-a/") {
		t.Errorf("the policy is %v", again.Bindings)
	}
}

func TestAPolicyIsChangedFromItsLatestStateOnly(t *testing.T) {
	c := newCloud(t)
	email, _ := c.account("someone")
	b := c.bucket("contended", nil)
	stale, err := b.IAM().V3().Policy(t.Context())
	must(t, err)
	c.grant(b, email, "roles/storage.objectViewer")
	stale.Bindings = append(stale.Bindings, &iampb.Binding{Role: "roles/storage.objectAdmin", Members: []string{"serviceAccount:" + email}})
	if err := b.IAM().V3().SetPolicy(t.Context(), stale); code(err) != http.StatusPreconditionFailed {
		t.Errorf("a change from a stale state: %v", err)
	}
	fresh, err := b.IAM().V3().Policy(t.Context())
	must(t, err)
	fresh.Bindings[0].Members = []string{"allUsers"}
	if err := b.IAM().V3().SetPolicy(t.Context(), fresh); code(err) != http.StatusPreconditionFailed {
		t.Errorf("a public bucket: %v", err)
	}
}

func TestABucketMadeAnewHasNoOldRights(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	owned := c.client(c.owner).Bucket(project + "-tn-aaaaaaaaaa")
	const holder = "projects/_/buckets/" + project + "-tn-aaaaaaaaaa"
	was, err := c.iam.Policy(holder, 3)
	must(t, err)
	must(t, owned.Delete(t.Context()))
	if left, err := c.iam.Policy(holder, 3); err != nil || len(left.Bindings) != 0 {
		t.Errorf("the deleted bucket left %v, %v", left, err)
	}
	// A crash between the deletion of a bucket and that of its policy leaves the policy.
	was.Etag = nil
	_, err = c.iam.SetPolicy(holder, was)
	must(t, err)
	must(t, owned.Create(t.Context(), project, nil))
	if _, err := tryWrite(bucket.Object("o"), nil); code(err) != http.StatusForbidden {
		t.Errorf("with the rights in the bucket that was deleted: %v", err)
	}
}
