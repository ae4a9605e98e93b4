package files

import (
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

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

	Tag       string // what a change says that it is based on
	CanChange bool   // whoever looks at it may rename, move and delete it
	CanSet    bool   // and may set what the workspace demands of its files
	Withheld  bool   // nobody downloads it as it stands

	Preview uploads.Preview // as its own page shows it
	Link    string          // its page's whole address, to be handed on; on its own page
}

// List is a part of a workspace's list of files.
type List struct {
	Query   uploads.Query
	Wrong   string   // why nothing can be searched for; empty: something can
	Folders []string // paths of the folders in the folder that is listed

	MoreFolders string // where the next part of Folders begins; "" if there is none
	Files       []File
	Next        string        // cursor of the next part; empty on the last
	CanUpload   bool          // may upload and delete
	CanSet      bool          // may set what the workspace demands of its files
	MaxBytes    int64         // the largest file that is taken
	Types       []string      // the media types that are taken; empty: all
	Usage       uploads.Usage // of the quota; zero: there is plenty of room
	Problem     string        // why nothing can be uploaded or downloaded; empty: something can
}

// Ways are where a question leads: segments of addresses below that of the workspace.
type Ways struct{ Back, On []string }

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

// accept is what a choice of files offers first, and what the script takes: all, if files of types
// that browsers name otherwise than the platform are taken as well.
func accept(f List) string {
	if slices.Contains(f.Types, uploads.AnyType) {
		return ""
	}
	return strings.Join(f.Types, ",")
}

// offered is accept as an attribute of a choice of files.
func offered(f List) templ.Attributes {
	if accept(f) == "" {
		return nil
	}
	return templ.Attributes{"accept": accept(f)}
}
