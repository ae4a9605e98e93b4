package probe

import (
	"fmt"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
)

// Closed reports, by a nil error, that a bucket's policy lets in nobody but those whom it names one
// by one. It returns ErrNotIsolated if it lets in everybody, or whoever has a basic role on a
// project (see ForProject).
func Closed(bucket string, bindings []*iampb.Binding) error {
	for _, b := range bindings {
		for _, m := range b.GetMembers() {
			if m == "allUsers" || m == "allAuthenticatedUsers" || ForProject(m) {
				return fmt.Errorf("%w: bucket %s gives %s to %s", ErrNotIsolated, bucket, b.GetRole(), m)
			}
		}
	}
	return nil
}

// ForProject reports whether a member of a bucket's policy stands for whoever has a basic role on a
// project. Cloud Storage gives those a part of every new bucket: the viewers of a project read its
// objects.
//
// https://cloud.google.com/storage/docs/access-control/iam-roles#basic-roles-modifiable
func ForProject(member string) bool {
	return strings.HasPrefix(member, "projectViewer:") || strings.HasPrefix(member, "projectEditor:") ||
		strings.HasPrefix(member, "projectOwner:")
}
