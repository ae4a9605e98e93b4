package issuer

import (
	"errors"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// text, number and flag take their own kind of JSON value alone. Package json takes null for the
// zero value of any type, and null is one more way of saying a thing twice.
type (
	text   string
	number int64
	flag   bool
)

// optional is a text that may be absent, which is not the same as empty.
type optional struct {
	value   string
	present bool
}

// audience is one text, or a list of at most maxAudience.
type audience []string

const maxAudience = 20

var errKind = errors.New("value of another kind")

func (t *text) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	tok, err := d.ReadToken()
	if err == nil && tok.Kind() != '"' {
		err = errKind
	}
	if err == nil {
		*t = text(tok.String())
	}
	return err
}

func (o *optional) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var t text
	err := t.UnmarshalJSONFrom(d)
	*o = optional{string(t), err == nil}
	return err
}

func (n *number) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	v, err := d.ReadValue()
	if err != nil {
		return err
	}
	i, err := strconv.ParseInt(string(v), 10, 64) // refuses fractions, exponents, every other kind
	*n = number(i)
	return err
}

func (f *flag) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	tok, err := d.ReadToken()
	if err == nil && tok.Kind() != 't' && tok.Kind() != 'f' {
		err = errKind
	}
	if err == nil {
		*f = flag(tok.Bool())
	}
	return err
}

func (a *audience) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() == '"' {
		var one text
		err := one.UnmarshalJSONFrom(d)
		*a = audience{string(one)}
		return err
	}
	if tok, err := d.ReadToken(); err != nil || tok.Kind() != '[' {
		return errors.Join(err, errKind)
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
