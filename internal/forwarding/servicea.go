package forwarding

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/events"
)

var (
	// errGone reports that the file is not there any more.
	errGone = errors.New("forwarding: the file is gone")
	// errFile reports that the file cannot be had now. It may be another time.
	errFile = errors.New("forwarding: the file cannot be had")
)

// file is one generation of a file of the application's, which is had by a ticket. A signed request
// lives for a minute, so it is asked for when it is needed.
type file struct {
	open   string // the address where files are asked for
	token  func(ctx context.Context) (string, error)
	http   *http.Client
	ticket string

	signed events.Opened
}

// read opens length bytes of the file from an offset on. errGone, errFile.
func (f *file) read(ctx context.Context, from, length int64) (io.ReadCloser, error) {
	if time.Until(f.signed.Expires) < 5*time.Second {
		if err := f.ask(ctx); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.signed.URL, nil)
	if err != nil {
		return nil, errFile
	}
	r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, from+length-1))
	r.Header.Set("Accept-Encoding", "identity")
	resp, err := f.http.Do(r)
	if err != nil {
		return nil, errFile // its text holds the signed address
	}
	switch {
	case resp.StatusCode == http.StatusPartialContent || resp.StatusCode == http.StatusOK && from == 0:
		return resp.Body, nil
	case resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusPreconditionFailed:
		err = errGone
	default:
		f.signed = events.Opened{}
		err = fmt.Errorf("%w: the bucket answers %d", errFile, resp.StatusCode)
	}
	resp.Body.Close()
	return nil, err
}

// ask asks the application for a signed request.
func (f *file) ask(ctx context.Context) error {
	token, err := f.token(ctx)
	if err != nil {
		return fmt.Errorf("%w: no token of the Adapter's own", errFile)
	}
	body, err := json.Marshal(events.Opening{Ticket: f.ticket})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.open, bytes.NewReader(body))
	if err != nil {
		return errFile
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := f.http.Do(r)
	if err != nil {
		return fmt.Errorf("%w: the application does not answer", errFile)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return errGone
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("%w: the application answers %d", errFile, resp.StatusCode)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&f.signed); err != nil {
		return fmt.Errorf("%w: what the application answers cannot be read", errFile)
	}
	return nil
}
