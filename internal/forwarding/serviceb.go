package forwarding

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// What Service B can answer that is no verdict.
var (
	// errRefused reports a credential that Service B does not take.
	errRefused = errors.New("forwarding: Service B refuses the credential")
	// errService reports that Service B did not answer, or not in a way that can be used. It may
	// another time.
	errService = errors.New("forwarding: Service B does not answer")
	// errAnswer reports that Service B takes something else than it is sent, now and later.
	errAnswer = errors.New("forwarding: Service B refuses what it is sent")
)

// serviceB asks Service B. It knows the service's address, and nothing else of it.
type serviceB struct {
	origin string
	http   *http.Client // follows no redirect: a credential goes to one address
}

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 1 << 20

// client is whose token a request is sent under: Service B refuses it for a document of another
// tenant than the event's.
type client struct {
	token string
	of    tenant.ID
}

// newKey asks for a key for one document.
func (b serviceB) newKey(ctx context.Context, c client, document string, life time.Duration) (key string, expires time.Time, err error) {
	var answer struct {
		Key     string    `json:"key"`
		Expires time.Time `json:"expires"`
	}
	err = b.callAs(ctx, c, b.at(document, "keys"), map[string]any{"ttlSeconds": int64(life / time.Second)}, &answer)
	if err == nil && answer.Key == "" {
		err = fmt.Errorf("%w: no key in the answer", errService)
	}
	return answer.Key, answer.Expires, err
}

// inspectText has a small text looked at, at once.
func (b serviceB) inspectText(ctx context.Context, c client, document, about, text string) error {
	return b.callAs(ctx, c, b.at(document, "texts"), map[string]string{"text": text, "about": about}, nil)
}

// state is how far Service B is with a generation of a document.
type state struct {
	State    string `json:"state"` // receiving, inspecting, done or failed
	Received int64  `json:"received"`
	Verdict  string `json:"verdict"`
	Reason   string `json:"reason"`
	Report   struct {
		Type     string `json:"type"`
		Findings []struct {
			Kind string `json:"kind"`
		} `json:"findings"`
	} `json:"report"`
}

// begin tells of a generation, or of one that is known already.
func (b serviceB) begin(ctx context.Context, key, document string, generation int64, what any) (s state, err error) {
	_, err = b.call(ctx, http.MethodPut, b.at(document, "generations", strconv.FormatInt(generation, 10)), key, what, &s)
	return s, err
}

// look asks how far a generation is.
func (b serviceB) look(ctx context.Context, key, document string, generation int64) (s state, err error) {
	_, err = b.call(ctx, http.MethodGet, b.at(document, "generations", strconv.FormatInt(generation, 10)), key, nil, &s)
	return s, err
}

// retry has a generation inspected again whose inspection failed.
func (b serviceB) retry(ctx context.Context, key, document string, generation int64) (s state, err error) {
	_, err = b.call(ctx, http.MethodPost, b.at(document, "generations", strconv.FormatInt(generation, 10), "retry"), key, nil, &s)
	return s, err
}

// send sends length bytes of a generation from an offset on, and returns how many Service B has by
// now, from the beginning. It holds no more in memory than a copy's buffer.
func (b serviceB) send(ctx context.Context, key, document string, generation, from, length, size int64, part io.Reader) (received int64, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, b.at(document, "generations", strconv.FormatInt(generation, 10), "content"), part)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errService, err)
	}
	r.ContentLength = length
	r.Header.Set("Content-Type", "application/octet-stream")
	r.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, from+length-1, size))
	var answer struct {
		Received int64 `json:"received"`
	}
	status, err := b.do(r, key, &answer)
	if status == http.StatusConflict { // it has more, or less, than was thought
		err = nil
	}
	return answer.Received, err
}

// forget revokes a key that has served.
func (b serviceB) forget(ctx context.Context, key, document, id string) error {
	_, err := b.call(ctx, http.MethodDelete, b.at(document, "keys", id), key, nil, nil)
	return err
}

func (b serviceB) at(document string, rest ...string) string {
	address := b.origin + "/v1/documents/" + url.PathEscape(document)
	for _, r := range rest {
		address += "/" + url.PathEscape(r)
	}
	return address
}

// callAs posts under a client's token.
func (b serviceB) callAs(ctx context.Context, c client, address string, body, answer any) error {
	r, err := b.request(ctx, http.MethodPost, address, body)
	if err != nil {
		return err
	}
	r.Header.Set("X-TenantId", c.of.String())
	_, err = b.do(r, c.token, answer)
	return err
}

// call sends a request under a key, which is of one document of one tenant.
func (b serviceB) call(ctx context.Context, method, address, key string, body, answer any) (int, error) {
	r, err := b.request(ctx, method, address, body)
	if err != nil {
		return 0, err
	}
	return b.do(r, key, answer)
}

func (b serviceB) request(ctx context.Context, method, address string, body any) (*http.Request, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errService, err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// do sends a request under a credential. No error repeats what was sent or answered.
func (b serviceB) do(r *http.Request, credential string, answer any) (status int, err error) {
	r.Header.Set("Authorization", "Bearer "+credential)
	resp, err := b.http.Do(r)
	if err != nil {
		if ctxErr := r.Context().Err(); ctxErr != nil {
			return 0, fmt.Errorf("%w: %w", errService, ctxErr)
		}
		return 0, errService
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return resp.StatusCode, fmt.Errorf("%w: the answer is cut short", errService)
	}
	status = resp.StatusCode
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return status, errRefused
	case status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500 || status >= 300 && status < 400:
		return status, fmt.Errorf("%w: it answers %d", errService, status)
	case status >= 400 && status != http.StatusConflict:
		return status, fmt.Errorf("%w: it answers %d", errAnswer, status)
	}
	if answer != nil && json.Unmarshal(text, answer) != nil {
		return status, fmt.Errorf("%w: the answer is not JSON", errService)
	}
	if status == http.StatusConflict {
		return status, fmt.Errorf("%w: it answers %d", errAnswer, status)
	}
	return status, nil
}
