package storage

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// statusCancelled is what Google answers to the end of an upload that its client gave up.
const statusCancelled = 499

// insertResumable begins a resumable upload through the JSON API.
func (s *Service) insertResumable(c *call) error {
	body, err := c.readBody()
	if err != nil {
		return err
	}
	in, err := s.insert(c, body, cmp.Or(c.r.Header.Get("X-Upload-Content-Type"), defaultType))
	if err != nil {
		return err
	}
	if v := c.r.Header.Get("X-Upload-Content-Length"); v != "" {
		length, err := parseCount(v)
		if err != nil {
			return invalid("Header X-Upload-Content-Length is not a number.")
		}
		if err := checkLength(length, in.expect); err != nil {
			return err
		}
	}
	ses, err := s.begin(c, in)
	if err != nil {
		return err
	}
	h := c.w.Header()
	location := s.base(c) + c.path + "?uploadType=resumable&upload_id=" + ses.ID
	if c.has("fields") {
		location += "&fields=" + url.QueryEscape(c.param("fields")) // they shape the answer to the last part
	}
	h.Set("Location", location)
	h.Set("X-GUploader-UploadID", ses.ID)
	h.Set("Content-Length", "0")
	return nil
}

// begin opens a session that belongs to the caller.
func (s *Service) begin(c *call, in insertion) (store.Session, error) {
	terms, err := json.Marshal(in.cond)
	if err != nil {
		return store.Session{}, err
	}
	return s.store.Begin(store.Session{Owner: c.caller.Email, Object: in.object, Expect: in.expect, Terms: terms})
}

// session finds the call's session and locks it. Its id is all that a request needs; one that comes
// with a credential as well must come from the account that began the session.
func (s *Service) session(c *call) (ses store.Session, unlock func(), err error) {
	id := c.param("upload_id")
	unlock = s.sessions.lock(id)
	defer func() {
		if err != nil {
			unlock()
		}
	}()
	if ses, err = s.store.Session(id); err != nil {
		return ses, unlock, err
	}
	if ses.Object.Bucket != c.bucket() || c.xml() && ses.Object.Name != c.object() {
		return ses, unlock, errNoUpload
	}
	if c.r.Header.Get("Authorization") != "" {
		if err := s.authenticate(c); err != nil {
			return ses, unlock, err
		}
		if c.caller.Email != ses.Owner {
			return ses, unlock, denied(c.caller.Email, "storage.objects.create", "The upload was begun by another account.")
		}
	}
	c.caller = iam.Caller{Email: ses.Owner}
	return ses, unlock, s.authorize(c, c.caller, "storage.objects.create", s.objectResource(ses.Object.Bucket, ses.Object.Name))
}

// continueUpload takes the next part of a content, or says how much it has.
func (s *Service) continueUpload(c *call) error {
	ses, unlock, err := s.session(c)
	if err != nil {
		return err
	}
	defer unlock()
	if ses.Finished != 0 {
		o, err := s.store.Object(ses.Object.Bucket, ses.Object.Name, ses.Finished)
		if err != nil {
			return err
		}
		return s.answerUploaded(c, o)
	}
	part, err := parseContentRange(c.r.Header.Get("Content-Range"))
	if err != nil {
		return err
	}
	if err := part.fits(ses, c.r.ContentLength); err != nil {
		return err
	}
	if err := s.promised(c, &ses); err != nil {
		return err
	}
	b, err := s.store.Resume(ses)
	if err != nil {
		return err
	}
	o, done, err := s.take(c, &ses, b, part)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return errors.Join(refused, s.store.Abandon(ses.ID))
	case err != nil:
		return err
	case done:
		return s.answerUploaded(c, o)
	}
	answerIncomplete(c, ses.Offset)
	return nil
}

// promised adds the checksums that the last request of an upload may carry.
func (s *Service) promised(c *call, ses *store.Session) error {
	e, err := expectHeaders(c.r.Header)
	if err != nil {
		return err
	}
	if e.CRC32C != nil {
		ses.Expect.CRC32C = e.CRC32C
	}
	if e.MD5 != nil {
		ses.Expect.MD5 = e.MD5
	}
	return nil
}

// take appends a part, and makes the content an object when that was the last. What arrived of a
// part that broke off is kept: the client asks how far it came and goes on from there.
func (s *Service) take(c *call, ses *store.Session, b *store.Blob, part contentRange) (o store.Object, done bool, err error) {
	defer b.Release()
	if part.hasBytes {
		body := bodyReader{c.r.Body}
		// A part sent again begins with bytes that are here already.
		_, err := io.CopyN(io.Discard, body, ses.Offset-part.first)
		if errors.Is(err, io.EOF) && part.toEnd {
			return o, false, invalid("The upload has %d bytes already; the content ends before.", ses.Offset)
		}
		if err == nil {
			err = receive(b, body, ses.Expect)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			_, keepErr := s.store.Advance(*ses, b)
			return o, false, errors.Join(err, keepErr)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return o, false, err
		}
		if part.last >= 0 && b.Size() > max(ses.Offset, part.last+1) {
			return o, false, invalid("The body is longer than its Content-Range.")
		}
	}
	if part.total < 0 && !part.toEnd || part.total >= 0 && b.Size() < part.total {
		*ses, err = s.store.Advance(*ses, b)
		return o, false, err
	}
	if part.total >= 0 && b.Size() > part.total {
		return o, false, invalid("More bytes were sent than the total announced.")
	}
	if err := verify(b, ses.Expect); err != nil {
		return o, false, err
	}
	var cond conditions
	if err := json.Unmarshal(ses.Terms, &cond); err != nil {
		return o, false, err
	}
	o, err = s.store.Finish(*ses, b, s.admitPut(c, c.caller, ses.Object, cond))
	return o, true, err
}

// answerIncomplete says how much of the content is kept.
func answerIncomplete(c *call, offset int64) {
	h := c.w.Header()
	if offset > 0 {
		h.Set("Range", "bytes=0-"+strconv.FormatInt(offset-1, 10))
	}
	h.Set("Content-Length", "0")
	// Google's own clients ask for the status in a header, for 308 came to mean a redirection.
	if c.r.Header.Get("X-GUploader-No-308") == "yes" {
		h.Set("X-Http-Status-Code-Override", "308")
		c.w.WriteHeader(http.StatusOK)
		return
	}
	c.w.WriteHeader(http.StatusPermanentRedirect)
}

func (s *Service) answerUploaded(c *call, o store.Object) error {
	if c.xml() {
		answerWritten(c, o)
		return nil
	}
	return c.answer(s.objectResourceOf(c, o))
}

// cancelUpload ends an upload; what it had received is forgotten.
func (s *Service) cancelUpload(c *call) error {
	ses, unlock, err := s.session(c)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.store.Abandon(ses.ID); err != nil {
		return err
	}
	c.w.Header().Set("Content-Length", "0")
	c.w.WriteHeader(statusCancelled)
	return nil
}
