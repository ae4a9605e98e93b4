package index

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// Check refuses, with FailedPrecondition, a query that has a need which the indexes do not serve.
// The message is the service's, with its link; what to create follows, as an index file says it.
func (s *Schema) Check(db resource.Database, needs []Need, now time.Time) error {
	for _, n := range needs {
		if s.serves(n, now, false) {
			continue
		}
		return status.Error(codes.FailedPrecondition, n.refusal(db, s.serves(n, now, true)))
	}
	return nil
}

func (n Need) refusal(db resource.Database, building bool) string {
	index := n.Wanted(db)
	link := console(db) + "?create_composite=" + encoded(index)
	switch field := n.single(); {
	case building:
		return "The query requires an index. That index is currently building and cannot be used yet. See its status here: " + link
	case n.Vector != nil:
		return "Missing vector index configuration. Please create the required index with the following gcloud command: " + n.command(db, index)
	case field != "":
		index.Fields = index.Fields[:1]
		index.Name = groupName(db, n.Collection) + "/fields/" + field
		link = console(db) + "?create_exemption=" + encoded(index)
		return fmt.Sprintf("The query requires a %v_%s index for collection %s and field %s. You can create it here: %s (in an index file: %s)",
			n.scope(), modeOf(index.Fields[0]), n.Collection, field, link, overrideText(n.Collection, field, index))
	}
	return fmt.Sprintf("The query requires an index. You can create it here: %s (in an index file: %s)",
		link, indexText(n.Collection, index))
}

// single returns the path of the one field that the need is about, where an index of that field
// alone serves it.
func (n Need) single() string {
	switch name := n.Orders[len(n.Orders)-1]; {
	case n.Vector != nil:
	case len(n.Equal) == 1 && n.Contains == nil && len(n.Orders) == 1:
		return n.Equal[0].String()
	case len(n.Equal) == 0 && n.Contains != nil && len(n.Orders) == 1 && !name.Desc:
		return n.Contains.String()
	case len(n.Equal) == 0 && n.Contains == nil && len(n.Orders) == 2 && n.Orders[0].Desc == name.Desc:
		return n.Orders[0].Path.String()
	}
	return ""
}

// Wanted returns the index that serves the need by itself, as CreateIndex takes it. It has no id.
func (n Need) Wanted(db resource.Database) *adminpb.Index {
	index := &adminpb.Index{Name: groupName(db, n.Collection) + "/indexes/_", QueryScope: n.scope()}
	if n.Contains != nil {
		index.Fields = append(index.Fields, containing(n.Contains.String()))
	}
	prefix := adminpb.Index_IndexField_ASCENDING
	if len(n.Equal) == 1 && len(n.Orders) == 1 {
		prefix = direction(n.Orders[0].Desc)
	}
	for _, p := range n.Equal {
		index.Fields = append(index.Fields, ordered(p.String(), prefix))
	}
	if n.Vector != nil {
		index.Fields = append(index.Fields, &adminpb.Index_IndexField{FieldPath: n.Vector.Path.String(),
			ValueMode: &adminpb.Index_IndexField_VectorConfig_{VectorConfig: &adminpb.Index_IndexField_VectorConfig{
				Dimension: int32(n.Vector.Dimension),
				Type:      &adminpb.Index_IndexField_VectorConfig_Flat{Flat: &adminpb.Index_IndexField_VectorConfig_FlatIndex{}},
			}}})
		return index
	}
	for _, o := range n.Orders {
		index.Fields = append(index.Fields, ordered(o.Path.String(), direction(o.Desc)))
	}
	return index
}

// console is the page of the Firebase console that the service's messages lead to.
func console(db resource.Database) string {
	page := "https://console.firebase.google.com/v1/r/project/" + db.Project + "/firestore"
	if db.ID != resource.DefaultDatabase {
		page += "/databases/" + db.ID
	}
	return page + "/indexes"
}

func encoded(index *adminpb.Index) string {
	b, err := proto.Marshal(index)
	if err != nil {
		panic(err) // a message we made ourselves
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// command is the command by which the service's message has a vector index made.
func (n Need) command(db resource.Database, index *adminpb.Index) string {
	var b strings.Builder
	fmt.Fprintf(&b, "gcloud firestore indexes composite create --project=%s", db.Project)
	if db.ID != resource.DefaultDatabase {
		fmt.Fprintf(&b, " --database=%s", db.ID)
	}
	fmt.Fprintf(&b, " --collection-group=%s --query-scope=%s", n.Collection, n.scope())
	for _, f := range index.Fields {
		switch v := f.GetVectorConfig(); {
		case v != nil:
			fmt.Fprintf(&b, ` --field-config=vector-config='{"dimension":"%d","flat": "{}"}',field-path=%s`, v.Dimension, f.FieldPath)
		case f.GetArrayConfig() == adminpb.Index_IndexField_CONTAINS:
			fmt.Fprintf(&b, " --field-config=array-config=CONTAINS,field-path=%s", f.FieldPath)
		default:
			fmt.Fprintf(&b, " --field-config=order=%s,field-path=%s", f.GetOrder(), f.FieldPath)
		}
	}
	return b.String()
}

// modeOf is how the service's message calls the way an index has a field.
func modeOf(f *adminpb.Index_IndexField) string {
	switch {
	case f.GetArrayConfig() == adminpb.Index_IndexField_CONTAINS:
		return "CONTAINS"
	case f.GetOrder() == adminpb.Index_IndexField_DESCENDING:
		return "DESC"
	}
	return "ASC"
}
