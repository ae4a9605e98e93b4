package onboarding

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/storage"
	"github.com/bulkhead-saas/bulkhead/internal/platform/indexes"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// account makes the tenant's service account, which is called like the tenant.
func (j *job) account(ctx context.Context) error {
	accounts, err := j.cfg.Platform.Accounts(ctx)
	if err != nil {
		return err
	}
	_, err = accounts.CreateServiceAccount(ctx, &iamadminpb.CreateServiceAccountRequest{
		Name:      "projects/" + j.cell.Project,
		AccountId: j.tenant.ID.String(),
		ServiceAccount: &iamadminpb.ServiceAccount{
			DisplayName: "Tenant " + j.tenant.Slug.String(),
			Description: "Reaches the tenant's database and bucket, and nothing else",
		},
	})
	if exists(err) {
		return nil
	}
	return err
}

// database makes the tenant's database, or the pool's for the first who comes to live there, and
// waits for it.
func (j *job) database(ctx context.Context) error {
	databases, err := j.cfg.Platform.Databases(ctx)
	if err != nil {
		return err
	}
	op, err := databases.CreateDatabase(ctx, &adminpb.CreateDatabaseRequest{
		Parent:     "projects/" + j.cell.Project,
		DatabaseId: j.tenant.Database,
		Database: &adminpb.Database{
			LocationId:            j.tenant.Region.Location(),
			Type:                  adminpb.Database_FIRESTORE_NATIVE,
			ConcurrencyMode:       adminpb.Database_PESSIMISTIC,
			DeleteProtectionState: adminpb.Database_DELETE_PROTECTION_ENABLED,
		},
	})
	if err == nil {
		_, err = op.Wait(ctx)
		return err
	}
	if !exists(err) {
		return err
	}
	made, err := databases.GetDatabase(ctx, &adminpb.GetDatabaseRequest{
		Name: "projects/" + j.cell.Project + "/databases/" + j.tenant.Database,
	})
	if err != nil {
		return err
	}
	if made.GetLocationId() != j.tenant.Region.Location() {
		return fmt.Errorf("%w: database %s is in %s", ErrMismatch, j.tenant.Database, made.GetLocationId())
	}
	return nil
}

// indexes makes the indexes that the application's queries need in the tenant's database, and waits
// until they serve. In a pool that is so for all who live there: the first has made them, or an
// earlier version of the application lacked them.
func (j *job) indexes(ctx context.Context) error {
	databases, err := j.cfg.Platform.Databases(ctx)
	if err != nil {
		return err
	}
	database := "projects/" + j.cell.Project + "/databases/" + j.tenant.Database
	return indexes.Make(ctx, databases, database, j.cfg.Building, j.cfg.Indexes)
}

// label marks a bucket as the tenant's, or as the pool's of its cell. Names of buckets are global,
// so one that exists may be a stranger's.
func (j *job) label() (key, value string) {
	if j.tenant.Isolation == tenant.Pool {
		return "cell", j.cell.ID.String()
	}
	return "tenant", j.tenant.ID.String()
}

// bucket makes the tenant's bucket, or the pool's: access by policy alone, never public, and open
// to signed requests from our pages.
func (j *job) bucket(ctx context.Context) error {
	bucket := j.cfg.Platform.Storage().Bucket(j.tenant.Bucket)
	key, value := j.label()
	err := bucket.Create(ctx, j.cell.Project, &storage.BucketAttrs{
		Location:                 j.tenant.Region.Location(),
		UniformBucketLevelAccess: storage.UniformBucketLevelAccess{Enabled: true},
		PublicAccessPrevention:   storage.PublicAccessPreventionEnforced,
		CORS:                     j.cors(),
		Lifecycle:                storage.Lifecycle{Rules: []storage.LifecycleRule{leftBehind()}},
		Labels:                   map[string]string{key: value},
	})
	if err == nil || !exists(err) {
		return err
	}
	return j.bucketSettings(ctx)
}

