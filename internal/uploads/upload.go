package uploads

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/displayname"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

var (
	// ErrNotFound reports that this tenant has no such upload. Another tenant's upload is no such
	// upload.
	ErrNotFound = errors.New("uploads: not found")
	// ErrForbidden reports a change asked for by someone who may only read.
	ErrForbidden = errors.New("uploads: only an editor may do this")
	// ErrInvalid reports a value that is not of its form. For the fields of an Intent it comes as a
	// *FieldError.
	ErrInvalid = errors.New("uploads: invalid value")
	// ErrTooLarge reports a file above MaxSize, or above what the platform or the tenant takes:
	// then it comes as a *SizeError.
	ErrTooLarge = errors.New("uploads: file too large")
	// ErrNotUploaded reports that the file itself has not arrived, so the upload is neither
	// complete nor downloadable.
	ErrNotUploaded = errors.New("uploads: the file has not arrived")
	// ErrHarmful reports a file in which the inspection has found something, and which is asked for
	// as if it had not.
	ErrHarmful = errors.New("uploads: the inspection has found something in the file")
	// ErrMismatch reports that what arrived is not what was announced.
	ErrMismatch = errors.New("uploads: the file is not the one announced")
)

// FieldError is ErrInvalid for one field of what was asked for, with a sentence that can be shown
// to whoever filled it in.
type FieldError struct {
	// Field is what the sentence is about. Of an Intent or a Change it is "name", "folder",
	// "size", "type" or "inspectionToken", of a Query "search" or "sort", of Settings "maxBytes"
	// or "types", of parts "numbers".
	Field    string
	Sentence string
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("%v: %s: %s", ErrInvalid, e.Field, e.Sentence)
}

// Unwrap returns ErrInvalid.
func (e *FieldError) Unwrap() error { return ErrInvalid }

// MaxSize is the greatest size of a file, in bytes.
const MaxSize = 5 << 30

// MaxName is the greatest length of a file's name, in bytes.
const MaxName = 255

// State is how far an upload has come. See the package's introduction.
type State string

// The states. Uploads being deleted are not given out; those in the bin are as a Binned alone, and
// earlier versions of a file as a Version alone.
const (
	Pending State = "pending"
	Stored  State = "stored"
	// Unfinished is an upload whose file has not arrived, and whose signed request can begin no
	// transfer any more: of a file in parts, that of the last one. One that was begun in time may
	// still arrive. It is not stored: a pending upload becomes unfinished as time passes.
	Unfinished State = "unfinished"
	binned     State = "binned"
	replaced   State = "replaced"
	deleting   State = "deleting"
)

// Upload is one file of a tenant.
type Upload struct {
	ID          ID
	Name        string
	Folder      string // path of the folder it is in; "" at the top
	Size        int64  // bytes
	ContentType string // as announced; once it is stored, by its content
	State       State
	Generation  int64  // of the object; zero until stored
	CRC32C      uint32 // of the object; zero until stored
	Owner       tenant.UserID
	OwnerEmail  string
	Created     time.Time
	Stored      time.Time // zero until stored
	Revision    int64     // counts names, folders and versions that it has had, from 1
	Version     int64     // which version of its file it is, from 1
	Awaited     time.Time // until when it is shown as being sent
	Parts       Parts     // how it is sent, if not by one request
	Inspection  Inspection
}

// Intent is what a client announces before it sends a file.
type Intent struct {
	Name        string
	Folder      string // path of the folder that it goes to, which need not be there; "" is the top
	Size        int64  // bytes
	ContentType string // as the client sees it; may be empty

	// Replaces is the file that it becomes the next version of, under whose name and in whose
	// folder; the zero ID for a file of its own. Until all of it has arrived, the file stays as it
	// is. If the file has been replaced or put into the bin by then, it becomes a file of its own.
	Replaces ID
	Based    int64 // revision of the file that is replaced; 0: any
}

// validate reports the first field that is not of its form.
func (i Intent) validate() error {
	if err := checkName(i.Name); err != nil {
		return err
	}
	if err := checkFolder(i.Folder); err != nil {
		return err
	}
	switch {
	case i.Size < 1:
		return &FieldError{"size", "The file is empty."}
	case i.Size > MaxSize:
		return ErrTooLarge
	}
	_, err := storedType(i.ContentType)
	return err
}

// MaxDepth is how many folders a file may be in, one within the other.
const MaxDepth = 10

// checkFolder returns a *FieldError unless path can be a folder's: names such as files have, with a
// slash between each two.
func checkFolder(path string) error {
	if path == "" {
		return nil
	}
	names := strings.Split(path, "/")
	if len(names) > MaxDepth {
		return &FieldError{"folder", fmt.Sprintf("The file is in more than %d folders, one within the other.", MaxDepth)}
	}
	for _, name := range names {
		if checkName(name) != nil {
			return &FieldError{"folder", "A folder of the file has a name that names here cannot have. Rename the folder, then upload it again."}
		}
	}
	return nil
}

// checkName returns a *FieldError unless name can be a file's here: one that can be shown, and
// leads to no folder.
func checkName(name string) error {
	refuse := func(sentence string) error { return &FieldError{"name", sentence} }
	if name == "" || len(name) > MaxName {
		return refuse(fmt.Sprintf("A file's name has 1 to %d bytes.", MaxName))
	}
	err := displayname.Check(name)
	character, odd := errors.AsType[*displayname.RuneError](err)
	if at := strings.IndexAny(name, `/\`); err == nil && at >= 0 {
		character, odd = &displayname.RuneError{Rune: rune(name[at])}, true
	}
	switch {
	case odd:
		return refuse("The file's name has " + displayname.Describe(character.Rune) + ", which names here cannot have. Rename the file, then upload it again.")
	case errors.Is(err, displayname.ErrEncoding):
		return refuse("The file's name is not in UTF-8. Rename the file, then upload it again.")
	case err != nil, displayname.Check(strings.ReplaceAll(name, ".", "")) != nil:
		return refuse("A file's name needs more than dots, spaces and characters that nobody sees.")
	}
	return nil
}
