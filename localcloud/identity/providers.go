package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"go.etcd.io/bbolt"
)

var errNoConfig = &apiError{http.StatusNotFound, "NOT_FOUND", "CONFIGURATION_NOT_FOUND"}

// providers is what administrators do with the identity providers of one kind.
type providers interface {
	collection() string // as it stands in a path
	create(*http.Request) (any, error)
	get(*http.Request) (any, error)
	list(*http.Request) (any, error)
	update(*http.Request) (any, error)
	delete(*http.Request) (any, error)
}

// providerConfig is the settings of one provider.
type providerConfig[T any] interface {
	*T
	check() error         // completes and validates
	named(name string)    // sets the output field "name"
	redact()              // removes what takes more than reading to see
	secret() (plain bool) // reports whether there is such a thing
}

// providerKind is a kind of provider, kept as the JSON that Google documents for it. Every one
// belongs to a tenant, or to the project itself, and no call leaves the tenant in its path.
type providerKind[T any, P providerConfig[T]] struct {
	s       *Service
	bucket  []byte
	plural  string         // "oauthIdpConfigs"
	idParam string         // "oauthIdpConfigId"
	id      *regexp.Regexp // what an id looks like
	masks   []string       // the fields that an update may name
}

func (k providerKind[T, P]) collection() string { return k.plural }

func (k providerKind[T, P]) create(r *http.Request) (any, error) {
	config, err := decode[T](r)
	if err != nil {
		return nil, err
	}
	id := r.URL.Query().Get(k.idParam)
	if !k.id.MatchString(id) {
		return nil, invalidArgument("INVALID_CONFIG_ID : " + k.idParam)
	}
	P(&config).named("")
	if err := P(&config).check(); err != nil {
		return nil, err
	}
	err = k.s.db.Update(func(tx *bbolt.Tx) error {
		if _, err := getTenant(tx, r.PathValue("tenant")); err != nil {
			return err
		}
		key := scoped(r.PathValue("tenant"), id)
		if tx.Bucket(k.bucket).Get(key) != nil {
			return &apiError{http.StatusConflict, "ALREADY_EXISTS", "CONFIGURATION_EXISTS : " + id}
		}
		return put(tx, k.bucket, key, config)
	})
	return k.shown(r, id, config), asNotFound(err)
}

func (k providerKind[T, P]) get(r *http.Request) (any, error) {
	var config T
	err := k.s.db.View(func(tx *bbolt.Tx) (err error) {
		config, err = k.find(tx, r.PathValue("tenant"), r.PathValue("id"))
		return err
	})
	return k.shown(r, r.PathValue("id"), config), asNotFound(err)
}

func (k providerKind[T, P]) find(tx *bbolt.Tx, tenant, id string) (T, error) {
	if _, err := getTenant(tx, tenant); err != nil {
		return *new(T), err
	}
	config, ok, err := get[T](tx, k.bucket, scoped(tenant, id))
	if err == nil && !ok {
		err = errNoConfig
	}
	return config, err
}

// list pages through the configurations in the order of their ids.
func (k providerKind[T, P]) list(r *http.Request) (any, error) {
	q := r.URL.Query()
	size, err := pageSize(q.Get("pageSize"), 20, 100)
	if err != nil {
		return nil, err
	}
	page, next := []T{}, ""
	err = k.s.db.View(func(tx *bbolt.Tx) error {
		if _, err := getTenant(tx, r.PathValue("tenant")); err != nil {
			return err
		}
		prefix, after, last := scoped(r.PathValue("tenant"), ""), scoped(r.PathValue("tenant"), q.Get("pageToken")), ""
		c := tx.Bucket(k.bucket).Cursor()
		for key, v := c.Seek(after); key != nil && bytes.HasPrefix(key, prefix); key, v = c.Next() {
			if bytes.Equal(key, after) {
				continue
			}
			if len(page) == size {
				next = last
				return nil
			}
			var config T
			if err := json.Unmarshal(v, &config); err != nil {
				return err
			}
			last = string(key[len(prefix):])
			page = append(page, k.shown(r, last, config))
		}
		return nil
	})
	answer := map[string]any{k.plural: page}
	if next != "" {
		answer["nextPageToken"] = next
	}
	return answer, asNotFound(err)
}

// update changes the fields that the mask names; without a mask, those that the body has.
func (k providerKind[T, P]) update(r *http.Request) (any, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, errTooLarge
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if _, err := decode[T](r); err != nil { // the names must be known, whether the mask has them or not
		return nil, err
	}
	masks := strings.FieldsFunc(r.URL.Query().Get("updateMask"), func(c rune) bool { return c == ',' })
	for _, mask := range masks {
		if !slices.Contains(k.masks, mask) {
			return nil, unimplemented("the update mask %q", mask)
		}
	}
	var config T
	err = k.s.db.Update(func(tx *bbolt.Tx) (err error) {
		if config, err = k.find(tx, r.PathValue("tenant"), r.PathValue("id")); err != nil {
			return err
		}
		if config, err = masked(config, body, masks); err != nil {
			return err
		}
		P(&config).named("")
		if err := P(&config).check(); err != nil {
			return err
		}
		return put(tx, k.bucket, scoped(r.PathValue("tenant"), r.PathValue("id")), config)
	})
	return k.shown(r, r.PathValue("id"), config), asNotFound(err)
}

func (k providerKind[T, P]) delete(r *http.Request) (any, error) {
	err := k.s.db.Update(func(tx *bbolt.Tx) error {
		if _, err := k.find(tx, r.PathValue("tenant"), r.PathValue("id")); err != nil {
			return err
		}
		return tx.Bucket(k.bucket).Delete(scoped(r.PathValue("tenant"), r.PathValue("id")))
	})
	return struct{}{}, asNotFound(err)
}

// shown is config with its name and without what the caller may not see.
func (k providerKind[T, P]) shown(r *http.Request, id string, config T) T {
	name := "projects/" + k.s.project
	if tenant := r.PathValue("tenant"); tenant != "" {
		name += "/tenants/" + tenant
	}
	P(&config).named(name + "/" + k.plural + "/" + id)
	if P(&config).secret() && !k.s.may(r, "firebaseauth.configs.getSecret") {
		P(&config).redact()
	}
	return config
}

// masked returns current with the fields that masks name taken from body, a JSON object. A named
// field that body lacks is cleared. No masks: every field of body is taken.
func masked[T any](current T, body []byte, masks []string) (T, error) {
	was, err := json.Marshal(current)
	if err != nil {
		return current, err
	}
	to, from := map[string]any{}, map[string]any{}
	if err := errors.Join(json.Unmarshal(was, &to), json.Unmarshal(body, &from)); err != nil {
		return current, invalidArgument("Invalid JSON payload received.")
	}
	if len(masks) == 0 {
		for field := range from {
			masks = append(masks, field)
		}
	}
	for _, mask := range masks {
		copyField(to, from, strings.Split(mask, "."))
	}
	merged, err := json.Marshal(to)
	if err != nil {
		return current, err
	}
	var v T
	err = json.Unmarshal(merged, &v)
	return v, err
}

// copyField makes the field of to at path what it is in from.
func copyField(to, from map[string]any, path []string) {
	if len(path) > 1 {
		inner, _ := to[path[0]].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
			to[path[0]] = inner
		}
		source, _ := from[path[0]].(map[string]any)
		copyField(inner, source, path[1:])
		return
	}
	if v, ok := from[path[0]]; ok {
		to[path[0]] = v
	} else {
		delete(to, path[0])
	}
}
