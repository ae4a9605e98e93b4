package home

import (
	"net/http"
	"net/mail"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/idna"

	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Find answers which workspaces an e-mail address belongs to, by its domain alone: who has proven
// it. The answer holds nothing of the address but its domain, so it is the same, byte for byte,
// for every address there, whether or not anybody has it. It chooses nothing: a person follows a
// link.
func (f Feature) Find(c echo.Context) error {
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	answer := Form{Live: f.sessions.Live(c), Asked: true}
	domain, ok := domainIn(form.Value("email"))
	if !ok {
		answer.Email = form.Value("email")
		answer.FindError = "Enter your whole e-mail address, such as ada@acme.example."
		return door.Show(c, http.StatusUnprocessableEntity, Page(answer))
	}
	if err := f.sessions.Guess(c.Request().Context()); err != nil {
		return err
	}
	answer.Domain = domain
	if answer.Found, err = f.workspaces.OfDomain(c.Request().Context(), domain); err != nil {
		return err
	}
	return door.Show(c, http.StatusOK, Page(answer))
}

// domainIn returns the domain of an e-mail address as DNS has it: in lower-case A-labels.
func domainIn(email string) (domain string, ok bool) {
	email = strings.TrimSpace(email)
	if parsed, err := mail.ParseAddress(email); err != nil || parsed.Address != email || len(email) > 254 {
		return "", false
	}
	domain, err := idna.Lookup.ToASCII(strings.ToLower(email[strings.LastIndexByte(email, '@')+1:]))
	return domain, err == nil && strings.Contains(domain, ".")
}
