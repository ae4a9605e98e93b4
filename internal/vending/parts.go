package vending

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/bulkhead-saas/bulkhead/guard"
)

// ErrNoParts reports an upload in parts that is not under way: it was completed or given up.
var ErrNoParts = errors.New("vending: no such upload in parts")

// ErrParts reports that the parts cannot become an object as they are: one is missing, another than
// was listed, or too small.
var ErrParts = errors.New("vending: the parts do not make an object")

// Part is a part of an object that has arrived.
type Part struct {
	Number int    // from 1
	Size   int64  // bytes
	ETag   string // names what arrived
}

const (
	partsTimeout = 30 * time.Second // of one request about an upload in parts
	maxPartsBody = 8 << 20          // bytes of an answer: a list of 1,000 parts has about 200 KB
)

// BeginParts begins an upload in parts of an object of this content type, and returns its name, by
// which parts are signed. The upload replaces what is there when it is completed: Cloud Storage
// takes no condition for it. It stays until it is completed or given up.
func (b Bucket) BeginParts(ctx context.Context, object, contentType string) (upload string, err error) {
	if err := checkContentType(contentType); err != nil {
		return "", err
	}
	var answer struct{ UploadId string }
	_, err = b.parts(ctx, http.MethodPost, object, "uploads", contentType, nil, &answer)
	if err == nil && answer.UploadId == "" {
		err = errors.New("vending: begin parts: the answer names no upload")
	}
	return answer.UploadId, err
}

// SignPart signs one PUT of one part of an upload, of exactly size bytes. ttl is at most 15
// minutes. It returns ErrReadOnly on a read-only grant and ErrDenied if the caller is no longer
// valid.
func (b Bucket) SignPart(ctx context.Context, object, upload string, number int, size int64, ttl time.Duration) (SignedRequest, error) {
	if size < 1 || size > maxObject {
		return SignedRequest{}, fmt.Errorf("vending: sign: size %d", size)
	}
	headers := map[string]string{"x-goog-content-length-range": fmt.Sprintf("%d,%d", size, size)}
	what := guard.Signing{
		Method: http.MethodPut, Object: b.prefix() + object, Header: headers,
		Query: url.Values{"partNumber": {strconv.Itoa(number)}, "uploadId": {upload}},
	}
	key, err := b.permit(ctx, what, ttl)
	if err != nil {
		return SignedRequest{}, err
	}
	signed, err := b.sign(ctx, key, what, ttl)
	signed.Headers = headers
	return signed, err
}

// ListParts returns what has arrived of an upload, by number. ErrNoParts if it is not under way.
func (b Bucket) ListParts(ctx context.Context, object, upload string) ([]Part, error) {
	var all []Part
	query := "uploadId=" + url.QueryEscape(upload)
	for next := query; ; {
		var page struct {
			IsTruncated          bool
			NextPartNumberMarker int
			Part                 []struct {
				PartNumber int
				ETag       string
				Size       int64
			}
		}
		if _, err := b.parts(ctx, http.MethodGet, object, next, "", nil, &page); err != nil {
			return nil, err
		}
		for _, p := range page.Part {
			all = append(all, Part{p.PartNumber, p.Size, p.ETag})
		}
		if !page.IsTruncated || len(page.Part) == 0 {
			return all, nil
		}
		next = query + "&part-number-marker=" + strconv.Itoa(page.NextPartNumberMarker)
	}
}

// CompleteParts makes the object of parts, which are as ListParts returned them, and returns its
// generation. ErrNoParts if the upload is not under way, ErrParts if a part is not there as listed.
func (b Bucket) CompleteParts(ctx context.Context, object, upload string, parts []Part) (generation int64, err error) {
	type part struct {
		PartNumber int
		ETag       string
	}
	list := struct {
		XMLName xml.Name `xml:"CompleteMultipartUpload"`
		Part    []part
	}{}
	for _, p := range parts {
		list.Part = append(list.Part, part{p.Number, p.ETag})
	}
	body, err := xml.Marshal(list)
	if err != nil {
		return 0, fmt.Errorf("vending: complete parts: %w", err)
	}
	var answer struct{ ETag string }
	header, err := b.parts(ctx, http.MethodPost, object, "uploadId="+url.QueryEscape(upload), "application/xml", body, &answer)
	if err != nil {
		return 0, err
	}
	generation, err = strconv.ParseInt(header.Get("x-goog-generation"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("vending: complete parts: generation: %w", err)
	}
	return generation, nil
}

// AbortParts gives an upload up: what has arrived of it is removed, and no part is taken any more,
// signed or not. ErrNoParts if it is not under way.
func (b Bucket) AbortParts(ctx context.Context, object, upload string) error {
	_, err := b.parts(ctx, http.MethodDelete, object, "uploadId="+url.QueryEscape(upload), "", nil, nil)
	return err
}

// parts sends one request about an upload in parts through the caller's own transport, for Google's
// client has no such calls, and decodes the answer into to. It is not repeated.
func (b Bucket) parts(ctx context.Context, method, object, query, contentType string, body []byte, to any) (http.Header, error) {
	if b.owner == nil {
		return nil, errZeroGrant
	}
	ctx, cancel := context.WithTimeout(ctx, partsTimeout)
	defer cancel()
	at := *b.owner.home.machine.storage
	at.Path, at.RawQuery = "/"+b.owner.home.location.Bucket+"/"+b.prefix()+object, query
	req, err := http.NewRequestWithContext(ctx, method, at.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("vending: parts: %w", err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := b.owner.transport().RoundTrip(req) // which follows no redirect
	if err != nil {
		return nil, fmt.Errorf("vending: parts: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxPartsBody))
	if err != nil {
		return nil, fmt.Errorf("vending: parts: %w", err)
	}
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusNoContent {
		return nil, partsError(resp.StatusCode, answer)
	}
	if to != nil {
		if err := xml.Unmarshal(answer, to); err != nil {
			return nil, fmt.Errorf("vending: parts: answer: %w", err)
		}
	}
	return resp.Header, nil
}

// partsError is what the cloud says against a request.
func partsError(status int, answer []byte) error {
	var fault struct{ Code string }
	_ = xml.Unmarshal(answer, &fault) // what is not XML has no code
	switch {
	case status == http.StatusNotFound && fault.Code != "NoSuchBucket":
		return ErrNoParts
	case status == http.StatusBadRequest && (fault.Code == "InvalidPart" || fault.Code == "EntityTooSmall"):
		return fmt.Errorf("%w: %s", ErrParts, fault.Code)
	}
	return fmt.Errorf("vending: parts: HTTP %d %s", status, fault.Code)
}
