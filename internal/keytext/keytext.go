// Package keytext is how an API key is written:
//
//	bhk_<16 characters: its id>_<32 characters: its secret><7 characters: a checksum>
//
// All characters are those of base32 (RFC 4648, section 6) in lower case. The checksum is the
// CRC-32 (IEEE 802.3) of everything before it, so that a scanner tells a key from what looks like
// one without asking anybody. It is no signature: anybody can compute it. Older keys have none, and
// stay keys.
//
// The package knows texts alone: whether there is such a key, it cannot tell.
package keytext

import (
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"strings"
)

const (
	// Prefix begins every API key, and no token of another kind.
	Prefix = "bhk_"

	// IDLength, SecretLength and ChecksumLength are in characters.
	IDLength       = 16
	SecretLength   = 32
	ChecksumLength = 7

	alphabet    = "abcdefghijklmnopqrstuvwxyz234567"
	secretStart = len(Prefix) + IDLength + 1
	oldLength   = secretStart + SecretLength
	length      = oldLength + ChecksumLength
)

// Make returns the text of a key with its checksum. Precondition: id and secret are of their
// lengths and alphabet.
func Make(id, secret string) string {
	text := Prefix + id + "_" + secret
	return text + checksum([]byte(text))
}

// Parse takes the text of a key apart. The secret is all that follows the id, with the checksum
// where there is one. ok is false, and the rest empty, if s is no key from its first byte to its
// last, or its checksum is wrong.
func Parse(s string) (id, secret string, ok bool) {
	key, ok := at([]byte(s), 0)
	if !ok || key.End != len(s) || key.Checksum == Wrong {
		return "", "", false
	}
	return key.ID, s[secretStart:], true
}

// checksum is that of a key's text up to its secret.
func checksum(text []byte) string {
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(text))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum))
}
