package signinform

import "errors"

// ErrIncomplete reports a form in which a field was left empty.
var ErrIncomplete = errors.New("web: sign-in form incomplete")

// Form is a form that was sent.
type Form interface {
	// Value returns the field, or "" if it was not sent.
	Value(name string) string
}

// Credentials is what a person types into a form to sign in.
type Credentials struct {
	Email, Password string
	Next            string // where to go afterwards, as the client says: only door.ReturnPath may use it
}

// Read reads what a person has typed into the form on a page where people sign in.
func Read(f Form) Credentials {
	return Credentials{f.Value("email"), f.Value("password"), f.Value("next")}
}

// Check returns ErrIncomplete if a field was left empty.
func (c Credentials) Check() error {
	if c.Email == "" || c.Password == "" {
		return ErrIncomplete
	}
	return nil
}
