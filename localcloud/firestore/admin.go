package firestore

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
)

// admin serves the databases of google.firestore.admin.v1.FirestoreAdmin.
type admin struct {
	adminpb.UnimplementedFirestoreAdminServer
	*Server
}

// CreateDatabase creates an empty database. The operation it returns is done. Only what the engine
// really does can be asked for; the rest is Unimplemented.
func (s *admin) CreateDatabase(_ context.Context, req *adminpb.CreateDatabaseRequest) (*longrunningpb.Operation, error) {
	project, err := resource.ParseProject(req.Parent)
	if err != nil {
		return nil, err
	}
	if !s.hasProject(project) {
		return nil, status.Errorf(codes.NotFound, "the project %s does not exist", project)
	}
	if err := resource.CheckDatabaseID(req.DatabaseId); err != nil {
		return nil, err
	}
	if err := checkSettings(req.Database); err != nil {
		return nil, err
	}
	name := resource.Database{Project: project, ID: req.DatabaseId}
	var op *longrunningpb.Operation
	err = s.store.Administer(func(a *store.Admin) (err error) {
		if a.Database(name) != nil {
			return status.Errorf(codes.AlreadyExists, "Database already exists. Please use another database_id: %s", name.ID)
		}
		if err := s.forgetPolicy(name.String()); err != nil {
			return err
		}
		info := describe(name, req.Database, a.Time)
		if op, err = finished(name, info, &adminpb.CreateDatabaseMetadata{}); err != nil {
			return err
		}
		a.Create(name, info)
		a.Record(op)
		return nil
	})
	return op, err
}

func checkSettings(d *adminpb.Database) error {
	switch {
	case d.GetLocationId() == "":
		return invalid("a database needs a location_id")
	case d.GetType() == adminpb.Database_DATABASE_TYPE_UNSPECIFIED:
		return invalid("a database needs a type")
	case d.GetType() != adminpb.Database_FIRESTORE_NATIVE:
		return status.Errorf(codes.Unimplemented, "only databases of type FIRESTORE_NATIVE are served here")
	case d.GetDatabaseEdition() == adminpb.Database_ENTERPRISE:
		return status.Errorf(codes.Unimplemented, "only databases of the standard edition are served here")
	case d.GetCmekConfig() != nil:
		return status.Errorf(codes.Unimplemented, "customer-managed encryption keys are not served here")
	case d.GetPointInTimeRecoveryEnablement() == adminpb.Database_POINT_IN_TIME_RECOVERY_ENABLED:
		return status.Errorf(codes.Unimplemented, "point-in-time recovery is not served here")
	case len(d.GetTags()) > 0:
		return status.Errorf(codes.Unimplemented, "tags are not served here")
	case d.GetConcurrencyMode() == adminpb.Database_OPTIMISTIC:
		return status.Errorf(codes.Unimplemented, "only pessimistic concurrency is served here")
	}
	return nil
}

// describe returns what is known about a database that is created at a time.
func describe(name resource.Database, asked *adminpb.Database, at time.Time) *adminpb.Database {
	protection := asked.DeleteProtectionState
	if protection == adminpb.Database_DELETE_PROTECTION_STATE_UNSPECIFIED {
		protection = adminpb.Database_DELETE_PROTECTION_DISABLED
	}
	return &adminpb.Database{
		Name:                          name.String(),
		Uid:                           rand.Text(),
		CreateTime:                    timestamppb.New(at),
		UpdateTime:                    timestamppb.New(at),
		LocationId:                    asked.LocationId,
		Type:                          asked.Type,
		ConcurrencyMode:               adminpb.Database_PESSIMISTIC,
		VersionRetentionPeriod:        durationpb.New(store.Retention),
		PointInTimeRecoveryEnablement: adminpb.Database_POINT_IN_TIME_RECOVERY_DISABLED,
		AppEngineIntegrationMode:      adminpb.Database_DISABLED,
		DeleteProtectionState:         protection,
		DatabaseEdition:               adminpb.Database_STANDARD,
		Etag:                          rand.Text(),
	}
}

