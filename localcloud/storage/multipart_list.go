package storage

import (
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"strconv"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// partTag is the ETag of a part.
func partTag(p store.Part) string { return `"` + hex.EncodeToString(p.MD5) + `"` }

// listParts lists what an upload has so far.
func (s *Service) listParts(c *call) error {
	limit, err := c.limit("max-parts")
	if err != nil {
		return err
	}
	after, _, err := c.intParam("part-number-marker")
	if err != nil || after > maxParts {
		return invalid("Invalid value for: part-number-marker.")
	}
	u, err := s.upload(c)
	if err != nil {
		return err
	}
	page, more, err := s.store.Parts(u.ID, int(after), limit)
	if err != nil {
		return err
	}
	type part struct {
		PartNumber         int
		LastModified, ETag string
		Size               int64
	}
	answer := struct {
		XMLName                             xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListPartsResult"`
		Bucket, Key, UploadId, StorageClass string
		PartNumberMarker                    int64
		NextPartNumberMarker                int `xml:",omitempty"`
		MaxParts                            int
		IsTruncated                         bool
		Part                                []part
	}{
		Bucket: c.bucket(), Key: c.object(), UploadId: u.ID, StorageClass: u.Object.Settings.StorageClass,
		PartNumberMarker: after, MaxParts: limit, IsTruncated: more,
	}
	for _, p := range page {
		answer.Part = append(answer.Part, part{p.Number, xmlTime(p.Modified), partTag(p), p.Size})
		if more {
			answer.NextPartNumberMarker = p.Number
		}
	}
	return c.answerXML(answer)
}

// listMultipart lists a bucket's uploads under way, by the names of their objects and then in the
// order they began.
func (s *Service) listMultipart(c *call) error {
	if c.param("uploads") != "" {
		return unsupported("Query parameter uploads takes no value.")
	}
	limit, err := c.limit("max-uploads")
	if err != nil {
		return err
	}
	all, err := s.store.Uploads(c.bucket(), c.param("prefix"))
	if err != nil {
		return err
	}
	type upload struct{ Key, UploadId, StorageClass, Initiated string }
	answer := struct {
		XMLName                xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListMultipartUploadsResult"`
		Bucket, KeyMarker      string
		UploadIdMarker, Prefix string `xml:",omitempty"`
		NextKeyMarker          string `xml:",omitempty"`
		NextUploadIdMarker     string `xml:",omitempty"`
		MaxUploads             int
		IsTruncated            bool
		Upload                 []upload
	}{
		Bucket: c.bucket(), KeyMarker: c.param("key-marker"), UploadIdMarker: c.param("upload-id-marker"),
		Prefix: c.param("prefix"), MaxUploads: limit,
	}
	for _, u := range all {
		if !afterMarkers(u, answer.KeyMarker, answer.UploadIdMarker) {
			continue
		}
		if answer.IsTruncated = len(answer.Upload) == limit; answer.IsTruncated {
			last := answer.Upload[limit-1]
			answer.NextKeyMarker, answer.NextUploadIdMarker = last.Key, last.UploadId
			break
		}
		answer.Upload = append(answer.Upload, upload{u.Object.Name, u.ID, u.Object.Settings.StorageClass, xmlTime(u.Created)})
	}
	return c.answerXML(answer)
}

// afterMarkers reports whether an upload comes after the markers. Without an id, that of the name
// stands for all its uploads.
func afterMarkers(u store.Upload, key, id string) bool {
	return u.Object.Name > key || u.Object.Name == key && id != "" && u.ID > id
}

// limit reads how many entries a page of the XML API may have.
func (c *call) limit(param string) (int, error) {
	n, ok, err := c.intParam(param)
	if err != nil || ok && n == 0 {
		return 0, invalid("Invalid value for: %s.", param)
	}
	if !ok {
		n = maxPage
	}
	return int(min(n, maxPage)), nil
}

func xmlTime(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

// answerXML writes v as XML.
func (c *call) answerXML(v any) error {
	body, err := xml.Marshal(v)
	if err != nil {
		return fmt.Errorf("storage: encode answer: %w", err)
	}
	body = append([]byte("<?xml version='1.0' encoding='UTF-8'?>"), body...)
	h := c.w.Header()
	h.Set("Content-Type", "application/xml; charset=UTF-8")
	h.Set("Cache-Control", "private, max-age=0")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.Write(body)
	return nil
}
