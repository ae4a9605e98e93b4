package storage_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"
)

// ends are the ways in which an object's generation may end.
func ends(t *testing.T, c *cloud, o *gcs.ObjectHandle) map[string]func() error {
	client := c.client(c.owner)
	source := client.Bucket("sources").Object("o")
	attrs, err := o.Attrs(t.Context())
	must(t, err)
	return map[string]func() error{
		"deleted":                func() error { return o.Delete(t.Context()) },
		"deleted by generation":  func() error { return o.Generation(attrs.Generation).Delete(t.Context()) },
		"overwritten":            func() error { _, err := tryWrite(o, nil); return err },
		"overwritten, resumably": func() error { return tryResumable(o, 300<<10) },
		"overwritten by a copy":  func() error { _, err := o.CopierFrom(source).Run(t.Context()); return err },
		"overwritten by a composition": func() error {
			_, err := o.ComposerFrom(client.Bucket(o.BucketName()).Object("other")).Run(t.Context())
			return err
		},
		"overwritten by a signed URL": func() error {
			u := sign(t, c, client.Bucket(o.BucketName()), o.ObjectName(), gcs.SignedURLOptions{Method: "PUT"})
			if res := do(t, "PUT", u, []byte("x")); res.StatusCode != http.StatusForbidden || !strings.Contains(body(res), "cannot be deleted, overwritten or archived until") {
				t.Errorf("by a signed URL: %s", res.Status)
			}
			_, err := tryWrite(o, nil)
			return err
		},
	}
}

// An object is kept until the bucket's period is over, and by each hold.
func TestRetention(t *testing.T) {
	for name, test := range map[string]struct {
		attrs gcs.BucketAttrs
		later gcs.BucketAttrsToUpdate // what the client does not send at the start
		hold  *gcs.ObjectAttrsToUpdate
		free  *gcs.ObjectAttrsToUpdate
		wait  time.Duration
		want  string
	}{
		"a policy":          {attrs: gcs.BucketAttrs{RetentionPolicy: &gcs.RetentionPolicy{RetentionPeriod: 50 * time.Minute}}, wait: 50 * time.Minute, want: "is subject to bucket's retention policy"},
		"a temporary hold":  {hold: &gcs.ObjectAttrsToUpdate{TemporaryHold: true}, free: &gcs.ObjectAttrsToUpdate{TemporaryHold: false}, want: "is under active Temporary hold"},
		"an event's hold":   {hold: &gcs.ObjectAttrsToUpdate{EventBasedHold: true}, free: &gcs.ObjectAttrsToUpdate{EventBasedHold: false}, want: "is under active Event-Based hold"},
		"a hold by default": {later: gcs.BucketAttrsToUpdate{DefaultEventBasedHold: true}, free: &gcs.ObjectAttrsToUpdate{EventBasedHold: false}, want: "is under active Event-Based hold"},
		"versions under a hold": {attrs: gcs.BucketAttrs{VersioningEnabled: true}, hold: &gcs.ObjectAttrsToUpdate{TemporaryHold: true},
			free: &gcs.ObjectAttrsToUpdate{TemporaryHold: false}, want: "is under active Temporary hold"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			write(t, c.bucket("sources", nil).Object("o"), nil)
			b := c.bucket("kept", &test.attrs)
			_, err := b.Update(t.Context(), test.later)
			must(t, err)
			o := b.Object("o")
			write(t, o, []byte("content"))
			write(t, c.client(c.owner).Bucket("kept").Object("other"), nil)
			if test.hold != nil {
				_, err := o.Update(t.Context(), *test.hold)
				must(t, err)
			}
			for way, end := range ends(t, c, o) {
				if err := end(); code(err) != http.StatusForbidden || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: %v", way, err)
				}
			}
			c.restart()
			o = c.client(c.owner).Bucket("kept").Object("o")
			if got := read(t, o); string(got) != "content" {
				t.Errorf("the content became %q", got)
			}
			if test.free != nil {
				_, err := o.Update(t.Context(), *test.free)
				must(t, err)
			}
			c.clock.advance(test.wait)
			must(t, o.Delete(t.Context()))
		})
	}
}

// The release of an event-based hold begins the period anew.
func TestAnEventBeginsThePeriod(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("kept", &gcs.BucketAttrs{RetentionPolicy: &gcs.RetentionPolicy{RetentionPeriod: 20 * time.Minute}})
	_, err := b.Update(t.Context(), gcs.BucketAttrsToUpdate{DefaultEventBasedHold: true})
	must(t, err)
	o := b.Object("o")
	attrs := write(t, o, nil)
	if !attrs.EventBasedHold || !attrs.RetentionExpirationTime.IsZero() {
		t.Errorf("held, the object is %+v", attrs)
	}
	c.clock.advance(30 * time.Minute)
	attrs, err = o.Update(t.Context(), gcs.ObjectAttrsToUpdate{EventBasedHold: false})
	must(t, err)
	if got := attrs.RetentionExpirationTime.Sub(attrs.Updated); got != 20*time.Minute {
		t.Errorf("released, it is kept for %v", got)
	}
	if err := o.Delete(t.Context()); code(err) != 403 {
		t.Errorf("deleting it then: %v", err)
	}
	c.clock.advance(20 * time.Minute)
	must(t, o.Delete(t.Context()))
}

