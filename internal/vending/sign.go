package vending

import (
	"context"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cloud.google.com/go/storage"

	"github.com/bulkhead-saas/bulkhead/guard"
)

// SignedRequest is a request that whoever holds it may make once or until it expires. Its URL is a
// secret: a SignedRequest prints and logs without it.
type SignedRequest struct {
	Method  string
	URL     string
	Headers map[string]string // must be sent exactly
	Expires time.Time
}

// String names the request without its URL.
func (r SignedRequest) String() string {
	return fmt.Sprintf("signed %s until %s", r.Method, r.Expires.UTC().Format(time.RFC3339))
}

// GoString is String.
func (r SignedRequest) GoString() string { return r.String() }

// LogValue names the request without its URL.
func (r SignedRequest) LogValue() slog.Value { return slog.StringValue(r.String()) }

const (
	maxSigned = 15 * time.Minute // how long a signed request may live
	maxObject = 5 << 40          // bytes: what Cloud Storage takes as one object
)

// SignUpload signs one PUT of one object that does not exist yet (x-goog-if-generation-match: 0),
// of this content type and of exactly size bytes (x-goog-content-length-range: size,size). ttl is
// at most 15 minutes. It returns ErrReadOnly on a read-only grant and ErrDenied if the caller is no
// longer valid.
func (b Bucket) SignUpload(ctx context.Context, object, contentType string, size int64, ttl time.Duration) (SignedRequest, error) {
	if size < 0 || size > maxObject {
		return SignedRequest{}, fmt.Errorf("vending: sign: size %d", size)
	}
	if err := checkContentType(contentType); err != nil {
		return SignedRequest{}, err
	}
	headers := map[string]string{
		"Content-Type":                contentType,
		"x-goog-content-length-range": fmt.Sprintf("%d,%d", size, size),
		"x-goog-if-generation-match":  "0",
	}
	what := guard.Signing{Method: http.MethodPut, Object: b.prefix() + object, Header: headers}
	key, err := b.permit(ctx, what, ttl)
	if err != nil {
		return SignedRequest{}, err
	}
	signed, err := b.sign(ctx, key, what, ttl)
	signed.Headers = headers
	return signed, err
}

// SignDownload signs one GET of one generation of one object, answered as an attachment named
// filename with contentType. Once the object is replaced or deleted, the request is answered 404.
// ttl is at most 15 minutes. It returns ErrDenied if the caller is no longer valid.
func (b Bucket) SignDownload(ctx context.Context, object string, generation int64, filename, contentType string, ttl time.Duration) (SignedRequest, error) {
	if generation <= 0 {
		return SignedRequest{}, fmt.Errorf("vending: sign: generation %d", generation)
	}
	if err := checkContentType(contentType); err != nil {
		return SignedRequest{}, err
	}
	return b.signGet(ctx, object, generation, attachment(filename), contentType, ttl)
}

// SignPreview is SignDownload for an answer that a browser shows within a page. The contentType is
// one of PreviewTypes.
func (b Bucket) SignPreview(ctx context.Context, object string, generation int64, contentType string, ttl time.Duration) (SignedRequest, error) {
	if generation <= 0 {
		return SignedRequest{}, fmt.Errorf("vending: sign: generation %d", generation)
	}
	if !slices.Contains(PreviewTypes(), contentType) {
		return SignedRequest{}, fmt.Errorf("vending: sign: %q is not shown within a page", contentType)
	}
	return b.signGet(ctx, object, generation, "inline", contentType, ttl)
}

// PreviewTypes are the types that files are shown as within a page: those in which a browser finds
// nothing to run, whatever the bytes are.
func PreviewTypes() []string {
	return []string{"image/avif", "image/gif", "image/jpeg", "image/png", "image/webp", "text/plain; charset=utf-8"}
}

func (b Bucket) signGet(ctx context.Context, object string, generation int64, disposition, contentType string, ttl time.Duration) (SignedRequest, error) {
	what := guard.Signing{Method: http.MethodGet, Object: b.prefix() + object, Query: url.Values{
		"response-content-disposition": {disposition},
		"response-content-type":        {contentType},
		"generation":                   {strconv.FormatInt(generation, 10)},
	}}
	key, err := b.permit(ctx, what, ttl)
	if err != nil {
		return SignedRequest{}, err
	}
	return b.sign(ctx, key, what, ttl)
}

// permit is the guard of what is signed: the request itself is not ours to see.
func (b Bucket) permit(ctx context.Context, what guard.Signing, ttl time.Duration) (*credential, error) {
	if b.owner == nil {
		return nil, errZeroGrant
	}
	key, err := b.owner.permit(ctx, func() error { return b.owner.guard.Sign(what) })
	if err != nil {
		return nil, err
	}
	if ttl <= 0 || ttl > maxSigned {
		return nil, fmt.Errorf("vending: sign: for %v, at most %v", ttl, maxSigned)
	}
	return key, nil
}

// sign signs with the tenant's own key, never with the platform's. All that a client would
// otherwise guess from its environment is given.
func (b Bucket) sign(ctx context.Context, key *credential, what guard.Signing, ttl time.Duration) (SignedRequest, error) {
	m := b.owner.home.machine
	o := &storage.SignedURLOptions{
		Method:          what.Method,
		QueryParameters: what.Query,
		Scheme:          storage.SigningSchemeV4,
		GoogleAccessID:  key.as.Email(),
		SignBytes:       func(toSign []byte) ([]byte, error) { return b.owner.home.sign(ctx, key, toSign) },
		Expires:         time.Now().Add(ttl),
		Style:           storage.PathStyle(),
		Hostname:        m.storage.Host,
		Insecure:        m.storage.Scheme == "http",
	}
	for name, value := range what.Header {
		if name == "Content-Type" {
			o.ContentType = value
			continue
		}
		o.Headers = append(o.Headers, name+":"+value)
	}
	signed, err := storage.SignedURL(b.owner.home.location.Bucket, what.Object, o)
	if err != nil {
		return SignedRequest{}, fmt.Errorf("vending: sign: %w", err)
	}
	return SignedRequest{Method: o.Method, URL: signed, Expires: o.Expires}, nil
}

// checkContentType refuses what is not one media type, a second header line above all.
func checkContentType(s string) error {
	if _, _, err := mime.ParseMediaType(s); err != nil || strings.IndexFunc(s, notInText) >= 0 || !strings.Contains(s, "/") {
		return fmt.Errorf("vending: sign: content type %q", s)
	}
	return nil
}

// attachment is a Content-Disposition that makes a browser save the answer as filename (RFC 6266):
// in ASCII for those that know no better, and in full (RFC 8187).
func attachment(filename string) string {
	plain := make([]byte, 0, len(filename))
	var full strings.Builder
	for _, r := range strings.ToValidUTF8(filename, "_") {
		if notInText(r) {
			r = '_'
		}
		c := byte('_')
		if r < utf8.RuneSelf && r != '"' && r != '\\' && r != '/' && r != '%' {
			c = byte(r)
		}
		plain = append(plain, c)
		for _, octet := range []byte(string(r)) {
			if attrChar(octet) {
				full.WriteByte(octet)
			} else {
				fmt.Fprintf(&full, "%%%02X", octet)
			}
		}
	}
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, plain, full.String())
}

// attrChar reports whether RFC 8187 lets c stand for itself.
func attrChar(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0
}

// notInText reports whether r does not belong in a line of text: a control character, or U+FFFD,
// which is what an invalid byte of UTF-8 reads as.
func notInText(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\uFFFD' }
