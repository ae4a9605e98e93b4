package web

import (
	"cmp"
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/settings"
)

// failedSignIns lists the newest failed sign-ins, as the settings show them.
func failedSignIns(f *federation.Service) settings.FailedSignIns {
	return func(ctx context.Context, g vending.Grant) ([]settings.FailedSignIn, error) {
		page, err := f.FailedSignIns(ctx, g, federation.FailedCursor{})
		if err != nil {
			return nil, err
		}
		var all []settings.FailedSignIn
		for _, one := range page.Items {
			all = append(all, settings.FailedSignIn{
				At: one.When, Provider: one.Provider, Step: string(one.Step), Sentence: one.Sentence, Who: cmp.Or(one.Email, one.Subject),
			})
		}
		return all, nil
	}
}