// A policy is of all objects, those that were there before as well, for as long as it is there.
func TestARetentionPolicyOfObjectsThatAreThere(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("kept", nil)
	o := b.Object("o")
	made := write(t, o, nil)
	if !made.RetentionExpirationTime.IsZero() {
		t.Errorf("without a policy it is kept until %v", made.RetentionExpirationTime)
	}
	set := func(period time.Duration) *gcs.BucketAttrs {
		attrs, err := b.Update(t.Context(), gcs.BucketAttrsToUpdate{RetentionPolicy: &gcs.RetentionPolicy{RetentionPeriod: period}})
		must(t, err)
		return attrs
	}
	first := set(time.Hour).RetentionPolicy
	if first.RetentionPeriod != time.Hour || first.IsLocked || first.EffectiveTime.Before(made.Created) {
		t.Errorf("the policy is %+v", first)
	}
	listed, err := b.Objects(t.Context(), nil).Next()
	must(t, err)
	if got := listed.RetentionExpirationTime.Sub(made.Created); got != time.Hour {
		t.Errorf("listed, it is kept for %v", got)
	}
	if err := o.Delete(t.Context()); code(err) != 403 {
		t.Errorf("deleting it: %v", err)
	}
	if again := set(time.Hour).RetentionPolicy; !again.EffectiveTime.Equal(first.EffectiveTime) {
		t.Errorf("set to what it is, the policy begins anew at %v", again.EffectiveTime)
	}
	if p := set(0).RetentionPolicy; p != nil {
		t.Errorf("removed, it is %+v", p)
	}
	must(t, o.Delete(t.Context()))
}

func TestALockedRetentionPolicyIsOnlyLengthened(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("locked", &gcs.BucketAttrs{RetentionPolicy: &gcs.RetentionPolicy{RetentionPeriod: time.Hour}})
	lock := func(metageneration int64) error {
		return b.If(gcs.BucketConditions{MetagenerationMatch: metageneration}).LockRetentionPolicy(t.Context())
	}
	if err := b.LockRetentionPolicy(t.Context()); err == nil {
		t.Error("locked without a condition")
	}
	if res := do(t, "POST", c.server.URL+"/storage/v1/b/locked/lockRetentionPolicy", nil, c.bearer(c.owner)); res.StatusCode != 400 {
		t.Errorf("locking without a condition: %s", res.Status)
	}
	if err := lock(2); code(err) != 412 {
		t.Errorf("locking a state that is not: %v", err)
	}
	email, key := c.account("reader")
	c.grant(b, email, "roles/storage.objectAdmin")
	if err := c.client(key).Bucket("locked").If(gcs.BucketConditions{MetagenerationMatch: 1}).LockRetentionPolicy(t.Context()); code(err) != 403 {
		t.Errorf("locking without the permission: %v", err)
	}
	must(t, lock(1))
	c.restart()
	b = c.client(c.owner).Bucket("locked")
	attrs, err := b.Attrs(t.Context())
	must(t, err)
	if !attrs.RetentionPolicy.IsLocked || attrs.MetaGeneration != 2 {
		t.Errorf("locked, the bucket is %+v", attrs)
	}
	for name, patch := range map[string]string{
		"removed":  `{"retentionPolicy":null}`,
		"shorter":  `{"retentionPolicy":{"retentionPeriod":"3599"}}`,
		"none":     `{"retentionPolicy":{"retentionPeriod":"0"}}`,
		"replaced": `{"retentionPolicy":{"isLocked":false,"retentionPeriod":1}}`,
	} {
		if res := do(t, "PATCH", c.server.URL+"/storage/v1/b/locked", []byte(patch), c.bearer(c.owner)); res.StatusCode != 403 {
			t.Errorf("%s: %s %s", name, res.Status, body(res))
		}
	}
	if res := do(t, "PUT", c.server.URL+"/storage/v1/b/locked", []byte(`{"labels":{"a":"b"}}`), c.bearer(c.owner)); res.StatusCode != 403 {
		t.Errorf("left out of everything: %s", res.Status)
	}
	res := do(t, "PATCH", c.server.URL+"/storage/v1/b/locked", []byte(`{"retentionPolicy":{"isLocked":false,"retentionPeriod":"7200"}}`), c.bearer(c.owner))
	if got := body(res); res.StatusCode != 200 || !strings.Contains(got, `"isLocked":true`) || !strings.Contains(got, `"retentionPeriod":"7200"`) {
		t.Errorf("longer: %s %s", res.Status, got)
	}
	must(t, b.Delete(t.Context()))
}

func TestARetentionPolicyIsRefused(t *testing.T) {
	c := newCloud(t)
	c.bucket("plain", nil)
	for name, patch := range map[string]string{
		"no period":         `{"retentionPolicy":{}}`,
		"a period of 0":     `{"retentionPolicy":{"retentionPeriod":0}}`,
		"a negative period": `{"retentionPolicy":{"retentionPeriod":"-1"}}`,
		"a hundred years":   `{"retentionPolicy":{"retentionPeriod":"3155760000"}}`,
		"with versions":     `{"retentionPolicy":{"retentionPeriod":60},"versioning":{"enabled":true}}`,
		"something more":    `{"retentionPolicy":{"retentionPeriod":60,"mode":"x"}}`,
	} {
		if res := do(t, "PATCH", c.server.URL+"/storage/v1/b/plain", []byte(patch), c.bearer(c.owner)); res.StatusCode != 400 {
			t.Errorf("%s: %s %s", name, res.Status, body(res))
		}
	}
	if res := do(t, "POST", c.server.URL+"/storage/v1/b/plain/lockRetentionPolicy?ifMetagenerationMatch=1", nil, c.bearer(c.owner)); res.StatusCode != 400 {
		t.Errorf("locking none: %s", res.Status)
	}
}
