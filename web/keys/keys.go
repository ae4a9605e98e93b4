package keys

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// create makes a key. errForm if a value of n cannot be accepted.
func (f Feature) create(ctx context.Context, g vending.Grant, n apikeys.NewKey) (apikeys.Key, tenancy.SecretKey, error) {
	key, secret, err := f.keys.Create(ctx, g, n)
	if errors.Is(err, tenant.ErrInvalid) {
		err = fmt.Errorf("%w: %w", errForm, err)
	}
	return key, secret, err
}

// List shows the workspace's keys, and the form to make one.
func (f Feature) List(c echo.Context, g vending.Grant) error {
	return f.show(c, g, http.StatusOK, List{})
}

// show shows the list, below what v says of a key just made or refused.
func (f Feature) show(c echo.Context, g vending.Grant, status int, v List) error {
	keys, err := f.keys.List(c.Request().Context(), g)
	if err != nil {
		return err
	}
	v.New.Once = rand.Text() // a form is good for one key, and each page has a new one
	now := g.Now()
	for _, k := range keys {
		v.Keys = append(v.Keys, keyOf(k, now))
	}
	return door.Show(c, status, Page(door.Shell(c, g, Section()), v))
}

func keyOf(k apikeys.Key, now time.Time) Key {
	return Key{
		ID: k.ID.String(), Name: k.Name, Access: linesOf(k.Scopes), By: k.CreatorEmail,
		At: k.Created, Expires: k.Expires, Left: k.Expires.Sub(now), Revoked: k.Revoked, Replaced: !k.Successor.IsZero(),
		State: keyState(k, now), LastUsed: k.LastUse.At, LastAddress: k.LastUse.Address,
	}
}

// Make makes a key. It answers with the key itself, this once: it cannot be kept for a page that
// would follow.
func (f Feature) Make(c echo.Context, g vending.Grant) error {
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	asked := NewKey{Name: form.Value("name"), Access: accessIn(form), Days: form.Value("days"), Once: form.Value("once")}
	n, err := newKeyOf(asked)
	var secret tenancy.SecretKey
	if err == nil {
		_, secret, err = f.create(c.Request().Context(), g, n)
	}
	if refusesForm(err) {
		r := door.Refuse(c, err)
		asked.Error = r.Sentence
		return f.show(c, g, r.Status, List{New: asked})
	}
	if err != nil {
		return err
	}
	return f.show(c, g, http.StatusCreated, List{Made: MadeKey{Name: n.Name, Secret: secret.Reveal()}})
}

// refusesForm reports whether err is about what stands in the form: then the form is shown again.
func refusesForm(err error) bool {
	for _, known := range []error{errForm, errNoName, errNoScope, errNoEnd, tenant.ErrTooManyAPIKeys, tenant.ErrAPIKeyExists} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// newKeyOf reads the form. errForm, errNoName, errNoScope, errNoEnd.
func newKeyOf(f NewKey) (n apikeys.NewKey, err error) {
	if n.Name = strings.TrimSpace(f.Name); n.Name == "" {
		return n, errNoName
	}
	if n.Scopes, err = scopesOf(f.Access); err != nil {
		return n, err
	}
	if f.Days == "" {
		return n, errNoEnd
	}
	if n.Days, err = strconv.Atoi(f.Days); err != nil {
		return n, fmt.Errorf("%w: days", errForm)
	}
	n.Once = f.Once
	return n, nil
}

// ConfirmRevoke asks, on a page of its own, whether to revoke a key.
func (f Feature) ConfirmRevoke(c echo.Context, g vending.Grant) error {
	k, err := f.find(c.Request().Context(), g, c.Param("id"))
	if err != nil {
		return err
	}
	return door.Show(c, http.StatusOK, RevokePage(door.Shell(c, g, Section()), keyOf(k, g.Now())))
}

// find returns the key that an address names. tenant.ErrNoAPIKey if there is none.
func (f Feature) find(ctx context.Context, g vending.Grant, address string) (apikeys.Key, error) {
	id, err := parse(address)
	if err != nil {
		return apikeys.Key{}, err
	}
	keys, err := f.keys.List(ctx, g)
	if err != nil {
		return apikeys.Key{}, err
	}
	for _, k := range keys {
		if k.ID == id {
			return k, nil
		}
	}
	return apikeys.Key{}, tenant.ErrNoAPIKey
}

// Revoke revokes a key.
func (f Feature) Revoke(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	if err := f.keys.Revoke(c.Request().Context(), g, id); err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(address(slug), revoked))
}
