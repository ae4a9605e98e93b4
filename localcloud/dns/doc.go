// Package dns is a DNS server of one zone, bulkhead.test, with the TXT records that somebody adds:
// it stands for the public DNS where an application asks it for the proof of a domain.
//
// It is authoritative for its zone (RFC 1034, RFC 1035): a name that has no record is NXDOMAIN, or
// has no data where names beneath it have some. Any other name is REFUSED, for it resolves nothing
// for anybody. It answers over UDP and TCP, and says so when an answer is too long for UDP. The
// zone is one that no public DNS has: "test" is reserved (RFC 6761).
package dns
