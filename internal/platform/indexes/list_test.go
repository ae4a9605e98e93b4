package indexes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/platform/indexes"
)

const fields = `"fields": [{"fieldPath": "a", "order": "ASCENDING"}, {"fieldPath": "b", "order": "DESCENDING"}]`

// An index belongs to the database that it names, and to tenants if it names none.
func TestParse(t *testing.T) {
	list, err := indexes.Parse([]byte(`{"indexes": [
		{"collectionGroup": "mine", "queryScope": "COLLECTION", ` + fields + `},
		{"collectionGroup": "tags", "queryScope": "COLLECTION_GROUP", "fields": [
			{"fieldPath": "a", "arrayConfig": "CONTAINS"}, {"fieldPath": "b", "order": "ASCENDING"},
			{"fieldPath": "__name__", "order": "ASCENDING"}]},
		{"database": "platform", "collectionGroup": "rows", "queryScope": "COLLECTION", ` + fields + `}]}`))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%v\n%v", list.Tenants, list.Platform)
	want := "[mine COLLECTION, a ASCENDING, b DESCENDING tags COLLECTION_GROUP, a CONTAINS, b ASCENDING]\n" +
		"[rows COLLECTION, a ASCENDING, b DESCENDING]"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	for says, file := range map[string]string{
		"unknown field":         `{"index": []}`,
		"goes on":               `{"indexes": []} {}`,
		"single fields":         `{"indexes": [], "fieldOverrides": [{}]}`,
		`database "tenants"`:    `{"indexes": [{"database": "tenants", "collectionGroup": "c", "queryScope": "COLLECTION", ` + fields + `}]}`,
		"no collection group":   `{"indexes": [{"queryScope": "COLLECTION", ` + fields + `}]}`,
		"queryScope":            `{"indexes": [{"collectionGroup": "c", ` + fields + `}]}`,
		"at least two fields":   `{"indexes": [{"collectionGroup": "c", "queryScope": "COLLECTION", "fields": []}]}`,
		`unknown field "order"`: `{"indexes": [{"collectionGroup": "c", "queryScope": "COLLECTION", "order": 1, ` + fields + `}]}`,
	} {
		_, err := indexes.Parse([]byte(file))
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "\u00a0", " "), says) {
			t.Errorf("%s: got %v, want %q", file, err, says)
		}
	}
}
