package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// MaxBody is the largest answer that is read, in bytes.
const MaxBody = 1 << 20

// GetJSON returns the body of the JSON document at rawURL, of at most limit bytes; a limit of 0, or
// above MaxBody, is MaxBody. It does not parse the document. Its error is an *Error.
func (c *Client) GetJSON(ctx context.Context, rawURL string, limit int64) ([]byte, error) {
	if limit <= 0 || limit > MaxBody {
		limit = MaxBody
	}
	u, err := parse(rawURL)
	if err != nil {
		return nil, err
	}
	req := (&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{
		"Accept": {"application/json"},
	}}).WithContext(ctx)
	res, err := c.http.Do(req)
	if err != nil {
		return nil, explain(err)
	}
	defer res.Body.Close()
	if err := judge(res, limit); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, explain(err)
	}
	if int64(len(body)) > limit {
		return nil, tooLarge(limit)
	}
	return body, nil
}

func judge(res *http.Response, limit int64) error {
	media, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	html := err == nil && (media == "text/html" || media == "application/xhtml+xml")
	json := err == nil && (media == "application/json" ||
		strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json"))
	switch {
	case res.StatusCode != http.StatusOK:
		return &Error{Kind: KindStatus, Status: res.StatusCode, Sentence: fmt.Sprintf(
			"The server answered with status %d; check the address.", res.StatusCode)}
	case html:
		return refuse(KindHTML, "The server answered with a web page (HTML); check the address.")
	case !json:
		return refuse(KindMediaType, "The server's answer is not declared to be JSON; "+
			"it must have the content type application/json.")
	case res.Header.Get("Content-Encoding") != "":
		return refuse(KindMediaType, "The server's answer is compressed, which was not asked for; "+
			"turn that off there.")
	case res.ContentLength > limit:
		return tooLarge(limit)
	}
	return nil
}

// tripper holds every call to the rules, whoever makes it. It bounds the time too, and not
// http.Client: that one puts an error of its own in the place of ours.
type tripper struct{ c *Client }

func (t tripper) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.c.validate(r.URL); err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	through := t.c.public
	if t.c.isException(r.URL) {
		through = t.c.excepted
	}
	ctx, cancel := context.WithTimeout(r.Context(), t.c.timeout)
	res, err := through.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, explain(err)
	}
	if to := res.Header.Get("Location"); res.StatusCode/100 == 3 && to != "" {
		res.Body.Close()
		cancel()
		return nil, redirected(to)
	}
	res.Body = &boundedBody{body: res.Body, left: MaxBody, done: cancel}
	return res, nil
}

// redirected says where the answer leads, without a query, which may hold a secret.
func redirected(to string) *Error {
	if u, err := url.Parse(to); err == nil {
		u.User, u.RawQuery, u.Fragment = nil, "", ""
		to = u.String()
	}
	return refuse(KindRedirect, "The server answered with a redirect to "+Quote(to)+
		"; set the address that answers itself.")
}

func tooLarge(limit int64) *Error {
	return refuse(KindTooLarge, fmt.Sprintf("The server's answer is larger than %d KiB; "+
		"check the address.", limit>>10))
}

// boundedBody fails as soon as an answer has more than MaxBody bytes.
type boundedBody struct {
	body io.ReadCloser
	left int64
	done context.CancelFunc
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return 0, tooLarge(MaxBody)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = explain(err)
	}
	return n, err
}

func (b *boundedBody) Close() error {
	defer b.done()
	return b.body.Close()
}
