package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/storage"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/knownnames"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/api/googleapi"
)

// Bundle is a vault object: a service account, its JSON key where it has one, and what it opens.
type Bundle struct {
	Tenant     tenant.ID
	Account    string // e-mail
	Database   string
	Bucket     string
	Region     tenant.Region
	Cell       tenant.CellID
	Isolation  tenant.Isolation
	Generation int64   // 1 for a tenant's first key, and one more with each rotation
	Key        KeyFile // the JSON key as issued; nil under impersonation

	// Others are the members that a later version has added. They are kept when the bundle is
	// written again.
	Others Members
}

// Members are members of a vault object that this version does not know, and does not show.
type Members map[string]jsontext.Value

// Format prints how many they are: what a later version keeps there may be secret.
func (m Members) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[%d members]", len(m)) }

// KeyID is the id of the bundle's key, which is no secret; "" if it has none.
func (b Bundle) KeyID() string {
	f, err := b.File()
	if err != nil {
		return ""
	}
	return f.PrivateKeyID
}

// fileVersion is the version of a vault object that this program writes, and the only one that it
// reads. A later version may add members under the same number: who does not know them goes on
// without them. A change of what a member means is a new number, which an older program refuses.
const fileVersion = 1

// File is a Bundle as stored: the members of the key file, if there is a key, and ours beside them.
type File struct {
	Version int64 `json:"version,omitzero"` // none in an object from before there were versions
	keyFields
	Tenant     string `json:"tenant"`
	Account    string `json:"account,omitzero"` // without a key; a key says whose it is
	Database   string `json:"database"`
	Bucket     string `json:"bucket"`
	Region     int64  `json:"region"`
	Cell       string `json:"cell,omitzero"` // from before there were cells: the region's default
	Isolation  string `json:"isolation"`
	Generation int64  `json:"generation"`

	Others map[string]jsontext.Value `json:",unknown"`
}

var fileNames = knownnames.Of(File{})

// decodeFile decodes a vault object. It returns ErrMisfiled for one of a version that is not known,
// and for one that says a thing twice; never the decoder's error, which may quote the key.
func decodeFile(body []byte) (*File, error) {
	f := new(File)
	if json.Unmarshal(body, f) != nil || knownnames.Check(maps.Keys(f.Others), fileNames) != nil {
		return nil, ErrMisfiled
	}
	if f.Version != 0 && f.Version != fileVersion {
		return nil, fmt.Errorf("%w: version %d is not known", ErrMisfiled, f.Version)
	}
	return f, nil
}

// File is the bundle as it is stored.
func (b Bundle) File() (*File, error) {
	f := &File{
		Version:    fileVersion,
		Others:     b.Others,
		Tenant:     b.Tenant.String(),
		Account:    b.Account,
		Database:   b.Database,
		Bucket:     b.Bucket,
		Region:     int64(b.Region),
		Cell:       b.Cell.String(),
		Isolation:  string(b.Isolation),
		Generation: b.Generation,
	}
	if b.Key == nil {
		return f, nil
	}
	if err := json.Unmarshal(b.Key, &f.keyFields, json.RejectUnknownMembers(true)); err != nil {
		return nil, errors.New("vault: the key is not the JSON of a service account key") // the error may quote it
	}
	return f, nil
}

// cell is where the object says that the tenant lives; "" if it says nothing that could be.
func (f *File) cell() string {
	if f.Cell == "" {
		return tenant.DefaultCell(tenant.Region(f.Region)).String()
	}
	return f.Cell
}

// AccountEmail is the e-mail of the account that the object is about; "" if it names two.
func (f *File) AccountEmail() string {
	switch {
	case f.Account == "" || f.Account == f.ClientEmail:
		return f.ClientEmail
	case f.ClientEmail == "":
		return f.Account
	}
	return ""
}

// Vault keeps the bundles: one bucket a region, object "<tenant id>.json".
type Vault struct {
	client  *storage.Client
	http    *http.Transport
	buckets map[tenant.Region]string
}

// Config configures a Vault. Credentials are vending@'s (read) or jobs@'s (write).
type Config struct {
	Endpoints   gcloud.Endpoints
	Credentials *auth.Credentials
	Buckets     map[tenant.Region]string
}

// Open returns a Vault. It makes no request yet.
func Open(_ context.Context, cfg Config) (*Vault, error) {
	if cfg.Credentials == nil {
		return nil, errors.New("vault: a vault needs credentials")
	}
	origin, err := cfg.Endpoints.StorageOrigin()
	if err != nil {
		return nil, err
	}
	transport := gcloud.NewTransport()
	client, err := gcloud.OpenStorage(origin.String(), cfg.Credentials, gcloud.Authorize(cfg.Credentials, transport))
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return &Vault{client, transport, cfg.Buckets}, nil
}

