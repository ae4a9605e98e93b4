package setup

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/platform/indexes"
)

// makeIndexes makes the indexes of the control plane's database, and tenants' indexes in the pools
// that exist. A pool's database is made by the onboarding of the first tenant who lives there, and
// its indexes with it.
func (s *run) makeIndexes(ctx context.Context) error {
	databases, err := s.owner.Databases(ctx)
	if err != nil {
		return err
	}
	patience := cmp.Or(s.cfg.Building, time.Hour)
	err = indexes.Make(ctx, databases, s.project()+"/databases/"+location.PlatformDatabase, patience, s.cfg.Indexes.Platform)
	if err != nil {
		return err
	}
	for _, c := range s.cfg.Cells {
		if c.Project != s.cfg.Project || c.PoolDatabase == "" {
			continue
		}
		err := indexes.Make(ctx, databases, s.project()+"/databases/"+c.PoolDatabase, patience, s.cfg.Indexes.Tenants)
		if err != nil && status.Code(err) != codes.NotFound {
			return fmt.Errorf("pool of %s: %w", c.ID, err)
		}
	}
	return nil
}
