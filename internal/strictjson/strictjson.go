// Package strictjson has values of JSON that are taken in one form and in no other. Package json
// takes null for the zero value of any type, and null is one more way of saying a thing twice. It
// also takes 1.0 and 1e3 for numbers of integer types, which two readers may round otherwise.
package strictjson

import (
	"errors"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrKind reports a value of another kind than the one that is wanted.
var ErrKind = errors.New("value of another kind")

type (
	// Text is a JSON string.
	Text string
	// Number is a JSON number that is written as an integer of 64 bits.
	Number int64
	// Flag is true or false.
	Flag bool
	// Optional is a JSON string that may be absent, which is not the same as empty, and is not said
	// by null.
	Optional struct {
		Value   string
		Present bool
	}
	// Object is a JSON object whose members nobody reads.
	Object struct{}
)

// UnmarshalJSONFrom takes a string.
func (t *Text) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	tok, err := d.ReadToken()
	if err == nil && tok.Kind() != '"' {
		err = ErrKind
	}
	if err == nil {
		*t = Text(tok.String())
	}
	return err
}

// UnmarshalJSONFrom takes a string.
func (o *Optional) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var t Text
	err := t.UnmarshalJSONFrom(d)
	*o = Optional{string(t), err == nil}
	return err
}

// UnmarshalJSONFrom takes an integer. It refuses fractions, exponents and every other kind.
func (n *Number) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	v, err := d.ReadValue()
	if err != nil {
		return err
	}
	i, err := strconv.ParseInt(string(v), 10, 64)
	*n = Number(i)
	return err
}

// UnmarshalJSONFrom takes true or false.
func (f *Flag) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	tok, err := d.ReadToken()
	if err == nil && tok.Kind() != 't' && tok.Kind() != 'f' {
		err = ErrKind
	}
	if err == nil {
		*f = Flag(tok.Bool())
	}
	return err
}

// UnmarshalJSONFrom takes an object.
func (*Object) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '{' {
		return ErrKind
	}
	return d.SkipValue()
}
