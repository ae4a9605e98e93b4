package uploads

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"cloud.google.com/go/storage"
	"github.com/gabriel-vasile/mimetype"
)

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
