package indexes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/bulkhead-saas/bulkhead/deploy"
)

// Index is one composite index, of any database.
type Index struct {
	group string
	index *adminpb.Index
}

// List is indexes, by the databases that are to have them.
type List struct {
	Platform []Index // of the control plane's database
	Tenants  []Index // of each silo's database and each pool's
}

// Listed is the application's list. It panics if the file that was linked in is malformed.
func Listed() List {
	list, err := Parse(deploy.Indexes)
	if err != nil {
		panic(err)
	}
	return list
}

// file is the form of deploy/firestore.indexes.json.
type file struct {
	Indexes        []map[string]json.RawMessage `json:"indexes"`
	FieldOverrides []json.RawMessage            `json:"fieldOverrides"`
}

// Parse reads a list of the form of deploy/firestore.indexes.json. The error says what is wrong
// with it.
func Parse(content []byte) (List, error) {
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.DisallowUnknownFields()
	var f file
	if err := dec.Decode(&f); err != nil {
		return List{}, fmt.Errorf("indexes: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return List{}, errors.New("indexes: the file goes on after its end")
	}
	if len(f.FieldOverrides) > 0 {
		return List{}, errors.New("indexes: settings of single fields are not made")
	}
	var list List
	for i, members := range f.Indexes {
		database, index, err := parse(members)
		if err != nil {
			return List{}, fmt.Errorf("indexes: indexes[%d]: %w", i, err)
		}
		if database == "platform" {
			list.Platform = append(list.Platform, index)
		} else {
			list.Tenants = append(list.Tenants, index)
		}
	}
	return list, nil
}

// parse reads one index: two members of the file's own, and the rest as the Admin API has it.
func parse(members map[string]json.RawMessage) (database string, index Index, err error) {
	for name, to := range map[string]*string{"database": &database, "collectionGroup": &index.group} {
		if text, ok := members[name]; ok {
			if err := json.Unmarshal(text, to); err != nil {
				return "", Index{}, fmt.Errorf("%s: %w", name, err)
			}
			delete(members, name)
		}
	}
	if database != "" && database != "platform" {
		return "", Index{}, fmt.Errorf("database %q: it is platform, or left away for tenants' databases", database)
	}
	if index.group == "" {
		return "", Index{}, errors.New("it names no collection group")
	}
	rest, err := json.Marshal(members)
	if err != nil {
		return "", Index{}, err
	}
	index.index = &adminpb.Index{}
	if err := protojson.Unmarshal(rest, index.index); err != nil {
		return "", Index{}, err
	}
	if len(index.index.Fields) < 2 || index.index.QueryScope == adminpb.Index_QUERY_SCOPE_UNSPECIFIED {
		return "", Index{}, errors.New("it has a queryScope and at least two fields")
	}
	return database, index, nil
}

// String is what tells the index from others of a database.
func (i Index) String() string {
	fields := i.index.GetFields()
	// Every index ends in the document's name. The service says so, and the list may leave it away.
	if n := len(fields) - 1; n > 0 && fields[n].GetFieldPath() == "__name__" && fields[n].GetOrder() == directionOf(fields[n-1]) {
		fields = fields[:n]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", i.group, i.index.GetQueryScope())
	for _, f := range fields {
		switch {
		case f.GetVectorConfig() != nil:
			fmt.Fprintf(&b, ", %s VECTOR %d", f.GetFieldPath(), f.GetVectorConfig().GetDimension())
		case f.GetArrayConfig() != adminpb.Index_IndexField_ARRAY_CONFIG_UNSPECIFIED:
			fmt.Fprintf(&b, ", %s %s", f.GetFieldPath(), f.GetArrayConfig())
		default:
			fmt.Fprintf(&b, ", %s %s", f.GetFieldPath(), f.GetOrder())
		}
	}
	return b.String()
}

// directionOf is the direction in which the document's name follows the field.
func directionOf(f *adminpb.Index_IndexField) adminpb.Index_IndexField_Order {
	if f.GetOrder() == adminpb.Index_IndexField_DESCENDING {
		return adminpb.Index_IndexField_DESCENDING
	}
	return adminpb.Index_IndexField_ASCENDING
}
