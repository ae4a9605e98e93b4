package strictjson_test

import (
	"fmt"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/internal/strictjson"
)

type record struct {
	Text   strictjson.Text   `json:"t"`
	Number strictjson.Number `json:"n"`
	Flag   strictjson.Flag   `json:"f"`
	Object strictjson.Object `json:"o"`

	Optional strictjson.Optional `json:"p"`
}

// TestOneForm: each value in its own form, and in no other.
func TestOneForm(t *testing.T) {
	whole := map[string]string{"t": `"x"`, "n": `7`, "f": `true`, "o": `{"a":[1]}`, "p": `""`}
	for name, form := range map[string][]string{
		"t": {`null`, `7`, `true`, `["x"]`, `{}`},
		"n": {`null`, `"7"`, `7.0`, `7e0`, `true`, `[7]`, `{}`, `9223372036854775808`},
		"f": {`null`, `"true"`, `1`, `[true]`, `{}`},
		"p": {`null`, `7`, `true`, `[""]`, `{}`},
		"o": {`null`, `"{}"`, `1`, `[]`, `false`},
	} {
		for _, value := range append(form, whole[name]) {
			var r record
			err := json.Unmarshal(fmt.Appendf(nil, `{%q:%s}`, name, value), &r)
			if taken := err == nil; taken != (value == whole[name]) {
				t.Errorf("%s of %s: taken %v, %v", name, value, taken, err)
			}
		}
	}
	var p record
	if err := json.Unmarshal([]byte(`{"p":""}`), &p); err != nil || !p.Optional.Present || p.Optional.Value != "" {
		t.Errorf("an empty text is %+v, %v", p.Optional, err)
	}
	var r record
	text := fmt.Sprintf(`{"t":%s,"n":%s,"f":%s,"o":%s}`, whole["t"], whole["n"], whole["f"], whole["o"])
	if err := json.Unmarshal([]byte(text), &r); err != nil || r.Text != "x" || r.Number != 7 || !bool(r.Flag) || r.Optional.Present {
		t.Errorf("%s: %+v, %v", text, r, err)
	}
}
