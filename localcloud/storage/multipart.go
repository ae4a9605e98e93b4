package storage

import (
	"encoding/xml"
	"io"
	"net/http"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// What a multipart upload of the XML API may be. None expires: it stays until it is completed or
// aborted.
//
// https://cloud.google.com/storage/quotas#requests
const (
	maxParts    = 10000
	maxPartSize = 5 << 30 // bytes
	minPartSize = 5 << 20 // bytes, of each part but the last
	maxPartList = 4 << 20 // bytes of the list that completes an upload
)

var (
	errMalformedXML = refuseWith(http.StatusBadRequest, "invalid", "MalformedXML",
		"The XML you provided was not well-formed or did not validate against our published schema.")
	errInvalidPart = refuseWith(http.StatusBadRequest, "invalid", "InvalidPart",
		"One or more of the specified parts could not be found, or its ETag is another.")
	errPartOrder = refuseWith(http.StatusBadRequest, "invalid", "InvalidPartOrder",
		"The list of parts was not in ascending order.")
	errPartTooSmall = refuseWith(http.StatusBadRequest, "invalid", "EntityTooSmall",
		"A part other than the last is smaller than 5 MiB.")
)

// initiateMultipart begins an upload in parts, of an object that the headers describe.
func (s *Service) initiateMultipart(c *call) error {
	if c.param("uploads") != "" {
		return unsupported("Query parameter uploads takes no value.")
	}
	if err := s.admitMultipart(c, true); err != nil {
		return err
	}
	in, err := s.objectFromHeaders(c)
	if err != nil {
		return err
	}
	if !in.expect.Empty() {
		return unsupported("A multipart upload takes sizes and checksums of its parts alone.")
	}
	u, err := s.store.BeginUpload(store.Upload{Owner: c.caller.Email, Object: in.object})
	if err != nil {
		return err
	}
	return c.answerXML(struct {
		XMLName               xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ InitiateMultipartUploadResult"`
		Bucket, Key, UploadId string
	}{Bucket: c.bucket(), Key: c.object(), UploadId: u.ID})
}

// admitMultipart asks for the permission that writing in parts takes beside that of writing, and
// refuses conditions, which no request of a multipart upload may have. describes says that the
// request's headers describe the object.
func (s *Service) admitMultipart(c *call, describes bool) error {
	if err := s.authorize(c, c.caller, "storage.multipartUploads.create", s.objectResource(c.bucket(), c.object())); err != nil {
		return err
	}
	return refuseObjectHeaders(c, describes)
}

func refuseObjectHeaders(c *call, describes bool) error {
	cond, err := c.conditions("if")
	if err != nil {
		return err
	}
	if cond != (conditions{}) {
		return unsupported("Preconditions are not supported in multipart uploads.")
	}
	for name := range c.r.Header {
		switch {
		case name == "X-Goog-Resumable", name == "Content-Range",
			!describes && (name == "X-Goog-Storage-Class" || name == "X-Goog-Custom-Time" || hasFold(name, metaPrefix)):
			return unsupported("Header %s is not supported here.", name)
		}
	}
	return nil
}

// upload finds the upload that the call is about.
func (s *Service) upload(c *call) (store.Upload, error) {
	u, err := s.store.Upload(c.param("uploadId"))
	if err != nil {
		return u, err
	}
	if u.Object.Bucket != c.bucket() || u.Object.Name != c.object() {
		return u, errNoUpload
	}
	return u, nil
}

// uploadPart takes a part's content. It replaces a part of the same number.
func (s *Service) uploadPart(c *call) error {
	if err := s.admitMultipart(c, false); err != nil {
		return err
	}
	number, _, err := c.intParam("partNumber")
	if err != nil || number < 1 || number > maxParts {
		return invalid("Part number must be an integer between 1 and %d, inclusive.", maxParts)
	}
	u, err := s.upload(c)
	if err != nil {
		return err
	}
	expect, err := expectHeaders(c.r.Header)
	if err != nil {
		return err
	}
	if expect.MaxSize == 0 || expect.MaxSize > maxPartSize {
		expect.MaxSize = maxPartSize
	}
	if err := checkLength(c.r.ContentLength, expect); err != nil {
		return err
	}
	b, err := s.receiveBlob(c, c.r.Body, expect)
	if err != nil {
		return err
	}
	p, err := s.store.PutPart(u.ID, int(number), b)
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("ETag", partTag(p))
	h.Add("X-Goog-Hash", "crc32c="+crcText(p.CRC32C))
	h.Set("Content-Length", "0")
	return nil
}

// abortMultipart ends an upload; its parts are forgotten.
func (s *Service) abortMultipart(c *call) error {
	if err := refuseObjectHeaders(c, false); err != nil {
		return err
	}
	u, err := s.upload(c)
	if err != nil {
		return err
	}
	defer s.sessions.lock(u.ID)()
	if err := s.store.AbortUpload(u.ID); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// completion is the list that completes an upload.
type completion struct {
	XMLName xml.Name `xml:"CompleteMultipartUpload"`
	Parts   []struct {
		Number int    `xml:"PartNumber"`
		ETag   string `xml:"ETag"`
	} `xml:"Part"`
}

// completeMultipart makes the listed parts an object, and forgets the others.
func (s *Service) completeMultipart(c *call) error {
	if err := s.admitMultipart(c, false); err != nil {
		return err
	}
	if e, err := expectHeaders(c.r.Header); err != nil {
		return err
	} else if !e.Empty() {
		return unsupported("A multipart upload takes sizes and checksums of its parts alone.")
	}
	list, err := readCompletion(c)
	if err != nil {
		return err
	}
	u, err := s.upload(c)
	if err != nil {
		return err
	}
	defer s.sessions.lock(u.ID)()
	chosen, err := s.choose(u, list)
	if err != nil {
		return err
	}
	o, err := s.store.Complete(u, chosen, s.admitPut(c, c.caller, u.Object, conditions{}))
	if err != nil {
		return err
	}
	identify(c.w.Header(), o)
	c.w.Header().Del("ETag")
	return c.answerXML(struct {
		XMLName                     xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CompleteMultipartUploadResult"`
		Location, Bucket, Key, ETag string
	}{Location: s.base(c) + c.path, Bucket: o.Bucket, Key: o.Name, ETag: entityTag(o)})
}

func readCompletion(c *call) (list completion, err error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxPartList))
	if err != nil {
		return list, invalid("The request's body could not be read: %v", err)
	}
	if err := xml.Unmarshal(body, &list); err != nil || len(list.Parts) == 0 || len(list.Parts) > maxParts {
		return list, errMalformedXML
	}
	for i, p := range list.Parts {
		if p.Number < 1 || p.Number > maxParts || p.ETag == "" {
			return list, errMalformedXML
		}
		if i > 0 && list.Parts[i-1].Number >= p.Number {
			return list, errPartOrder
		}
	}
	return list, nil
}

// choose finds the parts of a list, and refuses one that is not there as listed, or too small to be
// followed by others.
func (s *Service) choose(u store.Upload, list completion) ([]store.Part, error) {
	have, _, err := s.store.Parts(u.ID, 0, maxParts)
	if err != nil {
		return nil, err
	}
	byNumber := make(map[int]store.Part, len(have))
	for _, p := range have {
		byNumber[p.Number] = p
	}
	var chosen []store.Part
	for i, listed := range list.Parts {
		p, ok := byNumber[listed.Number]
		if !ok || strings.Trim(listed.ETag, `"`) != strings.Trim(partTag(p), `"`) {
			return nil, errInvalidPart
		}
		if i < len(list.Parts)-1 && p.Size < minPartSize {
			return nil, errPartTooSmall
		}
		chosen = append(chosen, p)
	}
	return chosen, nil
}
