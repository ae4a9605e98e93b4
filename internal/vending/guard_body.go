package vending

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Two of Cloud Storage's methods name objects in their bodies: insert, what it makes, and compose, what it is made from.
// Where a tenant has its bucket to itself neither can reach across. Where the bucket is shared, the body is read as far as
// the names, and goes on as it came.

// maxMetadata bounds what is read of a body to find a name. Google allows 8 KiB of an object's own metadata.
const maxMetadata = 64 << 10

// checkBody returns the request to send: req itself, or one with the same body that has been looked into.
func (s *scope) checkBody(req *http.Request) (*http.Request, error) {
	if !s.shared() || req.Method != http.MethodPost && req.Method != http.MethodPut {
		return req, nil
	}
	path := req.URL.EscapedPath()
	params := req.URL.Query()
	switch {
	case strings.HasSuffix(path, "/compose"):
		return s.readBody(req, wholeBody, s.checkSources)
	case !s.collection(path) || params.Has("upload_id"): // names stand in the path, or stood in the request that began it
		return req, nil
	case params.Get("uploadType") == "media": // and there it stands in the query
		if !params.Has("name") {
			return nil, refuse(ErrForeign, "an upload without a name")
		}
		return req, nil
	case params.Get("uploadType") == "multipart":
		return s.readBody(req, firstPart, s.checkMetadataName)
	}
	return s.readBody(req, wholeBody, s.checkMetadataName)
}

// readBody has check look at what read finds in the body.
func (s *scope) readBody(req *http.Request, read func(string, io.Reader) ([]byte, error), check func(map[string]jsontext.Value) error) (*http.Request, error) {
	if req.Body == nil {
		return nil, refuse(ErrForeign, "an upload without a name")
	}
	seen := new(bytes.Buffer)
	document, err := read(req.Header.Get("Content-Type"), io.TeeReader(io.LimitReader(req.Body, maxMetadata), seen))
	if err != nil {
		return nil, refuse(ErrForeign, "a body that is not understood")
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(document, &members); err != nil { // a name that is there twice is an error too
		return nil, refuse(ErrForeign, "a body that is not understood")
	}
	if err := check(members); err != nil {
		return nil, err
	}
	out := req.Clone(req.Context())
	out.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(seen, req.Body), req.Body}
	return out, nil
}

func wholeBody(_ string, body io.Reader) ([]byte, error) { return io.ReadAll(body) }

func firstPart(contentType string, body io.Reader) ([]byte, error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, err
	}
	part, err := multipart.NewReader(body, params["boundary"]).NextRawPart()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(part)
}

// checkMetadataName wants the name of an object that is inserted to be the tenant's.
func (s *scope) checkMetadataName(members map[string]jsontext.Value) error {
	name, err := textOf(members, "name")
	if err != nil || !s.object(name) {
		return refuse(ErrForeign, "an upload named %q", name)
	}
	return nil
}

// checkSources wants everything that an object is composed from to be the tenant's.
func (s *scope) checkSources(members map[string]jsontext.Value) error {
	value, err := member(members, "sourceObjects")
	var sources []map[string]jsontext.Value
	if err != nil || json.Unmarshal(value, &sources) != nil {
		return refuse(ErrForeign, "sources that are not understood")
	}
	for _, source := range sources {
		if name, err := textOf(source, "name"); err != nil || !s.object(name) {
			return refuse(ErrForeign, "a source named %q", name)
		}
	}
	return nil
}

func textOf(members map[string]jsontext.Value, name string) (s string, err error) {
	value, err := member(members, name)
	if err == nil {
		err = json.Unmarshal(value, &s)
	}
	return s, err
}

// member returns one member of an object. Another whose name differs only in case, or in how it joins words, is refused:
// servers differ in what they take for the same.
func member(members map[string]jsontext.Value, name string) (jsontext.Value, error) {
	for other := range members {
		if other != name && strings.EqualFold(strings.ReplaceAll(other, "_", ""), name) {
			return nil, refuse(ErrForeign, "member %q", other)
		}
	}
	value, ok := members[name]
	if !ok {
		return nil, refuse(ErrForeign, "no member %q", name)
	}
	return value, nil
}

// uploadID is the name of the resumable upload that u belongs to; "" if it belongs to none.
func uploadID(u *url.URL) string { return u.Query().Get("upload_id") }
