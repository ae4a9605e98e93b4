package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// keysRoute is where the list of keys stands, and where its form is sent.
const keysRoute = "/t/:tenant/keys"

// createKey makes a key. errKeyForm if a value of n cannot be accepted.
func (s *site) createKey(ctx context.Context, g vending.Grant, n tenancy.NewAPIKey) (tenancy.APIKey, tenancy.SecretKey, error) {
	key, secret, err := s.Identity.CreateAPIKey(ctx, g, n)
	if errors.Is(err, tenancy.ErrInvalid) {
		err = fmt.Errorf("%w: %w", errKeyForm, err)
	}
	return key, secret, err
}

// keys is the page on which a tenant's admins see its API keys, and make them.
func (s *site) keys(c echo.Context, g vending.Grant) error {
	return s.showKeys(c, g, http.StatusOK, view.Keys{})
}

// showKeys shows the list, below what v says of a key just made or refused.
func (s *site) showKeys(c echo.Context, g vending.Grant, status int, v view.Keys) error {
	keys, err := s.Identity.APIKeys(c.Request().Context(), g)
	if err != nil {
		return err
	}
	now := time.Now()
	for _, k := range keys {
		v.Keys = append(v.Keys, keyView(k, now))
	}
	return s.show(c, status, view.KeysPage(s.shell(c, g, view.SectionKeys), v))
}

func keyView(k tenancy.APIKey, now time.Time) view.Key {
	return view.Key{
		ID: k.ID.String(), Name: k.Name, Role: k.Role.String(), By: k.CreatorEmail,
		At: k.Created, Expires: k.Expires, Revoked: k.Revoked, State: keyState(k, now),
	}
}

// makeKey answers with the key itself, this once: it cannot be kept for a page that would follow.
func (s *site) makeKey(c echo.Context, g vending.Grant) error {
	f, err := readForm(c.Request())
	if err != nil {
		return err
	}
	asked := view.NewKey{Name: f.value("name"), Role: f.value("role"), Days: f.value("days")}
	n, err := newKeyOf(asked)
	var secret tenancy.SecretKey
	if err == nil {
		_, secret, err = s.createKey(c.Request().Context(), g, n)
	}
	if errors.Is(err, errKeyForm) || errors.Is(err, tenancy.ErrTooManyAPIKeys) {
		r, _ := report(c.Request().Context(), err)
		asked.Error = r.sentence
		return s.showKeys(c, g, r.status, view.Keys{New: asked})
	}
	if err != nil {
		return err
	}
	return s.showKeys(c, g, http.StatusCreated, view.Keys{Made: view.MadeKey{Name: n.Name, Secret: secret.Reveal()}})
}

// newKeyOf reads the form. errKeyForm.
func newKeyOf(f view.NewKey) (n tenancy.NewAPIKey, err error) {
	n.Name = f.Name
	if n.Role, err = tenancy.ParseRole(f.Role); err != nil {
		return n, fmt.Errorf("%w: %w", errKeyForm, err)
	}
	if n.Days, err = strconv.Atoi(f.Days); err != nil {
		return n, fmt.Errorf("%w: days", errKeyForm)
	}
	return n, nil
}

// confirmRevoke asks, on a page of its own, whether to revoke a key.
func (s *site) confirmRevoke(c echo.Context, g vending.Grant) error {
	id, err := parseKey(c.Param("id"))
	if err != nil {
		return err
	}
	keys, err := s.Identity.APIKeys(c.Request().Context(), g)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.ID == id {
			return s.show(c, http.StatusOK, view.RevokeKeyPage(s.shell(c, g, view.SectionKeys), keyView(k, time.Now())))
		}
	}
	return tenancy.ErrNoAPIKey
}

func (s *site) revokeKey(c echo.Context, g vending.Grant) error {
	slug, err := pathSlug(c)
	if err != nil {
		return err
	}
	id, err := parseKey(c.Param("id"))
	if err != nil {
		return err
	}
	if err := s.Identity.RevokeAPIKey(c.Request().Context(), g, id); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, keysPath(slug)+"?notice="+keyRevoked)
}
