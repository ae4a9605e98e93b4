package issuer

import (
	"errors"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bulkhead-saas/bulkhead/internal/strictjson"
)

// These take their own kind of JSON value alone.
type (
	text   = strictjson.Text
	number = strictjson.Number
	flag   = strictjson.Flag

	optional = strictjson.Optional
)

// audience is one text, or a list of at most maxAudience.
type audience []string

const maxAudience = 20

func (a *audience) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() == '"' {
		var one text
		err := one.UnmarshalJSONFrom(d)
		*a = audience{string(one)}
		return err
	}
	if tok, err := d.ReadToken(); err != nil || tok.Kind() != '[' {
		return errors.Join(err, strictjson.ErrKind)
	}
	for d.PeekKind() != ']' {
		var one text
		if err := one.UnmarshalJSONFrom(d); err != nil {
			return err
		}
		if *a = append(*a, string(one)); len(*a) > maxAudience {
			return errors.New("too many audiences")
		}
	}
	_, err := d.ReadToken()
	return err
}

func (a audience) has(s string) bool { return slices.Contains(a, s) }

// is reports whether the audience is s and nobody else.
func (a audience) is(s string) bool { return len(a) == 1 && a[0] == s }
