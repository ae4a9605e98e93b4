package files

import (
	"errors"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// What the workspace demands of its files is set in web/settings. What pages and the API say of it
// stands here.

// explainSize says how large a file may be.
func explainSize(err error) string {
	if limit, ok := errors.AsType[*uploads.SizeError](err); ok {
		return "The file is larger than " + view.Bytes(limit.Max) + ", the most that this workspace takes. Send it in smaller files, or ask an admin for a higher limit."
	}
	return ""
}

// explainQuota says how much room there is.
func explainQuota(err error) string {
	e, ok := errors.AsType[*uploads.QuotaError](err)
	if !ok {
		return ""
	}
	return "This workspace has no room for the file: " + view.Bytes(e.Usage.Bytes) + " of " + view.Bytes(e.Usage.Quota) +
		" are used, and the file has " + view.Bytes(e.Size) + ". Delete files that nobody needs, in the bin too, then send it again."
}

// explainWithheld says why a file is withheld, until when, and what to do.
func explainWithheld(err error) string {
	if e, ok := errors.AsType[*uploads.WithheldError](err); ok {
		return withheld(e.Inspection)
	}
	return ""
}

func withheld(i uploads.Inspection) string {
	const why = "This workspace gives a file out only once its inspection has found nothing in it. "
	switch {
	case i.Progress == uploads.Harmful:
		return why + "Something was found in this one, so it stays here. Delete it."
	case i.Progress == uploads.Opaque:
		return why + "Some of this one could not be looked at, so it stays here. Send it anew without a password, or unpacked."
	case i.MayAsk:
		return why + "This one has no verdict, and none follows by itself. Whoever sent it can have it inspected on its page."
	case !i.Deadline.IsZero():
		return why + "The verdict on this one comes by " + i.Deadline.UTC().Format("2 January 15:04") + " UTC, or its page says why not. Try again then."
	}
	return why + "Nobody can have this one inspected. Somebody who signs in can send it anew."
}

// demands are the workspace's settings, as pages apply them.
type demands struct {
	uploads.Settings
	most    int64  // the greatest size that a file may have, in bytes
	problem string // why nothing is taken and nothing given out; empty: something is
}

// demands reads the workspace's settings. If they cannot be read, the pages still show which files
// there are.
func (f Feature) demands(c echo.Context, g vending.Grant) (demands, error) {
	s, err := uploads.NewRepository(g).Settings(c.Request().Context())
	if errors.Is(err, uploads.ErrSettings) {
		f.log.ErrorContext(c.Request().Context(), "the settings of files cannot be read", "tenant", g.Tenant().String(), "error", err)
		return demands{problem: door.Refuse(c, err).Sentence}, nil
	}
	return demands{Settings: s, most: s.Most(f.maxSize)}, err
}

// usage is how much of its quota the workspace uses, if people are to be told.
func (f Feature) usage(c echo.Context, g vending.Grant) (uploads.Usage, error) {
	u, err := uploads.NewRepository(g).Usage(c.Request().Context())
	if errors.Is(err, uploads.ErrUncounted) || err == nil && !u.IsHigh() {
		return uploads.Usage{}, nil
	}
	return u, err
}

// withholds says why nobody downloads u as it stands; empty: anybody may.
func (d demands) withholds(u uploads.Upload) string {
	switch {
	case u.State != uploads.Stored:
		return ""
	case d.problem == "" && d.Withholds(u):
		return withheld(u.Inspection)
	}
	return d.problem
}
