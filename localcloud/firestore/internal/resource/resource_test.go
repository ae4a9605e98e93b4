package resource_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

func TestParseDocument(t *testing.T) {
	const root = "projects/p/databases/d/documents/"
	db := resource.Database{Project: "p", ID: "d"}
	for _, test := range []struct {
		name string
		want string // path; empty: refused
	}{
		{root + "users/ann", "users/ann"},
		{root + "users/ann/notes/1", "users/ann/notes/1"},
		{root + "users/" + strings.Repeat("x", 1500), "users/" + strings.Repeat("x", 1500)},
		{root + "users/...", "users/..."},
		{root + "users/__x", "users/__x"},
		{root + "users/__id7__", "users/__id7__"},
		{root + "users/__id-9223372036854775808__/notes/__id9223372036854775807__", "users/__id-9223372036854775808__/notes/__id9223372036854775807__"},
		{root + "users/__id9223372036854775808__", ""},
		{root + "users/__id0__", ""},
		{root + "users/__id007__", ""},
		{root + "users/__id+7__", ""},
		{root + "users/__id__", ""},
		{root + "users/__idx__", ""},
		{root + "__id7__/x", ""},
		{root + "users", ""},
		{root + "users/", ""},
		{root + "/users/ann", ""},
		{root + "users//ann/x", ""},
		{root + "users/ann/notes", ""},
		{root + "users/ann/", ""},
		{root, ""},
		{"projects/p/databases/d/documents", ""},
		{"projects/p/databases/d", ""},
		{"projects/p/databases//documents/a/b", ""},
		{"projects//databases/d/documents/a/b", ""},
		{"projects/p/databases/d/docs/a/b", ""},
		{"/projects/p/databases/d/documents/a/b", ""},
		{"users/ann", ""},
		{"", ""},
		{root + "users/.", ""},
		{root + "users/..", ""},
		{root + "users/../../x", ""},
		{root + "users/__x__", ""},
		{root + "__users__/x", ""},
		{root + "users/____", ""},
		{root + "users/\xff", ""},
		{root + "users/" + strings.Repeat("x", 1501), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, key, err := resource.ParseDocument(test.name)
			if test.want == "" {
				if status.Code(err) != codes.InvalidArgument {
					t.Fatalf("got %v, want InvalidArgument", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got != db || key.Path() != test.want || db.Document(key) != test.name {
				t.Errorf("got %v %q", got, key.Path())
			}
		})
	}
}

func TestParseDocumentInAnotherDatabase(t *testing.T) {
	db := resource.Database{Project: "p", ID: "d"}
	for _, name := range []string{
		"projects/p/databases/other/documents/a/b",
		"projects/other/databases/d/documents/a/b",
		"projects/p/databases/d2/documents/a/b",
	} {
		if _, err := resource.ParseDocumentIn(db, name); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: got %v, want InvalidArgument", name, err)
		}
	}
}

func TestCheckDatabaseID(t *testing.T) {
	for id, ok := range map[string]bool{
		"(default)":                            true,
		"main":                                 true,
		"tn-abc1234567":                        true,
		strings.Repeat("a", 63):                true,
		"abc":                                  false,
		strings.Repeat("a", 64):                false,
		"Main":                                 false,
		"1main":                                false,
		"-main":                                false,
		"main-":                                false,
		"ma_in":                                false,
		"default)":                             false,
		"":                                     false,
		"main\n":                               false,
		"f81d4fae-7dec-11d0-a765-00a0c91e6bf6": false,
	} {
		if err := resource.CheckDatabaseID(id); (err == nil) != ok {
			t.Errorf("%q: got %v, want ok %v", id, err, ok)
		}
	}
}

func TestComparePaths(t *testing.T) {
	ordered := []string{"a/__id-9223372036854775808__", "a/__id-2__", "a/__id7__", "a/__id7__/b/b", "a/__id12__", "a/12", "a/7",
		"a/__id", "a/__id1_", "a/_id1__", "a/a", "a/a/b/b", "a/a!/b/b", "a/b", "a!/a", "b/a"}
	for i, a := range ordered {
		for j, b := range ordered {
			got := resource.ComparePaths(a, b)
			if (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("ComparePaths(%q, %q) = %d", a, b, got)
			}
		}
	}
}
