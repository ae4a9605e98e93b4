package guard

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Two of Cloud Storage's methods name objects in their bodies: insert, what it makes, and compose,
// what it is made from. Where a sender has the bucket to itself neither can reach across. Where the
// bucket is shared, the body is read as far as the names, and goes on as it came.

// maxMetadata bounds what is read of a body to find a name. Google allows 8 KiB of an object's own
// metadata.
const maxMetadata = 64 << 10

// checkBody returns the request to send: req itself, or one with the same body that has been looked
// into.
func (g *Guard) checkBody(req *http.Request, path string, p *params) (*http.Request, error) {
	if !g.sharesBucket() || req.Method != http.MethodPost && req.Method != http.MethodPut {
		return req, nil
	}
	whole := look{wholeBody, g.checkMetadataName}
	switch {
	case strings.HasSuffix(path, "/compose"):
		return look{wholeBody, g.checkSources}.request(req)
	case !g.isCollection(path) || p.has("upload_id"): // names stand in the path, or stood in the request that began it
		return req, nil
	}
	switch p.get("uploadType") {
	case "media": // and there it stands in the query
		if !p.has("name") {
			return nil, refuse(ErrForeign, "an upload without a name")
		}
		return req, nil
	case "multipart":
		return look{firstPart, g.checkMetadataName}.request(req)
	case "resumable", "":
		return whole.request(req)
	}
	return nil, refuse(ErrRefused, "uploadType %q is not on the list", p.get("uploadType"))
}

// look is how to look into a body: what to read of it, and what must be true of that.
type look struct {
	read  func(contentType string, body io.Reader) ([]byte, error)
	check func(members map[string]jsontext.Value) error
}

// request returns a request with the same body, looked into. Should the transport ask for the body
// again, it is looked into again.
func (l look) request(req *http.Request) (*http.Request, error) {
	if req.Body == nil {
		return nil, refuse(ErrForeign, "an upload without a name")
	}
	contentType := req.Header.Get("Content-Type")
	body, err := l.into(contentType, req.Body)
	if err != nil {
		return nil, err
	}
	out := req.Clone(req.Context())
	out.Body = body
	if req.GetBody != nil {
		out.GetBody = func() (io.ReadCloser, error) {
			again, err := req.GetBody()
			if err != nil {
				return nil, err
			}
			body, err := l.into(contentType, again)
			if err != nil {
				_ = again.Close()
			}
			return body, err
		}
	}
	return out, nil
}

// into returns the body as it was before it was looked into.
func (l look) into(contentType string, body io.ReadCloser) (io.ReadCloser, error) {
	seen := new(bytes.Buffer)
	document, err := l.read(contentType, io.TeeReader(io.LimitReader(body, maxMetadata), seen))
	if err != nil {
		return nil, refuse(ErrForeign, "a body that is not understood")
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(document, &members); err != nil { // a name that is there twice is an error too
		return nil, refuse(ErrForeign, "a body that is not understood")
	}
	if err := l.check(members); err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(seen, body), body}, nil
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

// checkMetadataName wants the name of an object that is inserted to be the sender's.
func (g *Guard) checkMetadataName(members map[string]jsontext.Value) error {
	name, err := textOf(members, "name")
	if err != nil || !g.object(name) {
		return refuse(ErrForeign, "an upload named %q", name)
	}
	return nil
}

// checkSources wants everything that an object is composed from to be the sender's.
func (g *Guard) checkSources(members map[string]jsontext.Value) error {
	value, err := member(members, "sourceObjects")
	var sources []map[string]jsontext.Value
	if err != nil || json.Unmarshal(value, &sources) != nil {
		return refuse(ErrForeign, "sources that are not understood")
	}
	for _, source := range sources {
		if name, err := textOf(source, "name"); err != nil || !g.object(name) {
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

// member returns one member of an object. Another whose name differs only in case, or in how it
// joins words, is refused: servers differ in what they take for the same.
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
