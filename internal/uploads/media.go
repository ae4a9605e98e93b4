package uploads

import "mime"

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