// GetDatabase tells about a database.
func (s *admin) GetDatabase(_ context.Context, req *adminpb.GetDatabaseRequest) (*adminpb.Database, error) {
	db, err := s.database(req.Name)
	if err != nil {
		return nil, err
	}
	return db.Info(), nil
}

// ListDatabases tells about all databases of a project.
func (s *admin) ListDatabases(_ context.Context, req *adminpb.ListDatabasesRequest) (*adminpb.ListDatabasesResponse, error) {
	project, err := resource.ParseProject(req.Parent)
	if err != nil {
		return nil, err
	}
	if !s.hasProject(project) {
		return nil, status.Errorf(codes.NotFound, "the project %s does not exist", project)
	}
	all := slices.DeleteFunc(s.store.Databases(), func(d *adminpb.Database) bool { return !strings.HasPrefix(d.Name, req.Parent+"/") })
	slices.SortFunc(all, func(a, b *adminpb.Database) int { return cmp.Compare(a.Name, b.Name) })
	return &adminpb.ListDatabasesResponse{Databases: all}, nil
}

// UpdateDatabase changes the delete protection of a database, the one setting that can be changed
// here.
func (s *admin) UpdateDatabase(_ context.Context, req *adminpb.UpdateDatabaseRequest) (*longrunningpb.Operation, error) {
	name, err := resource.ParseDatabase(req.GetDatabase().GetName())
	if err != nil {
		return nil, err
	}
	protection := req.Database.DeleteProtectionState
	if len(req.GetUpdateMask().GetPaths()) == 0 && protection == adminpb.Database_DELETE_PROTECTION_STATE_UNSPECIFIED {
		return nil, invalid("the request changes nothing")
	}
	for _, path := range req.GetUpdateMask().GetPaths() {
		if path != "delete_protection_state" {
			return nil, status.Errorf(codes.Unimplemented, "%q cannot be changed here", path)
		}
	}
	var op *longrunningpb.Operation
	err = s.store.Administer(func(a *store.Admin) (err error) {
		current, err := existing(a, name, req.Database.Etag)
		if err != nil {
			return err
		}
		info := proto.Clone(current).(*adminpb.Database)
		info.DeleteProtectionState, info.UpdateTime, info.Etag = protection, timestamppb.New(a.Time), rand.Text()
		if op, err = finished(name, info, &adminpb.UpdateDatabaseMetadata{}); err != nil {
			return err
		}
		a.Update(name, info)
		a.Record(op)
		return nil
	})
	return op, err
}

// DeleteDatabase deletes a database with all that is in it, unless it is protected.
func (s *admin) DeleteDatabase(_ context.Context, req *adminpb.DeleteDatabaseRequest) (*longrunningpb.Operation, error) {
	name, err := resource.ParseDatabase(req.Name)
	if err != nil {
		return nil, err
	}
	var op *longrunningpb.Operation
	err = s.store.Administer(func(a *store.Admin) (err error) {
		info, err := existing(a, name, req.Etag)
		if err != nil {
			return err
		}
		if info.DeleteProtectionState == adminpb.Database_DELETE_PROTECTION_ENABLED {
			return status.Errorf(codes.FailedPrecondition, "the database %s is protected from being deleted", name.ID)
		}
		if op, err = finished(name, info, &adminpb.DeleteDatabaseMetadata{}); err != nil {
			return err
		}
		a.Delete(name)
		a.Record(op)
		return nil
	})
	if err == nil {
		err = s.forgetPolicy(name.String())
	}
	return op, err
}

// existing returns what is known about a database, which must be at the etag unless that is empty.
func existing(a *store.Admin, name resource.Database, etag string) (*adminpb.Database, error) {
	info := a.Database(name)
	if info == nil {
		return nil, status.Errorf(codes.NotFound, "The database %s does not exist for project %s.", name.ID, name.Project)
	}
	if etag != "" && etag != info.Etag {
		return nil, status.Errorf(codes.FailedPrecondition, "the database %s is no longer at the etag %s", name.ID, etag)
	}
	return info, nil
}
