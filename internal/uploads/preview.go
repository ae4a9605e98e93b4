package uploads

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Preview is a stored file as it is shown within a page. The zero Preview is none.
type Preview struct {
	Image bool   // else it is a text
	URL   string // signed, to be asked for once and soon
}

// What is larger is not shown: a browser would take its memory for it.
const (
	maxImage = 20 << 20 // bytes
	maxText  = 1 << 20  // bytes
)

// shownText is what texts of every kind are shown as: a browser finds no markup in it.
const shownText = "text/plain; charset=utf-8"

// previewType is what the file is shown as: "" if it is not shown.
func (u Upload) previewType() string {
	text := strings.HasPrefix(u.ContentType, "text/") || u.ContentType == "application/json"
	switch {
	case u.State != Stored, u.Inspection.Progress == Harmful:
		return ""
	case text && u.Size <= maxText:
		return shownText
	case strings.HasPrefix(u.ContentType, "image/") && u.Size <= maxImage && slices.Contains(vending.PreviewTypes(), u.ContentType):
		return u.ContentType
	}
	return ""
}

// Preview shows the generation of the file that is stored: an image or a text that is not too
// large, in which nothing was found, and which the tenant gives out. Anything else has the zero
// Preview. Any role may ask. ErrSettings if nobody knows whether the tenant gives it out.
func (r *Repository) Preview(ctx context.Context, u Upload) (Preview, error) {
	shown := u.previewType()
	if shown == "" {
		return Preview{}, nil
	}
	switch err := r.givesOut(ctx, u); {
	case errors.Is(err, ErrWithheld):
		return Preview{}, nil
	case err != nil:
		return Preview{}, err
	}
	req, err := r.bucket.SignPreview(ctx, objectOf(u.ID), u.Generation, shown, signedLife)
	if err != nil {
		return Preview{}, fmt.Errorf("uploads: sign a preview: %w", err)
	}
	return Preview{Image: shown != shownText, URL: req.URL}, nil
}
