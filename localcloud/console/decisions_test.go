package console_test

import (
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The list shows a real call with its reason, and asking again gives the same answer.
func TestDecisions(t *testing.T) {
	w := newWorld(t)
	_, err := w.firestore(w.key(w.stranger)).Doc("users/ann").Get(t.Context())
	if status.Code(err) != codes.PermissionDenied {
		t.Fatal(err)
	}
	try(w.documents.Doc("users/ann").Set(t.Context(), map[string]any{}))(t)

	denial := "no binding grants datastore.entities.get to serviceAccount:" + w.stranger
	for path, c := range map[string]struct{ has, lacks string }{
		"/":                                         {denial, "✓ allowed"},
		"/decisions":                                {denial, "alert(1)"},
		"/decisions?only=denied":                    {denial, "✓ allowed"},
		"/decisions?caller=STRANGER":                {denial, "datastore.entities.create"},
		"/decisions?method=BatchGetDocuments":       {denial, "Firestore/Commit"},
		"/decisions?method=entities.create":         {"Firestore/Commit", denial},
		"/decisions?resource=databases/" + database: {denial, "CreateServiceAccount"},
		"/decisions?caller=nobody":                  {"No decision that is remembered matches", denial},
		"/decisions?caller=stranger&paused=yes":     {denial, "Pause "},
		at("/account", "email", w.stranger):         {denial, "Commit"},
	} {
		t.Run(path, func(t *testing.T) {
			p := w.in(t).page(path)
			p.has(c.has)
			p.lacks(c.lacks)
		})
	}
	p := w.page("/decisions?only=denied&caller=stranger")
	if rows := p.rows(); len(rows) != 1 || !strings.Contains(rows[0], "Key") || !strings.Contains(rows[0], "BatchGetDocuments") {
		t.Fatalf("denials of the stranger: %q", rows)
	}
	w.page(p.follow("Ask again with the policies as they are now")).has("✕ denied", denial[:40])
	if p := w.page(p.follow("Pause")); len(p.all("script")) != 1 || attribute(p.all("input")[3], "checked") != "" || len(p.rows()) != 1 {
		t.Error("the paused list goes on by itself, or is another one")
	}
	w.get(at("/account", "email", "nobody@nowhere"), http.StatusNotFound)
}
