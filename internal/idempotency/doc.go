// Package idempotency lets a request be repeated without being done twice: the caller gives it a
// word of their own, the Idempotency-Key (draft-ietf-httpapi-idempotency-key-header), and a repeat
// within a day is answered as the first was.
//
// What was answered is kept in the tenant's own database, and belongs to one caller and one route.
// A secret or a signed URL is never kept: whoever calls Keep leaves it out. A request that came to
// nothing is forgotten, and may be sent again. One that died halfway holds its word for a minute;
// then a repeat runs it anew.
package idempotency
