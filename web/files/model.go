package files

import (
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// File is a row of the list.
type File struct {
	ID     string
	Name   string
	Folder string // path of the folder it is in; empty at the top
	Type   string // media type
	Size   int64  // bytes
	By     string // who uploaded it: name or e-mail
	At     time.Time
	Status string // "pending", "unfinished" or "stored"
	Badge  string // how it stands, in a word

	CanChange bool // whoever looks at it may rename, move and delete it
}

// List is a part of a workspace's list of files.
type List struct {
	Query     uploads.Query
	Wrong     string   // why nothing can be searched for; empty: something can
	Folders   []string // paths of the folders in the folder that is listed
	Files     []File
	Next      string // cursor of the next part; empty on the last
	CanUpload bool   // may upload and delete
	MaxBytes  int64  // the largest file that is taken
}

// discards says what its button does with a file.
func discards(f File) string {
	if f.Status == "stored" {
		return "Move to bin: "
	}
	return "Delete "
}

// bucket says where files go.
func bucket(w view.Workspace) string {
	if w.Isolation == "silo" {
		return w.Name + "’s own bucket"
	}
	return "storage"
}
