package storage

import (
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"strconv"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// bucketBody is a bucket as the JSON API shows it.
type bucketBody struct {
	Kind           string    `json:"kind"`
	ID             string    `json:"id"`
	SelfLink       string    `json:"selfLink"`
	Name           string    `json:"name"`
	Generation     int64     `json:"generation,string"`
	Metageneration int64     `json:"metageneration,string"`
	Etag           string    `json:"etag"`
	TimeCreated    time.Time `json:"timeCreated"`
	Updated        time.Time `json:"updated"`
	LocationType   string    `json:"locationType"`

	store.BucketSettings `json:",inline"`
}

type bucketList struct {
	Kind          string       `json:"kind"`
	Items         []bucketBody `json:"items,omitempty"`
	NextPageToken string       `json:"nextPageToken,omitempty"`
}

// objectBody is an object as the JSON API shows it.
type objectBody struct {
	Kind           string     `json:"kind"`
	ID             string     `json:"id"`
	SelfLink       string     `json:"selfLink"`
	MediaLink      string     `json:"mediaLink"`
	Name           string     `json:"name"`
	Bucket         string     `json:"bucket"`
	Generation     int64      `json:"generation,string"`
	Metageneration int64      `json:"metageneration,string"`
	Size           int64      `json:"size,string"`
	MD5Hash        string     `json:"md5Hash,omitempty"`
	CRC32C         string     `json:"crc32c"`
	Etag           string     `json:"etag"`
	Components     int        `json:"componentCount,omitzero"`
	TimeCreated    time.Time  `json:"timeCreated"`
	TimeFinalized  time.Time  `json:"timeFinalized"`
	Updated        time.Time  `json:"updated"`
	ClassUpdated   time.Time  `json:"timeStorageClassUpdated"`
	TimeDeleted    *time.Time `json:"timeDeleted,omitzero"`
	RetainedUntil  *time.Time `json:"retentionExpirationTime,omitzero"`

	store.ObjectSettings `json:",inline"`
}

type objectList struct {
	Kind          string       `json:"kind"`
	Prefixes      []string     `json:"prefixes,omitempty"`
	Items         []objectBody `json:"items,omitempty"`
	NextPageToken string       `json:"nextPageToken,omitempty"`
}

func (s *Service) bucketResourceOf(c *call, b store.Bucket) bucketBody {
	return bucketBody{
		Kind:           "storage#bucket",
		ID:             b.Name,
		SelfLink:       s.base(c) + pBuckets + "/" + b.Name,
		Name:           b.Name,
		Generation:     b.Generation,
		Metageneration: b.Metageneration,
		Etag:           etag(0, b.Metageneration),
		TimeCreated:    b.Created,
		Updated:        b.Updated,
		LocationType:   locationType(b.Settings.Location),
		BucketSettings: b.Settings,
	}
}

func (s *Service) objectResourceOf(c *call, o store.Object) objectBody {
	generation := strconv.FormatInt(o.Generation, 10)
	path := pBuckets + "/" + o.Bucket + "/o/" + url.PathEscape(o.Name)
	body := objectBody{
		Kind:           "storage#object",
		ID:             o.Bucket + "/" + o.Name + "/" + generation,
		SelfLink:       s.base(c) + path,
		MediaLink:      s.base(c) + "/download" + path + "?generation=" + generation + "&alt=media",
		Name:           o.Name,
		Bucket:         o.Bucket,
		Generation:     o.Generation,
		Metageneration: o.Metageneration,
		Size:           o.Size,
		CRC32C:         crcText(o.CRC32C),
		Etag:           etag(o.Generation, o.Metageneration),
		Components:     o.Components,
		TimeCreated:    o.Created,
		TimeFinalized:  o.Created,
		ClassUpdated:   o.Created,
		Updated:        o.Updated,
		ObjectSettings: o.Settings,
	}
	if o.MD5 != nil {
		body.MD5Hash = base64.StdEncoding.EncodeToString(o.MD5)
	}
	if !o.Deleted.IsZero() {
		body.TimeDeleted = &o.Deleted
	}
	if !o.RetainedUntil.IsZero() {
		body.RetainedUntil = &o.RetainedUntil
	}
	return body
}

// base is the address that clients reach the service at. c is the call under way; without one and a
// configured address, it is empty.
func (s *Service) base(c *call) string {
	if s.cfg.PublicURL != "" || c == nil {
		return s.cfg.PublicURL
	}
	return "http://" + c.r.Host
}

// etag is the JSON API's: a protocol buffer of both numbers.
func etag(generation, metageneration int64) string {
	var b []byte
	if generation != 0 {
		b = binary.AppendUvarint(append(b, 1<<3), uint64(generation))
		b = binary.AppendUvarint(append(b, 2<<3), uint64(metageneration))
	} else {
		b = binary.AppendUvarint(append(b, 1<<3), uint64(metageneration))
	}
	return base64.StdEncoding.EncodeToString(b)
}

func crcText(crc uint32) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc))
}

func locationType(location string) string {
	switch location {
	case "US", "EU", "ASIA":
		return "multi-region"
	case "NAM4", "EUR4", "EUR5", "EUR7", "EUR8", "ASIA1":
		return "dual-region"
	}
	return "region"
}
