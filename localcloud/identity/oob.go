package identity

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"go.etcd.io/bbolt"
)

const (
	passwordReset = "PASSWORD_RESET"
	oobLife       = time.Hour
	mailboxSize   = 1000
)

// oobCode is the record behind an out-of-band code for a new password. A code works once, for an hour.
type oobCode struct {
	Tenant  string
	LocalID string
	Email   string
	Expires time.Time
}

// Message is an e-mail that Identity Platform would have sent.
type Message struct {
	Time   time.Time
	To     string
	Tenant string
	Type   string // PASSWORD_RESET
	Link   string
	Code   string
}

// Mailbox returns the latest messages, newest first: at most limit.
func (s *Service) Mailbox(limit int) ([]Message, error) {
	var box []Message
	err := s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketMail).Cursor()
		for k, v := c.Last(); k != nil && len(box) < limit; k, v = c.Prev() {
			var m Message
			if err := json.Unmarshal(v, &m); err != nil {
				return err
			}
			box = append(box, m)
		}
		return nil
	})
	return box, err
}

type oobRequest struct {
	RequestType   string `json:"requestType"`
	Email         string `json:"email"`
	TenantID      string `json:"tenantId"`
	ContinueURL   string `json:"continueUrl"`
	ReturnOobLink bool   `json:"returnOobLink"`
	ClientType    string `json:"clientType"`
	HandleInApp   bool   `json:"canHandleCodeInApp"`
}

type oobAnswer struct {
	Kind    string `json:"kind"`
	Email   string `json:"email"`
	OobCode string `json:"oobCode,omitempty"`
	OobLink string `json:"oobLink,omitempty"`
}

// adminSendOobCode makes a code for a known address: EMAIL_NOT_FOUND. The administrator may take it instead of having
// it mailed.
func (s *Service) adminSendOobCode(r *http.Request) (any, error) {
	req, err := decode[oobRequest](r)
	if err != nil {
		return nil, err
	}
	if err := s.sameScope(r, req.TenantID, ""); err != nil {
		return nil, err
	}
	req.TenantID = r.PathValue("tenant")
	return s.sendOobCode(req, bad("EMAIL_NOT_FOUND"))
}

// publicSendOobCode mails a code. It answers alike whether the address is known or not.
func (s *Service) publicSendOobCode(r *http.Request) (any, error) {
	req, err := decode[oobRequest](r)
	if err != nil {
		return nil, err
	}
	if req.ReturnOobLink {
		return nil, bad("INSUFFICIENT_PERMISSION")
	}
	return s.sendOobCode(req, nil)
}

// sendOobCode answers an unknown address with the given error; when that is nil, with silence.
func (s *Service) sendOobCode(req oobRequest, unknown error) (any, error) {
	switch {
	case req.RequestType == "":
		return nil, bad("MISSING_REQ_TYPE")
	case req.RequestType != passwordReset:
		return nil, unimplemented("requestType %q", req.RequestType)
	case req.Email == "":
		return nil, bad("MISSING_EMAIL")
	}
	if u, err := url.Parse(req.ContinueURL); req.ContinueURL != "" && (err != nil || !u.IsAbs() || u.Host == "") {
		return nil, bad("INVALID_CONTINUE_URI")
	}
	answer := oobAnswer{Kind: "identitytoolkit#GetOobConfirmationCodeResponse", Email: canonical(req.Email)}
	code := newSecret()
	link := s.actionLink(req, code)
	err := s.db.Update(func(tx *bbolt.Tx) error {
		if _, err := getTenant(tx, req.TenantID); err != nil {
			return err
		}
		a, err := getByEmail(tx, req.TenantID, req.Email)
		if err == errNoUser {
			return unknown
		}
		if err != nil {
			return err
		}
		now := s.now()
		record := oobCode{a.Tenant, a.LocalID, a.Email, now.Add(oobLife)}
		if err := put(tx, bucketOob, digest(code), record); err != nil {
			return err
		}
		if req.ReturnOobLink {
			answer.OobCode, answer.OobLink = code, link
			return nil
		}
		return deliver(tx, Message{now, a.Email, a.Tenant, passwordReset, link, code})
	})
	return answer, err
}

// actionLink is the address of the page, at Google's, that takes the new password.
func (s *Service) actionLink(req oobRequest, code string) string {
	query := url.Values{"mode": {"resetPassword"}, "oobCode": {code}, "apiKey": {s.apiKey}, "lang": {"en"}}
	if req.TenantID != "" {
		query.Set("tenantId", req.TenantID)
	}
	if req.ContinueURL != "" {
		query.Set("continueUrl", req.ContinueURL)
	}
	return "https://" + s.project + ".firebaseapp.com/__/auth/action?" + query.Encode()
}

// deliver puts m into the mailbox and drops the oldest message of a full one.
func deliver(tx *bbolt.Tx, m Message) error {
	box := tx.Bucket(bucketMail)
	n, err := box.NextSequence()
	if err != nil {
		return err
	}
	if n > mailboxSize {
		if err := box.Delete(binary.BigEndian.AppendUint64(nil, n-mailboxSize)); err != nil {
			return err
		}
	}
	return put(tx, bucketMail, binary.BigEndian.AppendUint64(nil, n), m)
}

// resetPassword tells whom a code is for, and with newPassword uses it up. It also lifts the lock of too
// many attempts.
func (s *Service) resetPassword(r *http.Request) (any, error) {
	req, err := decode[struct {
		OobCode     string `json:"oobCode"`
		NewPassword string `json:"newPassword"`
		TenantID    string `json:"tenantId"`
	}](r)
	switch {
	case err != nil:
		return nil, err
	case req.OobCode == "":
		return nil, bad("MISSING_OOB_CODE")
	}
	var password account
	if req.NewPassword != "" {
		if err := s.setPassword(r.Context(), &password, req.NewPassword); err != nil {
			return nil, err
		}
	}
	var record oobCode
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		var ok bool
		record, ok, err = get[oobCode](tx, bucketOob, digest(req.OobCode))
		switch {
		case err != nil:
			return err
		case !ok || record.Tenant != req.TenantID:
			return bad("INVALID_OOB_CODE")
		case !s.now().Before(record.Expires):
			return bad("EXPIRED_OOB_CODE")
		case req.NewPassword == "":
			return nil
		}
		a, err := getAccount(tx, record.Tenant, record.LocalID)
		if err != nil || a.Email != record.Email {
			return either(err, bad("INVALID_OOB_CODE"))
		}
		a.Password, a.PasswordUpdated, a.EmailVerified = password.Password, password.PasswordUpdated, true
		a.revoke(s.now())
		if err := tx.Bucket(bucketOob).Delete(digest(req.OobCode)); err != nil {
			return err
		}
		if err := succeeded(tx, digest(string(scoped(a.Tenant, a.Email)))); err != nil {
			return err
		}
		return putAccount(tx, a)
	})
	return struct {
		Kind        string `json:"kind"`
		Email       string `json:"email"`
		RequestType string `json:"requestType"`
	}{"identitytoolkit#ResetPasswordResponse", record.Email, passwordReset}, err
}
