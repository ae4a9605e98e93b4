package uploads

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"cloud.google.com/go/storage"
	"github.com/gabriel-vasile/mimetype"
)

// AnyType is what a file is kept and answered as unless its type is one of passiveTypes.
const AnyType = "application/octet-stream"

// passiveTypes are the types a file may be answered as: those that a browser never runs. HTML, SVG,
// XML and scripts are left out on purpose, and so is whatever is invented next.
var passiveTypes = map[string]bool{
	"application/gzip":                               true,
	"application/json":                               true,
	"application/msword":                             true,
	"application/pdf":                                true,
	"application/rtf":                                true,
	"application/vnd.ms-excel":                       true,
	"application/x-7z-compressed":                    true,
	"application/x-tar":                              true,
	"application/zip":                                true,
	"application/vnd.ms-powerpoint":                  true,
	"application/vnd.oasis.opendocument.spreadsheet": true,
	"application/vnd.oasis.opendocument.text":        true,
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": true,
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         true,
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   true,
	"audio/mpeg": true,
	"audio/ogg":  true,
	"audio/wav":  true,
	"image/avif": true,
	"image/gif":  true,
	"image/heic": true,
	"image/jpeg": true,
	"image/png":  true,
	"image/tiff": true,
	"image/webp": true,
	"text/csv":   true,
	"text/plain": true,
	"video/mp4":  true,
	"video/webm": true,
}

// storedType returns the type that a file announced as s is kept under. ErrInvalid if s is not a
// media type at all.
func storedType(s string) (string, error) {
	if s == "" {
		return AnyType, nil
	}
	t, _, err := mime.ParseMediaType(s)
	if err != nil || len(s) > 255 {
		return "", &FieldError{"type", "The file's type is not a media type."}
	}
	if passiveTypes[t] {
		return t, nil
	}
	return AnyType, nil
}

// headSize is how much of a file is read to tell its type, in bytes.
const headSize = 3072

// head is the beginning of the object that has arrived. ErrNotUploaded if it is there no more.
func (r *Repository) head(ctx context.Context, id ID, attrs *storage.ObjectAttrs) ([]byte, error) {
	object := r.bucket.Object(objectOf(id)).Generation(attrs.Generation)
	from, err := object.NewRangeReader(ctx, 0, min(headSize, attrs.Size))
	if errors.Is(err, storage.ErrObjectNotExist) {
		return nil, ErrNotUploaded
	}
	if err != nil {
		return nil, fmt.Errorf("uploads: the beginning of the object: %w", err)
	}
	defer from.Close()
	head, err := io.ReadAll(from)
	if err != nil {
		return nil, fmt.Errorf("uploads: the beginning of the object: %w", err)
	}
	return head, nil
}

// typeOf is what a file is kept and answered as that begins with head and was announced as a type.
// The announced type counts where the content does not tell more: a spreadsheet is an archive, and
// a table is a text.
func typeOf(head []byte, announced string) string {
	found, _, _ := strings.Cut(mimetype.Detect(head).String(), ";")
	switch {
	case refines[announced] == found && found != "":
		return announced
	case passiveTypes[found]:
		return found
	}
	return AnyType
}

// refines are the types that a beginning alone does not tell from a more general one.
var refines = map[string]string{
	"application/json":              "text/plain",
	"application/rtf":               "text/rtf",
	"text/csv":                      "text/plain",
	"application/msword":            "application/x-ole-storage",
	"application/vnd.ms-excel":      "application/x-ole-storage",
	"application/vnd.ms-powerpoint": "application/x-ole-storage",
	"application/vnd.oasis.opendocument.spreadsheet":                            "application/zip",
	"application/vnd.oasis.opendocument.text":                                   "application/zip",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": "application/zip",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         "application/zip",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   "application/zip",
}
