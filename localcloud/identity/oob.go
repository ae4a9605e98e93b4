package identity

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"time"

	"go.etcd.io/bbolt"
)

// The types of out-of-band codes.
const (
	passwordReset = "PASSWORD_RESET"
	verifyEmail   = "VERIFY_EMAIL"
	emailSignIn   = "EMAIL_SIGNIN"
	changeEmail   = "VERIFY_AND_CHANGE_EMAIL"

	oobLife = time.Hour
)

// oobModes is what a type is called in the link.
var oobModes = map[string]string{
	passwordReset: "resetPassword", verifyEmail: "verifyEmail", emailSignIn: "signIn", changeEmail: "verifyAndChangeEmail",
}

// oobCode is the record behind an out-of-band code. A code works once, for an hour, for its type
// and in its tenant.
type oobCode struct {
	Type     string
	Tenant   string
	LocalID  string // empty: a sign-in that makes the account
	Email    string
	NewEmail string // of VERIFY_AND_CHANGE_EMAIL
	Expires  time.Time
}

type oobRequest struct {
	RequestType   string `json:"requestType"`
	Email         string `json:"email"`
	NewEmail      string `json:"newEmail"`
	IDToken       string `json:"idToken"`
	TenantID      string `json:"tenantId"`
	ContinueURL   string `json:"continueUrl"`
	ReturnOobLink bool   `json:"returnOobLink"`
	ClientType    string `json:"clientType"`
	HandleInApp   bool   `json:"canHandleCodeInApp"`

	LinkDomain        string `json:"linkDomain"`        // of Firebase Hosting, which the local cloud has not
	DynamicLinkDomain string `json:"dynamicLinkDomain"` // of Firebase Dynamic Links, which is no more
}

type oobAnswer struct {
	Kind    string `json:"kind"`
	Email   string `json:"email"`
	OobCode string `json:"oobCode,omitempty"`
	OobLink string `json:"oobLink,omitempty"`
}

// adminSendOobCode makes a code for a known address: EMAIL_NOT_FOUND. The administrator may take it
// instead of having it mailed.
func (s *Service) adminSendOobCode(r *http.Request) (any, error) {
	req, err := decode[oobRequest](r)
	if err != nil {
		return nil, err
	}
	if err := s.sameScope(r, req.TenantID, ""); err != nil {
		return nil, err
	}
	if req.IDToken != "" {
		return nil, unimplemented("a user's token in an administrator's call")
	}
	req.TenantID = r.PathValue("tenant")
	return s.sendOobCode(req, bad("EMAIL_NOT_FOUND"))
}

// publicSendOobCode mails a code: to one's own address, for an ID token, or to any. In the latter
// case it answers alike whether the address is known or not.
func (s *Service) publicSendOobCode(r *http.Request) (any, error) {
	req, err := decode[oobRequest](r)
	if err != nil {
		return nil, err
	}
	if req.ReturnOobLink {
		return nil, bad("INSUFFICIENT_PERMISSION")
	}
	if req.RequestType != verifyEmail && req.RequestType != changeEmail {
		return s.sendOobCode(req, nil)
	}
	c, err := s.verifyOwn(ownRequest{req.IDToken, req.TenantID})
	if err != nil {
		return nil, err
	}
	if req.RequestType == changeEmail && s.now().Sub(time.Unix(c.AuthTime, 0)) > recentSignIn {
		return nil, bad("CREDENTIAL_TOO_OLD_LOGIN_AGAIN")
	}
	req.TenantID = c.Firebase.Tenant
	err = s.db.View(func(tx *bbolt.Tx) error {
		a, err := s.owner(tx, c)
		req.Email = a.Email
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.sendOobCode(req, errNoUser)
}

// sendOobCode answers an unknown address with the given error; when that is nil, with silence.
func (s *Service) sendOobCode(req oobRequest, unknown error) (any, error) {
	switch {
	case req.RequestType == "":
		return nil, bad("MISSING_REQ_TYPE")
	case oobModes[req.RequestType] == "":
		return nil, unimplemented("requestType %q", req.RequestType)
	case req.Email == "":
		return nil, bad("MISSING_EMAIL")
	case req.RequestType == changeEmail && req.NewEmail == "":
		return nil, bad("MISSING_NEW_EMAIL")
	case req.RequestType == emailSignIn && req.ContinueURL == "":
		return nil, bad("MISSING_CONTINUE_URI")
	case req.LinkDomain != "":
		return nil, bad("INVALID_HOSTING_LINK_DOMAIN : The provided hosting link domain is not configured in Firebase Hosting or is not owned by the current project.")
	case req.DynamicLinkDomain != "":
		return nil, bad("INVALID_DYNAMIC_LINK_DOMAIN : The provided dynamic link domain is not configured or authorized for the current project.")
	}
	email, err := checkEmail(req.Email)
	if err != nil {
		return nil, err
	}
	record := oobCode{Type: req.RequestType, Tenant: req.TenantID, Email: email, Expires: s.now().Add(oobLife)}
	if req.RequestType == changeEmail {
		if record.NewEmail, err = checkEmail(req.NewEmail); err != nil {
			return nil, err
		}
	}
	answer := oobAnswer{Kind: "identitytoolkit#GetOobConfirmationCodeResponse", Email: email}
	code := newSecret()
	link := s.actionLink(req, code)
	err = s.db.Update(func(tx *bbolt.Tx) error {
		if req.ContinueURL != "" {
			if err := s.checkContinueURL(tx, req.ContinueURL); err != nil {
				return err
			}
		}
		if err := addressee(tx, &record); errors.Is(err, errNoUser) {
			return unknown
		} else if err != nil {
			return err
		}
		if err := keep(tx, bucketOob, digest(code), record, s.now()); err != nil {
			return err
		}
		if req.ReturnOobLink {
			answer.OobCode, answer.OobLink = code, link
			return nil
		}
		return deliver(tx, Message{s.now(), cmp.Or(record.NewEmail, email), record.Tenant, record.Type, link, code})
	})
	return answer, err
}

// addressee finds the account that record is for. For a sign-in there may be none yet, where people
// may register themselves. USER_NOT_FOUND, OPERATION_NOT_ALLOWED where the tenant has no sign-in by
// mail.
func addressee(tx *bbolt.Tx, record *oobCode) error {
	t, err := getTenant(tx, record.Tenant)
	if err != nil {
		return err
	}
	if record.Type == emailSignIn && !t.EnableEmailLinkSignin {
		return bad("OPERATION_NOT_ALLOWED")
	}
	a, err := getByEmail(tx, record.Tenant, record.Email)
	if err == errNoUser && record.Type == emailSignIn && !t.DisabledUserSignup {
		return nil
	}
	record.LocalID = a.LocalID
	return err
}

// actionLink is the address of the page, at Google's, that takes the code.
func (s *Service) actionLink(req oobRequest, code string) string {
	query := url.Values{"mode": {oobModes[req.RequestType]}, "oobCode": {code}, "apiKey": {s.apiKey}, "lang": {"en"}}
	if req.TenantID != "" {
		query.Set("tenantId", req.TenantID)
	}
	if req.ContinueURL != "" {
		query.Set("continueUrl", req.ContinueURL)
	}
	return "https://" + s.project + ".firebaseapp.com/__/auth/action?" + query.Encode()
}
