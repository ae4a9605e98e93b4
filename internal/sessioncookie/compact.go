package sessioncookie

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"time"
)

// A session is written compactly, for a browser sends one for each workspace with each request.
// Tokens are base64 between dots, so their bytes are written instead. The ID token's claims are
// compressed. They hold no secret: what is compressed together with something that its owner chose,
// their name, can be guessed by its length.

// The first byte of a session as it is written. A session of the version before knows no more than
// when it was begun and seen.
const (
	compactVersion = 3
	compactBefore  = 2
)

// How a part of a token is written.
const (
	asText byte = iota
	asBytes
	asCompressed
)

const maxInflated = 32 << 10 // bytes; an ID token has at most 8 KiB

var errCompact = errors.New("sessioncookie: a session in another form")

func compact(s Session) []byte {
	b := []byte{compactVersion}
	b = appendToken(b, s.ID, claimsPart)
	b = appendToken(b, s.Refresh, noPart)
	for _, t := range []time.Time{s.Expires, s.Created, s.Seen} {
		b = binary.AppendVarint(b, t.UnixMilli())
	}
	for _, t := range []time.Time{s.Proved, s.Noted} {
		var milli int64
		if !t.IsZero() {
			milli = t.UnixMilli()
		}
		b = binary.AppendVarint(b, milli)
	}
	return b
}

// Which part of a token is compressed. A compressor takes 800 KB of memory.
const (
	noPart     = -1
	claimsPart = 1
)

// appendToken appends a token with one part compressed, if that makes it smaller.
func appendToken(b []byte, token string, compressed int) []byte {
	parts := strings.Split(token, ".")
	b = binary.AppendUvarint(b, uint64(len(parts)))
	for i, part := range parts {
		kind, content := asText, []byte(part)
		if raw, err := base64.RawURLEncoding.Strict().DecodeString(part); err == nil && base64.RawURLEncoding.EncodeToString(raw) == part {
			kind, content = asBytes, raw
			if i == compressed {
				if small := deflate(raw); len(small) < len(raw) {
					kind, content = asCompressed, small
				}
			}
		}
		b = append(b, kind)
		b = binary.AppendUvarint(b, uint64(len(content)))
		b = append(b, content...)
	}
	return b
}

func deflate(raw []byte) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.BestCompression) // it fails for a level that does not exist
	_, _ = w.Write(raw)                                  // into memory
	_ = w.Close()
	return out.Bytes()
}

// expand is the inverse of compact.
func expand(b []byte) (Session, error) {
	r := bytes.NewReader(b)
	version, _ := r.ReadByte()
	id, err1 := readToken(r)
	refresh, err2 := readToken(r)
	var times [5]time.Time
	n := len(times)
	if version == compactBefore {
		n = 3
	}
	var err3 error
	for i := range times[:n] {
		milli, err := binary.ReadVarint(r)
		if milli != 0 || i < 3 {
			times[i] = time.UnixMilli(milli)
		}
		err3 = errors.Join(err3, err)
	}
	if version == compactBefore {
		times[3] = times[1] // they signed in
	}
	if version != compactVersion && version != compactBefore || errors.Join(err1, err2, err3) != nil || r.Len() > 0 {
		return Session{}, errCompact
	}
	return Session{Tokens: Tokens{id, refresh, times[0]}, Created: times[1], Seen: times[2], Proved: times[3], Noted: times[4]}, nil
}

func readToken(r *bytes.Reader) (string, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil || n > uint64(r.Len()) {
		return "", errCompact
	}
	parts := make([]string, n)
	for i := range parts {
		kind, _ := r.ReadByte()
		size, err := binary.ReadUvarint(r)
		if err != nil || size > uint64(r.Len()) {
			return "", errCompact
		}
		content := make([]byte, size)
		if _, err := io.ReadFull(r, content); err != nil {
			return "", errCompact
		}
		switch kind {
		case asText:
			parts[i] = string(content)
			continue
		case asCompressed:
			if content, err = io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(content)), maxInflated)); err != nil {
				return "", errCompact
			}
		}
		parts[i] = base64.RawURLEncoding.EncodeToString(content)
	}
	return strings.Join(parts, "."), nil
}
