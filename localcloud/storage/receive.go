package storage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// receive streams body into b. It stops as soon as the size is more than expected.
func receive(b *store.Blob, body io.Reader, expect store.Expect) error {
	if expect.MaxSize > 0 {
		body = io.LimitReader(body, expect.MaxSize-b.Size()+1)
	}
	if _, err := io.Copy(b, body); err != nil {
		return err
	}
	if expect.MaxSize > 0 && b.Size() > expect.MaxSize {
		return errTooLarge
	}
	return nil
}

// bodyReader reads a request's body. However the client's sending broke off, its error is
// io.ErrUnexpectedEOF, which tells a fault of the client's from one of the disk's; refusals pass.
type bodyReader struct{ io.Reader }

func (r bodyReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	var refused *refusal
	if err == nil || errors.Is(err, io.EOF) || errors.As(err, &refused) {
		return n, err
	}
	return n, io.ErrUnexpectedEOF
}

// verify returns nil when the whole content is as expected.
func verify(b *store.Blob, expect store.Expect) error {
	switch {
	case b.Size() < expect.MinSize:
		return errTooSmall
	case expect.CRC32C != nil && *expect.CRC32C != b.CRC32C():
		return errDigest
	case expect.MD5 != nil && !bytes.Equal(expect.MD5, b.MD5()):
		return errDigest
	}
	return nil
}

// keep makes body the content of a new generation of o.
func (s *Service) keep(c *call, o store.Object, body io.Reader, expect store.Expect, cond conditions) (store.Object, error) {
	// Refused here, a client is spared the upload; what decides is the same question asked again at
	// the end.
	if live, err := s.store.Object(o.Bucket, o.Name, 0); err == nil {
		if err := cond.forWrite(&live); err != nil {
			return store.Object{}, err
		}
	}
	b, err := s.receiveBlob(c, body, expect)
	if err != nil {
		return store.Object{}, err
	}
	return s.store.Put(o, b, s.admitPut(c, c.caller, o, cond))
}

// receiveBlob makes body a content that is as expected.
func (s *Service) receiveBlob(c *call, body io.Reader, expect store.Expect) (*store.Blob, error) {
	b, err := s.store.NewBlob()
	if err != nil {
		return nil, err
	}
	payload, err := newPayload(c.r.Header, bodyReader{body})
	if err == nil {
		err = receive(b, payload, expect)
	}
	if err == nil {
		err = verify(b, expect)
	}
	if err == nil {
		err = payload.check()
	}
	if err != nil {
		b.Discard()
		return nil, err
	}
	return b, nil
}

// payload is a body whose SHA-256 the signer of a URL promised, or one of which nothing was
// promised.
type payload struct {
	io.Reader
	sum  hash.Hash
	want []byte
}

func newPayload(h http.Header, body io.Reader) (payload, error) {
	v := h.Get("X-Goog-Content-Sha256")
	if v == "" || v == "UNSIGNED-PAYLOAD" {
		return payload{Reader: body}, nil
	}
	want, err := hex.DecodeString(v)
	if err != nil || len(want) != sha256.Size {
		return payload{}, invalid("Header x-goog-content-sha256 is not a SHA-256 sum.")
	}
	sum := sha256.New()
	return payload{io.TeeReader(body, sum), sum, want}, nil
}

func (p payload) check() error {
	if p.sum != nil && !bytes.Equal(p.sum.Sum(nil), p.want) {
		return errDigest
	}
	return nil
}
