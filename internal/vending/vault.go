package vending

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/storage"
	"github.com/go-json-experiment/json"
	"google.golang.org/api/googleapi"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

// Bundle is a vault object: a service account, its JSON key where it has one, and what it opens.
type Bundle struct {
	Tenant     tenancy.ID
	Account    string // e-mail
	Database   string
	Bucket     string
	Region     tenancy.Region
	Cell       tenancy.CellID
	Isolation  tenancy.Isolation
	Generation int64   // 1 for a tenant's first key, and one more with each rotation
	Key        KeyFile // the JSON key as issued; nil under impersonation
}

// KeyID is the id of the bundle's key, which is no secret; "" if it has none.
func (b Bundle) KeyID() string {
	f, err := b.file()
	if err != nil {
		return ""
	}
	return f.PrivateKeyID
}

// vaultFile is a Bundle as stored: the members of the key file, if there is a key, and ours beside them.
type vaultFile struct {
	keyFields
	Tenant     string `json:"tenant"`
	Account    string `json:"account,omitzero"` // without a key; a key says whose it is
	Database   string `json:"database"`
	Bucket     string `json:"bucket"`
	Region     int64  `json:"region"`
	Cell       string `json:"cell,omitzero"` // from before there were cells: the region's default
	Isolation  string `json:"isolation"`
	Generation int64  `json:"generation"`
}

// file is the bundle as it is stored.
func (b Bundle) file() (*vaultFile, error) {
	f := &vaultFile{
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
		return nil, errors.New("vending: vault: the key is not the JSON of a service account key") // the error may quote it
	}
	return f, nil
}

// cell is where the object says that the tenant lives; "" if it says nothing that could be.
func (f *vaultFile) cell() string {
	if f.Cell == "" {
		return tenancy.DefaultCell(tenancy.Region(f.Region)).String()
	}
	return f.Cell
}

// account is the e-mail of the account that the object is about; "" if it names two.
func (f *vaultFile) account() string {
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
	buckets map[tenancy.Region]string
}

// VaultConfig configures a Vault. Credentials are vending@'s (read) or jobs@'s (write).
type VaultConfig struct {
	Endpoints   Endpoints
	Credentials *auth.Credentials
	Buckets     map[tenancy.Region]string
}

// OpenVault returns a Vault. It makes no request yet.
func OpenVault(_ context.Context, cfg VaultConfig) (*Vault, error) {
	if cfg.Credentials == nil {
		return nil, errors.New("vending: a vault needs credentials")
	}
	origin, err := cfg.Endpoints.storageOrigin()
	if err != nil {
		return nil, err
	}
	transport := newTransport()
	client, err := openStorage(origin.String(), cfg.Credentials, authorize(cfg.Credentials, transport))
	if err != nil {
		return nil, fmt.Errorf("vending: vault: %w", err)
	}
	return &Vault{client, transport, cfg.Buckets}, nil
}

// Close releases the connections.
func (v *Vault) Close() error {
	defer v.http.CloseIdleConnections()
	return v.client.Close()
}

// ErrNoBundle reports that the vault holds nothing of the tenant's.
var ErrNoBundle = errors.New("vending: vault: no bundle")

// ErrMisfiled reports a vault object that is not the tenant's own: a mistake of onboarding, or an attack on the vault.
var ErrMisfiled = errors.New("vending: vault: the object does not agree with its name")

// ErrConflict reports that a vault object is not of the generation that was expected: somebody else has written it.
var ErrConflict = errors.New("vending: vault object changed")

// Put writes a bundle over the object of this storage generation, as Get returned it; with generation 0 it must not exist
// yet. It returns ErrConflict if the object is of another generation, and ErrMisfiled if the account, or that of the key, is not
// called like the tenant.
func (v *Vault) Put(ctx context.Context, b Bundle, generation int64) error {
	f, err := b.file()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(f.account(), f.Tenant+"@") {
		return ErrMisfiled
	}
	body, err := json.Marshal(f)
	if err != nil {
		return errors.New("vending: vault: the bundle cannot be encoded")
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
		return fmt.Errorf("vending: vault: write %s: %w", b.Tenant, err)
	}
	return nil
}

// Get reads a tenant's bundle and the storage generation of its object, for Put. It returns ErrNoBundle if there is none.
func (v *Vault) Get(ctx context.Context, id tenancy.ID, region tenancy.Region) (Bundle, int64, error) {
	f, generation, err := v.read(ctx, id, region)
	if err != nil {
		return Bundle{}, 0, err
	}
	cell, err := tenancy.ParseCellID(f.cell())
	if err != nil || f.Tenant != id.String() || f.Region != int64(region) {
		return Bundle{}, 0, ErrMisfiled
	}
	var key KeyFile
	if f.keyFields != (keyFields{}) {
		if key, err = json.Marshal(f.keyFields); err != nil {
			return Bundle{}, 0, errors.New("vending: vault: the key cannot be encoded")
		}
	}
	return Bundle{
		Tenant:     id,
		Account:    f.account(),
		Database:   f.Database,
		Bucket:     f.Bucket,
		Region:     region,
		Cell:       cell,
		Isolation:  tenancy.Isolation(f.Isolation),
		Generation: f.Generation,
		Key:        key,
	}, generation, nil
}

// maxVaultFile bounds what is read; a bundle is about 2.5 KB.
const maxVaultFile = 16 << 10

// read reads one object, decodes it strictly, and returns the generation it was read at. The result is not yet compared
// with id and region.
func (v *Vault) read(ctx context.Context, id tenancy.ID, region tenancy.Region) (*vaultFile, int64, error) {
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
	f := new(vaultFile)
	if len(body) > maxVaultFile || json.Unmarshal(body, f, json.RejectUnknownMembers(true)) != nil {
		return nil, 0, ErrMisfiled // the decoder's error may quote the key
	}
	return f, r.Attrs.Generation, nil
}

// object is where a tenant's bundle is kept. The id is of its form, so it cannot lead elsewhere.
func (v *Vault) object(id tenancy.ID, region tenancy.Region) (*storage.ObjectHandle, error) {
	bucket := v.buckets[region]
	if bucket == "" || id.IsZero() {
		return nil, fmt.Errorf("%w: no vault in region %d", ErrNoBundle, region)
	}
	return v.client.Bucket(bucket).Object(id.String() + ".json"), nil
}

// Bucket is the name of a region's vault, for onboarding to try a new key on. "" if there is none.
func (v *Vault) Bucket(region tenancy.Region) string { return v.buckets[region] }

// Format prints no more than what it is.
func (v *Vault) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "vault") }