// Close releases the connections.
func (v *Vault) Close() error {
	defer v.http.CloseIdleConnections()
	return v.client.Close()
}

// ErrNoBundle reports that the vault holds nothing of the tenant's.
var ErrNoBundle = errors.New("vault: no bundle")

// ErrMisfiled reports a vault object that is not the tenant's own: a mistake of onboarding, or an
// attack on the vault.
var ErrMisfiled = errors.New("vault: the object does not agree with its name")

// ErrConflict reports that a vault object is not of the generation that was expected: somebody else
// has written it.
var ErrConflict = errors.New("vault: vault object changed")

// Put writes a bundle over the object of this storage generation, as Get returned it; with
// generation 0 it must not exist yet. It returns ErrConflict if the object is of another
// generation, and ErrMisfiled if the account, or that of the key, is not called like the tenant.
func (v *Vault) Put(ctx context.Context, b Bundle, generation int64) error {
	f, err := b.File()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(f.AccountEmail(), f.Tenant+"@") {
		return ErrMisfiled
	}
	body, err := json.Marshal(f)
	if err != nil {
		return errors.New("vault: the bundle cannot be encoded")
	}
	object, err := v.object(b.Tenant, b.Region)
	if err != nil {
		return err
	}
	condition := storage.Conditions{GenerationMatch: generation}
	if generation == 0 {
		condition = storage.Conditions{DoesNotExist: true}
	}
	w := object.If(condition).NewWriter(ctx)
	w.ContentType = "application/json"
	w.CacheControl = "no-store"
	w.ChunkSize = 0 // one request
	_, err = w.Write(body)
	if closing := w.Close(); err == nil {
		err = closing
	}
	var answer *googleapi.Error
	if errors.As(err, &answer) && answer.Code == http.StatusPreconditionFailed {
		return ErrConflict
	}
	if err != nil {
		return fmt.Errorf("vault: write %s: %w", b.Tenant, err)
	}
	return nil
}

// Get reads a tenant's bundle and the storage generation of its object, for Put. It returns
// ErrNoBundle if there is none.
func (v *Vault) Get(ctx context.Context, id tenant.ID, region tenant.Region) (Bundle, int64, error) {
	f, generation, err := v.Read(ctx, id, region)
	if err != nil {
		return Bundle{}, 0, err
	}
	cell, err := tenant.ParseCellID(f.cell())
	if err != nil || f.Tenant != id.String() || f.Region != int64(region) {
		return Bundle{}, 0, ErrMisfiled
	}
	var key KeyFile
	if f.keyFields != (keyFields{}) {
		if key, err = json.Marshal(f.keyFields); err != nil {
			return Bundle{}, 0, errors.New("vault: the key cannot be encoded")
		}
	}
	return Bundle{
		Tenant:     id,
		Account:    f.AccountEmail(),
		Database:   f.Database,
		Bucket:     f.Bucket,
		Region:     region,
		Cell:       cell,
		Isolation:  tenant.Isolation(f.Isolation),
		Generation: f.Generation,
		Key:        key,
		Others:     f.Others,
	}, generation, nil
}

// maxVaultFile bounds what is read; a bundle is about 2.5 KB.
const maxVaultFile = 16 << 10

// Read reads one object, decodes it, and returns the generation it was read at. The result
// is not yet compared with id and region.
func (v *Vault) Read(ctx context.Context, id tenant.ID, region tenant.Region) (*File, int64, error) {
	object, err := v.object(id, region)
	if err != nil {
		return nil, 0, err
	}
	r, err := object.NewReader(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) {
		return nil, 0, fmt.Errorf("%w of %s", ErrNoBundle, id)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("vault: read %s: %w", id, err)
	}
	defer r.Close()
	body, err := io.ReadAll(io.LimitReader(r, maxVaultFile+1))
	if err != nil {
		return nil, 0, fmt.Errorf("vault: read %s: %w", id, err)
	}
	if len(body) > maxVaultFile {
		return nil, 0, ErrMisfiled
	}
	f, err := decodeFile(body)
	if err != nil {
		return nil, 0, err
	}
	return f, r.Attrs.Generation, nil
}

// object is where a tenant's bundle is kept. The id is of its form, so it cannot lead elsewhere.
func (v *Vault) object(id tenant.ID, region tenant.Region) (*storage.ObjectHandle, error) {
	bucket := v.buckets[region]
	if bucket == "" || id.IsZero() {
		return nil, fmt.Errorf("%w: no vault in region %d", ErrNoBundle, region)
	}
	return v.client.Bucket(bucket).Object(id.String() + ".json"), nil
}

// Bucket is the name of a region's vault, for onboarding to try a new key on. "" if there is none.
func (v *Vault) Bucket(region tenant.Region) string { return v.buckets[region] }

// Format prints no more than what it is.
func (v *Vault) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "vault") }