// bucketSettings checks that the bucket is the tenant's, and makes its settings what they are to
// be.
func (j *job) bucketSettings(ctx context.Context) error {
	bucket := j.cfg.Platform.Storage().Bucket(j.tenant.Bucket)
	made, err := bucket.Attrs(ctx)
	if err != nil {
		return err
	}
	if key, value := j.label(); made.Labels[key] != value || !made.UniformBucketLevelAccess.Enabled {
		return fmt.Errorf("%w: bucket %s is not ours", ErrMismatch, j.tenant.Bucket)
	}
	if !strings.EqualFold(made.Location, j.tenant.Region.Location()) {
		return fmt.Errorf("%w: bucket %s is in %s", ErrMismatch, j.tenant.Bucket, made.Location)
	}
	var change storage.BucketAttrsToUpdate
	if want := j.cors(); !slices.EqualFunc(made.CORS, want, sameCORS) {
		change.CORS = want
	}
	if !slices.ContainsFunc(made.Lifecycle.Rules, endsParts) { // rules of others stay
		change.Lifecycle = &storage.Lifecycle{Rules: append(made.Lifecycle.Rules, leftBehind())}
	}
	if made.PublicAccessPrevention != storage.PublicAccessPreventionEnforced {
		change.PublicAccessPrevention = storage.PublicAccessPreventionEnforced
	}
	if change.CORS == nil && change.Lifecycle == nil && change.PublicAccessPrevention == storage.PublicAccessPreventionUnknown {
		return nil
	}
	_, err = bucket.Update(ctx, change)
	return err
}

// notify has Cloud Storage say when an object has arrived in the bucket.
func (j *job) notify(ctx context.Context) error {
	bucket := j.cfg.Platform.Storage().Bucket(j.tenant.Bucket)
	want := storage.Notification{
		TopicProjectID: j.cell.Project, TopicID: setup.BucketsTopic,
		PayloadFormat: storage.NoPayload, EventTypes: []string{storage.ObjectFinalizeEvent},
	}
	made, err := bucket.Notifications(ctx)
	if err != nil {
		return err
	}
	for _, n := range made {
		if n.TopicProjectID == want.TopicProjectID && n.TopicID == want.TopicID && n.PayloadFormat == want.PayloadFormat &&
			slices.Equal(n.EventTypes, want.EventTypes) && n.ObjectNamePrefix == "" {
			return nil
		}
	}
	_, err = bucket.AddNotification(ctx, &want)
	return err
}

func sameCORS(a, b storage.CORS) bool {
	return a.MaxAge == b.MaxAge && slices.Equal(a.Origins, b.Origins) && slices.Equal(a.Methods, b.Methods) &&
		slices.Equal(a.ResponseHeaders, b.ResponseHeaders)
}

// leftBehind has the bucket drop the parts of an upload that nobody has ended. The application ends
// what it knows of after a week without a part. What a crash kept from it goes by this rule.
func leftBehind() storage.LifecycleRule {
	return storage.LifecycleRule{
		Action:    storage.LifecycleAction{Type: storage.AbortIncompleteMPUAction},
		Condition: storage.LifecycleCondition{AgeInDays: 30},
	}
}

// endsParts reports whether a rule is of that kind.
func endsParts(r storage.LifecycleRule) bool {
	return r.Action.Type == storage.AbortIncompleteMPUAction
}

// cors lets our pages, and no others, send and fetch files by signed requests. The headers are
// those that are signed.
func (j *job) cors() []storage.CORS {
	return []storage.CORS{{
		Origins: j.cfg.Origins,
		Methods: []string{"GET", "PUT"},
		ResponseHeaders: []string{
			"Content-Type", "Content-Disposition", "x-goog-content-length-range", "x-goog-generation",
			"x-goog-if-generation-match",
		},
		MaxAge: time.Hour,
	}}
}
