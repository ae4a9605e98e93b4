package uploads

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Settings are what a tenant's admins demand of its files. They only tighten what the platform
// takes and gives out anyway. The zero Settings demand nothing.
type Settings struct {
	MaxSize       int64    // bytes; 0: as the platform
	Types         []string // the media types that are taken, sorted; empty: all
	OnlyInspected bool     // a file is given out only once its inspection has found nothing

	Version int64     // counts the changes
	Changed time.Time // zero: nothing was ever set
}

// ErrSettings reports settings that this version of the program cannot read. Until an admin has set
// them anew, no file is taken and none is given out. It comes with a document.ErrUnreadable.
var ErrSettings = errors.New("uploads: the tenant's settings of files cannot be read")

// ErrWithheld reports a file that the tenant's settings give out only once its inspection has found
// nothing. It comes as a *WithheldError.
var ErrWithheld = errors.New("uploads: the file is withheld until its inspection has found nothing")

// WithheldError is ErrWithheld, with what is known of the inspection.
type WithheldError struct{ Inspection Inspection }

func (e *WithheldError) Error() string {
	return fmt.Sprintf("%v: it is %s", ErrWithheld, e.Inspection.Progress)
}

// Unwrap returns ErrWithheld.
func (e *WithheldError) Unwrap() error { return ErrWithheld }

// SizeError is ErrTooLarge with the limit that the file is above.
type SizeError struct{ Max int64 } // bytes

func (e *SizeError) Error() string {
	return fmt.Sprintf("%v: the most is %d bytes", ErrTooLarge, e.Max)
}

// Unwrap returns ErrTooLarge.
func (e *SizeError) Unwrap() error { return ErrTooLarge }

// Most is the greatest size of a file, in bytes, where the platform takes at most platform bytes.
func (s Settings) Most(platform int64) int64 {
	if s.MaxSize == 0 {
		return platform
	}
	return min(s.MaxSize, platform)
}

// Withholds reports whether u is not given out. Whatever is not known to be clean is not, for
// whatever reason.
func (s Settings) Withholds(u Upload) bool {
	return s.OnlyInspected && u.State == Stored && u.Inspection.Progress != Clean
}

// takes returns a *SizeError or a *FieldError unless a file of that size, kept under that type, is
// taken.
func (s Settings) takes(size int64, contentType string) error {
	if size > s.Most(MaxSize) {
		return &SizeError{s.Most(MaxSize)}
	}
	if len(s.Types) > 0 && !slices.Contains(s.Types, contentType) {
		return &FieldError{"type", "This workspace takes no files of this type. Send another, or ask an admin to allow the type in the settings of its files."}
	}
	return nil
}

// valid returns s with its types in lower case and sorted, each once. A *FieldError if s would
// loosen what the platform takes, which is at most platform bytes, or names a type that no file is
// kept under.
func (s Settings) valid(platform int64) (Settings, error) {
	if s.MaxSize < 0 || s.MaxSize > platform {
		return s, &FieldError{"maxBytes", fmt.Sprintf("Choose 1 to %d bytes, or 0 for as much as the platform takes.", platform)}
	}
	types := make([]string, 0, len(s.Types))
	for _, t := range s.Types {
		t = strings.ToLower(t)
		if !passiveTypes[t] && t != AnyType {
			return s, &FieldError{"types", fmt.Sprintf(
				"No file is kept as %s. Write each type like image/png. %s stands for every type that the platform does not know.", quoted(t), AnyType,
			)}
		}
		types = append(types, t)
	}
	slices.Sort(types)
	s.Types = slices.Compact(types)
	return s, nil
}

// quoted is the beginning of what somebody typed, in a sentence.
func quoted(s string) string {
	const most = 60 // characters
	if letters := []rune(s); len(letters) > most {
		s = string(letters[:most]) + "…"
	}
	return strconv.Quote(s)
}

// Types returns the media types that files are kept under, sorted, without AnyType.
func Types() []string {
	return slices.Sorted(maps.Keys(passiveTypes))
}

// settingsRecord is how Settings are stored.
type settingsRecord struct {
	MaxSize       int64     `firestore:"maxSize"`
	Types         []string  `firestore:"types"`
	OnlyInspected bool      `firestore:"onlyInspected"`
	Version       int64     `firestore:"version"`
	Changed       time.Time `firestore:"changed"`
}

// settingsID names the one document of the settings of files.
const settingsID = "files"

func settingsOf(db vending.Database) *firestore.DocumentRef {
	return db.Collection(location.Settings).Doc(settingsID)
}

// readSettings returns what is in snap. What cannot be read is ErrSettings, never the zero
// Settings.
func readSettings(snap *firestore.DocumentSnapshot, err error) (Settings, error) {
	if status.Code(err) == codes.NotFound {
		return Settings{}, nil
	}
	if err != nil {
		return Settings{}, fmt.Errorf("uploads: settings: %w", err)
	}
	var r settingsRecord
	if err := snap.DataTo(&r); err != nil {
		return Settings{}, unreadableSettings("form")
	}
	s, err := Settings(r).valid(MaxSize)
	if err != nil {
		return Settings{}, unreadableSettings("value")
	}
	return s, nil
}

func unreadableSettings(fault string) error {
	return fmt.Errorf("%w: %w", ErrSettings, &document.Unreadable{Collection: location.Settings, ID: settingsID, Fault: fault})
}

// Settings returns what the tenant demands of its files. Any role may ask. ErrSettings.
func (r *Repository) Settings(ctx context.Context) (Settings, error) {
	return readSettings(settingsOf(r.db).Get(ctx))
}

// SetSettings replaces the settings and appends an entry to the audit, in one transaction. version
// is that of the settings which the change is based on; platform is the greatest size, in bytes,
// that the platform takes. The caller must be an admin, else ErrForbidden: by their sign-in, so ask
// users.Repository.Authorize before. tenant.ErrStale if the settings have another version,
// ErrInvalid if a value would loosen a limit. Settings that cannot be read have version 0, so that
// an admin can replace them.
func (r *Repository) SetSettings(ctx context.Context, version int64, s Settings, platform int64) (Settings, error) {
	if err := r.may(tenant.SettingsManage); err != nil {
		return Settings{}, err
	}
	s, err := s.valid(platform)
	if err != nil {
		return Settings{}, err
	}
	entry := audit.Entry{Action: "settings.files", Kind: "settings", ID: settingsID}
	ref := settingsOf(r.db)
	err = audit.Of(r.grant).Change(ctx, entry, func(_ context.Context, tx *firestore.Transaction, e *audit.Entry) error {
		was, err := readSettings(tx.Get(ref))
		before := was.words()
		if errors.Is(err, ErrSettings) {
			before = "cannot be read"
		} else if err != nil {
			return err
		}
		if was.Version != version {
			return tenant.ErrStale
		}
		s.Version, s.Changed = version+1, document.Time(r.now())
		e.Before, e.After = before, s.words()
		return tx.Set(ref, settingsRecord(s))
	})
	if err != nil && !errors.Is(err, tenant.ErrStale) {
		err = fmt.Errorf("uploads: settings: %w", err)
	}
	if err != nil {
		return Settings{}, err
	}
	return s, nil
}

// words are the settings in an entry of the audit.
func (s Settings) words() string {
	const most = 200
	types := strings.Join(s.Types, " ")
	if len(types) > most {
		types = types[:most] + " ..."
	}
	return fmt.Sprintf("most %d, types [%s], only inspected %v", s.MaxSize, types, s.OnlyInspected)
}
