package store

import (
	"encoding/json"
	"errors"
	"time"
)

// Errors that callers tell apart.
var (
	ErrNoBucket     = errors.New("store: no such bucket")
	ErrBucketExists = errors.New("store: bucket exists")
	ErrNotEmpty     = errors.New("store: bucket is not empty")
	ErrNoObject     = errors.New("store: no such object")
	ErrNoConfig     = errors.New("store: no such notification configuration")
	ErrNoSession    = errors.New("store: no such upload session")

	// ErrPartGone is what Complete answers when a part is not what it was.
	ErrPartGone = errors.New("store: no such part")

	// ErrUnchanged is what a change answers that leaves everything as it is: nothing is written,
	// and it is no failure.
	ErrUnchanged = errors.New("store: nothing changes")
)

// Bucket is a bucket's record.
type Bucket struct {
	Name           string
	Project        string
	Generation     int64
	Metageneration int64
	Created        time.Time
	Updated        time.Time
	Settings       BucketSettings

	Notifications    []Notification `json:",omitempty"`
	LastNotification int            `json:",omitempty"` // the number of the one made last; none is used twice
}

// BucketSettings are the part of a bucket that its owner sets, in the JSON form of Google's API.
type BucketSettings struct {
	Location         string            `json:"location,omitempty"`
	StorageClass     string            `json:"storageClass,omitempty"`
	Labels           map[string]string `json:"labels,omitempty"`
	CORS             []CORS            `json:"cors,omitempty"`
	Lifecycle        json.RawMessage   `json:"lifecycle,omitempty"`
	Versioning       *Versioning       `json:"versioning,omitempty"`
	IAMConfiguration *IAMConfiguration `json:"iamConfiguration,omitempty"`
	SoftDeletePolicy *SoftDeletePolicy `json:"softDeletePolicy,omitempty"`
	RetentionPolicy  *RetentionPolicy  `json:"retentionPolicy,omitempty"`
	DefaultHold      *bool             `json:"defaultEventBasedHold,omitempty"` // of new objects
}

// CORS lets pages of the given origins send requests of the given methods.
type CORS struct {
	Origin         []string `json:"origin,omitempty"`
	Method         []string `json:"method,omitempty"`
	ResponseHeader []string `json:"responseHeader,omitempty"`
	MaxAgeSeconds  int64    `json:"maxAgeSeconds,omitempty"`
}

// Versioning says whether replaced and deleted objects are kept.
type Versioning struct {
	Enabled bool `json:"enabled"`
}

// IAMConfiguration says how access to a bucket is governed.
type IAMConfiguration struct {
	UniformBucketLevelAccess *UniformAccess `json:"uniformBucketLevelAccess,omitempty"`
	BucketPolicyOnly         *UniformAccess `json:"bucketPolicyOnly,omitempty"`
	PublicAccessPrevention   string         `json:"publicAccessPrevention,omitempty"`
}

// UniformAccess says that policies alone decide, never access control lists.
type UniformAccess struct {
	Enabled    bool       `json:"enabled"`
	LockedTime *time.Time `json:"lockedTime,omitempty"`
}

// SoftDeletePolicy says how long deleted objects can be restored.
type SoftDeletePolicy struct {
	RetentionDurationSeconds int64      `json:"retentionDurationSeconds,string"`
	EffectiveTime            *time.Time `json:"effectiveTime,omitempty"`
}

// Versioned reports whether replaced and deleted objects are kept.
func (b Bucket) Versioned() bool {
	return b.Settings.Versioning != nil && b.Settings.Versioning.Enabled
}

// Object is one generation of an object.
type Object struct {
	Bucket         string
	Name           string
	Generation     int64
	Metageneration int64
	Blob           string // the name of its content
	Size           int64
	CRC32C         uint32
	MD5            []byte // nil for a composed object
	Components     int    // of a composed object
	Created        time.Time
	Updated        time.Time
	Deleted        time.Time // when it ceased to be live; zero while it is live
	Released       time.Time `json:",omitzero"`  // when its event-based hold ended last
	RetainedUntil  time.Time `json:",omitzero"`  // by its bucket's policy as it was when this record was read
	Session        string    `json:",omitempty"` // the resumable upload that made it
	Settings       ObjectSettings
}

// ObjectSettings are the part of an object that its writer sets, in the JSON form of Google's API.
type ObjectSettings struct {
	ContentType        string            `json:"contentType,omitempty"`
	ContentEncoding    string            `json:"contentEncoding,omitempty"`
	ContentDisposition string            `json:"contentDisposition,omitempty"`
	ContentLanguage    string            `json:"contentLanguage,omitempty"`
	CacheControl       string            `json:"cacheControl,omitempty"`
	StorageClass       string            `json:"storageClass,omitempty"`
	CustomTime         *time.Time        `json:"customTime,omitempty"`
	Metadata           map[string]string `json:"metadata,omitempty"`
	EventBasedHold     *bool             `json:"eventBasedHold,omitempty"`
	TemporaryHold      *bool             `json:"temporaryHold,omitempty"`
}

// Session is a resumable upload under way.
type Session struct {
	ID       string
	Owner    string // the account that began it
	Object   Object // what it will become: bucket, name, settings
	Expect   Expect
	Blob     string
	Offset   int64  // bytes kept so far
	Sums     []byte // state of the checksums at Offset
	Created  time.Time
	Finished int64 // generation of the object that it became
	Terms    json.RawMessage
}

// Expect is what a content must turn out to be.
type Expect struct {
	MinSize int64   `json:",omitempty"`
	MaxSize int64   `json:",omitempty"` // 0: no limit
	CRC32C  *uint32 `json:",omitempty"`
	MD5     []byte  `json:",omitempty"`
}

// Empty reports whether nothing is expected.
func (e Expect) Empty() bool {
	return e.MinSize == 0 && e.MaxSize == 0 && e.CRC32C == nil && e.MD5 == nil
}
