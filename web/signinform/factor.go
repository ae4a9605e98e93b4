package signinform

import (
	"errors"
	"net/url"

	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// FactorForms returns the forms of a question about a second factor. action is where the answer
// goes, next where to go afterwards, and sentence why the last answer was refused.
func FactorForms(q mfa.FactorQuestion, action, next, sentence string) view.FactorForms {
	return view.FactorForms{
		Action: action, Next: next, Error: sentence, Code: q.Code, Recovery: q.IsSet,
		App: AppForm(q.App), Passkey: PasskeyForm(q.Passkey, !q.IsSet),
	}
}

// AppForm returns the form that sets an app up; nil if there is none.
func AppForm(a *mfa.AppSetUp) *view.AppForm {
	if a == nil {
		return nil
	}
	return &view.AppForm{Secret: a.Secret, Size: a.QR.Size, Path: a.QR.Path, State: a.State}
}

// PasskeyForm returns the form that answers a challenge, or with isNew sets a passkey up; nil if
// there is none.
func PasskeyForm(c *mfa.Challenge, isNew bool) *view.PasskeyForm {
	if c == nil {
		return nil
	}
	return &view.PasskeyForm{Options: string(c.Options), State: c.State, New: isNew}
}

// FactorAnswer reads the answer to a question about a second factor.
func FactorAnswer(f Form) mfa.FactorAnswer {
	return mfa.FactorAnswer{
		Code: f.Value("code"), Recovery: f.Value("recovery"), Passkey: []byte(f.Value("passkey")),
		State: f.Value("state"), Name: f.Value("name"),
	}
}

// NextQuery is the query that says where to go afterwards: "" for nowhere in particular.
func NextQuery(next string) string {
	if next == "" {
		return ""
	}
	return "?" + url.Values{"next": {next}}.Encode()
}

// IsFactor reports whether err is about a second factor that did not count: the form says so, and
// takes another.
func IsFactor(err error) bool {
	for _, target := range []error{
		secondfactor.ErrCode, secondfactor.ErrCodeUsed, secondfactor.ErrClock, secondfactor.ErrLocked,
		secondfactor.ErrRecovery, secondfactor.ErrPasskey, secondfactor.ErrName, secondfactor.ErrNotSetUp,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
