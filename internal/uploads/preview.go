package uploads

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Preview is how a stored file is shown within a page. The zero Preview is: not at all.
type Preview string

// The previews.
const (
	ImagePreview Preview = "image"
	TextPreview  Preview = "text"
)

// What is larger is not shown: a browser would take its memory for it.
const (
	maxImage = 20 << 20 // bytes
	maxText  = 1 << 20  // bytes
)

// shownText is what texts of every kind are shown as: a browser finds no markup in it.
const shownText = "text/plain; charset=utf-8"

// Preview returns how the file is shown within a page: an image or a text that is not too large,
// and in which nothing was found. Whether the tenant gives it out at all, it does not say.
func (u Upload) Preview() Preview {
	text := strings.HasPrefix(u.ContentType, "text/") || u.ContentType == "application/json"
	switch {
	case u.State != Stored, u.Inspection.Progress == Harmful:
		return ""
	case text && u.Size <= maxText:
		return TextPreview
	case slices.Contains(vending.PreviewTypes(), u.ContentType) && u.Size <= maxImage:
		return ImagePreview
	}
	return ""
}

// Preview returns a signed request for the generation of the file that is stored, which a browser
// shows within a page. Any role may ask. ErrNotFound if there is no such upload, or it is not shown
// so. ErrBinned, ErrReplaced, ErrWithheld and ErrSettings as of Download.
func (r *Repository) Preview(ctx context.Context, id ID) (vending.SignedRequest, error) {
	u, err := r.Get(ctx, id)
	if err != nil {
		return vending.SignedRequest{}, err
	}
	shown := u.ContentType
	switch u.Preview() {
	case "":
		return vending.SignedRequest{}, ErrNotFound
	case TextPreview:
		shown = shownText
	}
	if err := r.givesOut(ctx, u); err != nil {
		return vending.SignedRequest{}, err
	}
	req, err := r.bucket.SignPreview(ctx, objectOf(u.ID), u.Generation, shown, signedLife)
	if err != nil {
		return vending.SignedRequest{}, fmt.Errorf("uploads: sign a preview: %w", err)
	}
	return req, nil
}
