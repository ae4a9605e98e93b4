package keys

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// overlap is how long a key goes on after it was rolled.
type overlap struct {
	value, label string
	ends         string // of the old key, in a sentence
	time         time.Duration
}

// overlaps are all that can be chosen. None is chosen beforehand.
func overlaps() []overlap {
	return []overlap{
		{"now", "Now", "The old key has ended.", 0},
		{"1h", "After an hour", "The old key ends in an hour.", time.Hour},
		{"24h", "After a day", "The old key ends in a day.", 24 * time.Hour},
		{"7d", "After seven days", "The old key ends in seven days.", 7 * 24 * time.Hour},
	}
}

// overlapOf is the overlap of that name. errOverlap.
func overlapOf(name string) (overlap, error) {
	for _, o := range overlaps() {
		if o.value == name {
			return o, nil
		}
	}
	return overlap{}, errOverlap
}

// roll makes a key in another's place. errOverlap.
func (f Feature) roll(ctx context.Context, g vending.Grant, id, after string) (apikeys.Key, tenancy.SecretKey, overlap, error) {
	var none tenancy.SecretKey
	old, err := parse(id)
	if err != nil {
		return apikeys.Key{}, none, overlap{}, err
	}
	o, err := overlapOf(after)
	if err != nil {
		return apikeys.Key{}, none, overlap{}, err
	}
	key, secret, err := f.keys.Roll(ctx, g, old, o.time)
	return key, secret, o, err
}

// ConfirmRoll asks, on a page of its own, when a key is to end whose place another takes.
func (f Feature) ConfirmRoll(c echo.Context, g vending.Grant) error {
	found, err := f.find(c.Request().Context(), g, c.Param("id"))
	if err != nil {
		return err
	}
	switch k := keyOf(found, g.Now()); {
	case !k.live():
		return tenant.ErrAPIKeyEnded
	case k.Replaced:
		return tenant.ErrAPIKeyRolled
	default:
		return door.Show(c, http.StatusOK, RollPage(door.Shell(c, g, Section()), k))
	}
}

// Roll makes a key in another's place. It answers with the key itself, this once, as Make does.
func (f Feature) Roll(c echo.Context, g vending.Grant) error {
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	key, secret, o, err := f.roll(c.Request().Context(), g, c.Param("id"), form.Value("overlap"))
	if err != nil {
		return err
	}
	return f.show(c, g, http.StatusCreated, List{Made: MadeKey{Name: key.Name, Secret: secret.Reveal(), Old: o.ends}})
}

type rollKeyInput struct {
	api.Creating
	ID   string `path:"id"`
	Body struct {
		Overlap string `json:"overlap" enum:"now,1h,24h,7d" doc:"How long the old key goes on. No key ends later than it would have."`
	}
}

// RollAPI makes a key in another's place.
func (f Feature) RollAPI() api.Operation {
	return api.NewCreation("Make an API key with the settings of another, which ends after the overlap", f.rollAPI, (*createdKey).public).Described(api.Doc{
		Says: "The answer holds the new key itself, this once. The old key goes on for the overlap, and then ends by itself.",
		ID:   exampleID, Asks: `{"overlap":"24h"}`, Problems: []string{"already_rolled", "key_ended", "too_many_api_keys", "already_made"},
		Answers: `{` + strings.Replace(exampleKey, exampleID, "r5x4wq2mzpd7n3ka", 1) + exampleSecret,
	})
}

func (f Feature) rollAPI(ctx context.Context, g vending.Grant, in *rollKeyInput) (*api.Creation[createdKey], error) {
	key, secret, _, err := f.roll(ctx, g, in.ID, in.Body.Overlap)
	if err != nil {
		return nil, err
	}
	return newCreation(key, secret, g.Now()), nil
}
