package explain

import (
	"errors"
	"net/http"

	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Feature answers who gets in. It is read-only and holds nothing: the rules are those of the door
// that a request came through.
type Feature struct{}

// New returns the feature.
func New() Feature { return Feature{} }

// Section is the feature's entry in the operators' navigation. In a workspace the page of Access
// leads to it.
func Section() view.Section {
	return view.Section{Name: "explain", Label: "Who gets in", Icon: "access"}
}

// Notices returns nothing: the feature changes nothing.
func (f Feature) Notices() []door.Notice { return nil }

// errQuestion reports a question that cannot be asked.
var errQuestion = errors.New("web: question that cannot be asked")

// Refusals returns what clients are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	return []door.Row{{Err: errQuestion, Refusal: door.NewRefusal(http.StatusUnprocessableEntity, "invalid",
		"Choose a route of the list, a kind of credential, what is wrong with it, and a role.")}}
}
