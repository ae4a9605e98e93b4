package storage

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// expectHeaders reads what the request's headers promise of the content.
func expectHeaders(h http.Header) (e store.Expect, err error) {
	if v := h.Get("X-Goog-Content-Length-Range"); v != "" {
		least, most, ok := strings.Cut(v, ",")
		lo, errLo := parseCount(strings.TrimSpace(least))
		hi, errHi := parseCount(strings.TrimSpace(most))
		if !ok || errLo != nil || errHi != nil || lo > hi {
			return e, invalid("Header x-goog-content-length-range is not MIN,MAX.")
		}
		if hi == 0 {
			return e, unsupported("An upload limited to 0 bytes is not supported.")
		}
		e.MinSize, e.MaxSize = lo, hi
	}
	if v := h.Get("Content-MD5"); v != "" {
		if err := setMD5(&e, v); err != nil {
			return e, err
		}
	}
	for part := range strings.SplitSeq(strings.Join(h.Values("X-Goog-Hash"), ","), ",") {
		kind, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch kind {
		case "":
		case "md5":
			err = setMD5(&e, v)
		case "crc32c":
			err = setCRC32C(&e, v)
		default:
			err = invalid("Header x-goog-hash is neither of md5 nor of crc32c.")
		}
		if err != nil {
			return e, err
		}
	}
	return e, nil
}

// checkLength refuses a body by the length that it announces; -1 is unknown.
func checkLength(length int64, e store.Expect) error {
	switch {
	case length < 0:
		return nil
	case e.MaxSize > 0 && length > e.MaxSize:
		return errTooLarge
	case length < e.MinSize:
		return errTooSmall
	}
	return nil
}

func decodeSum(v string, size int) ([]byte, error) {
	sum, err := base64.StdEncoding.DecodeString(v)
	if err != nil || len(sum) != size {
		return nil, refuseWith(http.StatusBadRequest, "invalid", "InvalidDigest", "A digest in the request is invalid.")
	}
	return sum, nil
}

func setMD5(e *store.Expect, v string) (err error) {
	e.MD5, err = decodeSum(v, md5.Size)
	return err
}

func setCRC32C(e *store.Expect, v string) error {
	sum, err := decodeSum(v, 4)
	if err != nil {
		return err
	}
	crc := binary.BigEndian.Uint32(sum)
	e.CRC32C = &crc
	return nil
}
