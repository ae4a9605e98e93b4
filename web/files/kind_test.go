package files_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/files"
)

func TestKind(t *testing.T) {
	for mediaType, want := range map[string]string{
		"image/png": "image", "video/mp4": "video", "audio/ogg": "audio", "application/pdf": "text", "text/plain": "text",
		"text/csv": "sheet", "text/html": "code", "application/json": "code", "application/zip": "archive",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":       "sheet",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document": "text",
		"application/octet-stream": "file", "": "file", "nonsense": "file",
	} {
		if got := files.Kind(mediaType); got != want {
			t.Errorf("Kind(%q) = %q, want %q", mediaType, got, want)
		}
	}
}
