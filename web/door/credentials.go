package door

import (
	"errors"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/people"
)

// Credentials is what a person types into a form to sign in.
type Credentials struct {
	Email, Password string
	Next            string // where to go afterwards, as the client says: only ReturnPath may use it
}

// ReadCredentials reads the form on a page where people sign in.
func ReadCredentials(c echo.Context) (Credentials, error) {
	f, err := ReadForm(c.Request())
	if err != nil {
		return Credentials{}, err
	}
	return Credentials{f.Value("email"), f.Value("password"), f.Value("next")}, nil
}

// Check returns an error for the form if a field was left empty.
func (c Credentials) Check() error {
	if c.Email == "" || c.Password == "" {
		return errIncomplete
	}
	return nil
}

// ForTheForm reports whether err is for the person at the form, who keeps what they typed.
func ForTheForm(err error) bool {
	for _, target := range []error{
		errIncomplete, errTooMany, errTooManyHere, identityplatform.ErrBadCredentials, identityplatform.ErrDisabled,
		people.ErrNoAccess, authpolicy.ErrWay, identityplatform.ErrTooManyAttempts, identityplatform.ErrUnavailable,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
