package storage

import (
	"encoding/base64"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// What this file exports is for the cloud's own use: no permission is asked.

// BucketInfo is what the console shows of a bucket.
type BucketInfo struct {
	Name           string
	Location       string
	Class          string
	Created        time.Time
	Metageneration int64
	Versioned      bool
	Labels         map[string]string
	CORS           []CORSInfo
	Notifications  []NotificationInfo
}

// NotificationInfo is a bucket's order to tell a topic of changes.
type NotificationInfo struct {
	ID, Topic string
	Events    []string // none: all
	Prefix    string   // of the objects' names
}

// CORSInfo is a rule that lets pages of the origins send requests of the methods.
type CORSInfo struct {
	Origins, Methods, Headers []string
	MaxAge                    time.Duration
}

// ObjectInfo is what the console shows of one generation of an object.
type ObjectInfo struct {
	Name           string
	Generation     int64
	Metageneration int64
	Size           int64 // bytes
	ContentType    string
	Headers        map[string]string // that readers are sent besides the type, by name
	Metadata       map[string]string
	CRC32C, MD5    string // base64, as the JSON API writes them; a composed object has no MD5
	Created        time.Time
	Updated        time.Time
	Deleted        time.Time // zero while the generation is live
}

// Buckets returns the buckets there are, by name.
func (s *Service) Buckets() ([]BucketInfo, error) {
	var all []BucketInfo
	for _, project := range s.cfg.IAM.Projects() {
		page, _, err := s.store.Buckets(project, "", "", math.MaxInt)
		if err != nil {
			return nil, err
		}
		for _, b := range page {
			all = append(all, bucketInfo(b))
		}
	}
	slices.SortFunc(all, func(a, b BucketInfo) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// Bucket returns one bucket; ok is false when there is none of that name.
func (s *Service) Bucket(name string) (_ BucketInfo, ok bool, err error) {
	b, err := s.store.Bucket(name)
	if ok, err = found(err); !ok {
		return BucketInfo{}, false, err
	}
	return bucketInfo(b), true, nil
}

// Folder lists at most limit objects and folders below prefix, a name that ends in a slash or "".
// more is the token of the next page, empty at the end; ok is false when there is no such bucket or
// page.
func (s *Service) Folder(bucket, prefix, token string, limit int) (objects []ObjectInfo, folders []string, more string, ok bool, err error) {
	q := store.Query{Prefix: prefix, Delimiter: "/", Limit: limit}
	if token != "" {
		position, err := base64.URLEncoding.DecodeString(token)
		if q.From, ok = store.DecodePosition(position); err != nil || !ok {
			return nil, nil, "", false, nil
		}
	}
	page, err := s.store.List(bucket, q)
	if ok, err = found(err); !ok {
		return nil, nil, "", false, err
	}
	if page.Next != nil {
		more = base64.URLEncoding.EncodeToString(page.Next.Encode())
	}
	return objectInfos(page.Objects), page.Prefixes, more, true, nil
}

// Generations returns the latest generations of an object, the newest first, at most limit: the
// live one, and those that a versioned bucket keeps.
func (s *Service) Generations(bucket, name string, limit int) ([]ObjectInfo, error) {
	var all []ObjectInfo
	q := store.Query{Prefix: name, Start: name, End: name + "\x00", Versions: true, Limit: 1000}
	for {
		page, err := s.store.List(bucket, q)
		if ok, err := found(err); !ok {
			return nil, err
		}
		all = append(all, objectInfos(page.Objects)...)
		if page.Next == nil {
			slices.Reverse(all)
			return all[:min(limit, len(all))], nil
		}
		q.From = *page.Next
	}
}

// Content returns a generation of an object, the live one for generation 0, and its content, which
// the caller closes; ok is false when there is none.
func (s *Service) Content(bucket, name string, generation int64) (_ ObjectInfo, content *os.File, ok bool, err error) {
	o, content, err := s.store.Content(bucket, name, generation)
	if ok, err = found(err); !ok {
		return ObjectInfo{}, nil, false, err
	}
	return objectInfo(o), content, true, nil
}

// ResourceOf is what access is asked on for the bucket or object of that resource name; ok is false
// for any other.
func (s *Service) ResourceOf(name string) (r iam.Resource, ok bool) {
	rest, ok := strings.CutPrefix(name, bucketName(""))
	if !ok || rest == "" {
		return iam.Resource{}, false
	}
	if bucket, object, ok := strings.Cut(rest, "/objects/"); ok {
		return s.objectResource(bucket, object), true
	}
	return s.bucketResource(rest), !strings.Contains(rest, "/")
}

// found takes apart an error: that something is not there is none.
func found(err error) (ok bool, _ error) {
	if err == store.ErrNoBucket || err == store.ErrNoObject {
		return false, nil
	}
	return err == nil, err
}

func bucketInfo(b store.Bucket) BucketInfo {
	info := BucketInfo{
		Name: b.Name, Location: b.Settings.Location, Class: b.Settings.StorageClass, Created: b.Created,
		Metageneration: b.Metageneration, Versioned: b.Versioned(), Labels: b.Settings.Labels,
	}
	for _, n := range b.Notifications {
		info.Notifications = append(info.Notifications, NotificationInfo{n.ID, n.Topic, n.Events, n.Prefix})
	}
	for _, c := range b.Settings.CORS {
		info.CORS = append(info.CORS, CORSInfo{
			Origins: c.Origin, Methods: c.Method, Headers: c.ResponseHeader, MaxAge: time.Duration(c.MaxAgeSeconds) * time.Second,
		})
	}
	return info
}

func objectInfos(objects []store.Object) []ObjectInfo {
	var all []ObjectInfo
	for _, o := range objects {
		all = append(all, objectInfo(o))
	}
	return all
}

func objectInfo(o store.Object) ObjectInfo {
	info := ObjectInfo{
		Name: o.Name, Generation: o.Generation, Metageneration: o.Metageneration, Size: o.Size,
		ContentType: o.Settings.ContentType, Metadata: o.Settings.Metadata, CRC32C: crcText(o.CRC32C),
		Created: o.Created, Updated: o.Updated, Deleted: o.Deleted, Headers: map[string]string{},
	}
	if o.MD5 != nil {
		info.MD5 = base64.StdEncoding.EncodeToString(o.MD5)
	}
	for name, value := range map[string]string{
		"Content-Encoding":    o.Settings.ContentEncoding,
		"Content-Disposition": o.Settings.ContentDisposition,
		"Content-Language":    o.Settings.ContentLanguage,
		"Cache-Control":       o.Settings.CacheControl,
	} {
		if value != "" {
			info.Headers[name] = value
		}
	}
	return info
}
