package iam_test

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

const roleName = projectHolder + "/roles/onboarding"

// newRole makes the role roleName.
func (w *world) newRole(permissions ...string) *adminpb.Role {
	w.t.Helper()
	r, err := w.owner.CreateRole(w.t.Context(), &adminpb.CreateRoleRequest{
		Parent: projectHolder, RoleId: "onboarding",
		Role: &adminpb.Role{Title: "Onboarding", IncludedPermissions: permissions, Stage: adminpb.Role_GA},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func TestCustomRole(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.newRole("datastore.databases.create", "datastore.databases.get")
	a := w.account("jobs-account", roleName)
	may := func(what string, want ...string) {
		t.Helper()
		asked := []string{"datastore.databases.create", "datastore.databases.delete", "datastore.databases.get", "datastore.entities.get"}
		if diff := cmp.Diff(want, w.Granted(iam.Caller{Email: a.Email}, asked, database("d"))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	may("created", "datastore.databases.create", "datastore.databases.get")

	update := func(r *adminpb.Role, paths ...string) error {
		_, err := w.owner.UpdateRole(ctx, &adminpb.UpdateRoleRequest{Name: roleName, Role: r, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
		return err
	}
	wantCode(t, "update", update(&adminpb.Role{IncludedPermissions: []string{"datastore.databases.delete"}}, "included_permissions"), codes.OK)
	may("updated", "datastore.databases.delete")
	wantCode(t, "disable", update(&adminpb.Role{Stage: adminpb.Role_DISABLED}, "stage"), codes.OK)
	may("disabled")
	wantCode(t, "enable", update(&adminpb.Role{Stage: adminpb.Role_BETA}, "stage"), codes.OK)
	may("enabled", "datastore.databases.delete")
	wantCode(t, "update at another etag", update(&adminpb.Role{Title: "x", Etag: []byte("stale")}, "title"), codes.Aborted)

	if _, err := w.owner.DeleteRole(ctx, &adminpb.DeleteRoleRequest{Name: roleName}); err != nil {
		t.Fatal(err)
	}
	may("deleted")
	wantCode(t, "update of a deleted role", update(&adminpb.Role{Title: "x"}, "title"), codes.FailedPrecondition)
	_, err := w.owner.DeleteRole(ctx, &adminpb.DeleteRoleRequest{Name: roleName})
	wantCode(t, "deletion of a deleted role", err, codes.FailedPrecondition)
	_, err = w.owner.CreateRole(ctx, &adminpb.CreateRoleRequest{Parent: projectHolder, RoleId: "onboarding"})
	wantCode(t, "a new role of the same id", err, codes.FailedPrecondition)

	// The binding stays, and does not stand in the way of other changes to the policy; no other
	// holder gets one.
	w.bind(projectHolder, &iampb.Binding{Role: "roles/browser", Members: []string{"serviceAccount:" + a.Email}})
	_, err = w.SetPolicy("projects/_/buckets/b", &iampb.Policy{Bindings: []*iampb.Binding{
		{Role: roleName, Members: []string{"serviceAccount:" + a.Email}},
	}})
	wantCode(t, "binding a deleted role", err, codes.InvalidArgument)

	w.advance(7*24*time.Hour - time.Minute)
	wantCode(t, "undeletion within 7 days", w.undelete(), codes.OK)
	may("undeleted", "datastore.databases.delete")
	wantCode(t, "undeletion of what is not deleted", w.undelete(), codes.FailedPrecondition)

	w.reopen()
	may("read again", "datastore.databases.delete")
}

func TestDeletedRoleIsGoneAfterAWeek(t *testing.T) {
	w := newWorld(t)
	w.newRole("datastore.databases.get")
	if _, err := w.owner.DeleteRole(t.Context(), &adminpb.DeleteRoleRequest{Name: roleName}); err != nil {
		t.Fatal(err)
	}
	w.advance(7*24*time.Hour + time.Second)
	wantCode(t, "undeletion", w.undelete(), codes.FailedPrecondition)
}

// undelete undeletes roleName as the owner. The clients of Google keep to the real time, so their
// credentials would not do.
func (w *world) undelete() error {
	w.t.Helper()
	conn, err := grpc.NewClient(w.grpcAddr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	f, private := parseKeyFile(w.t, w.ownerKey)
	ctx := metadata.AppendToOutgoingContext(w.t.Context(), "authorization", "Bearer "+signJWT(w.t, jwt.SigningMethodRS256, f.PrivateKeyID, private,
		jwt.MapClaims{
			"iss": f.ClientEmail, "sub": f.ClientEmail, "scope": cloudPlatform,
			"iat": w.now().Unix(), "exp": w.now().Add(time.Hour).Unix(),
		}, nil))
	_, err = adminpb.NewIAMClient(conn).UndeleteRole(ctx, &adminpb.UndeleteRoleRequest{Name: roleName})
	return err
}

func TestCustomRoleRefused(t *testing.T) {
	w := newWorld(t)
	w.newRole("datastore.databases.get")
	for name, c := range map[string]struct {
		parent, id string
		role       *adminpb.Role
		want       codes.Code
	}{
		"unknown permission":            {projectHolder, "fine", &adminpb.Role{IncludedPermissions: []string{"datastore.entities.fly"}}, codes.InvalidArgument},
		"wildcard":                      {projectHolder, "fine", &adminpb.Role{IncludedPermissions: []string{"datastore.*"}}, codes.InvalidArgument},
		"permission above projects":     {projectHolder, "fine", &adminpb.Role{IncludedPermissions: []string{"resourcemanager.projects.list"}}, codes.InvalidArgument},
		"a role's name as a permission": {projectHolder, "fine", &adminpb.Role{IncludedPermissions: []string{"roles/owner"}}, codes.InvalidArgument},
		"id too short":                  {projectHolder, "ab", nil, codes.InvalidArgument},
		"id with a slash":               {projectHolder, "a/b/c", nil, codes.InvalidArgument},
		"id with a dash":                {projectHolder, "on-boarding", nil, codes.InvalidArgument},
		"long title":                    {projectHolder, "fine", &adminpb.Role{Title: strings.Repeat("t", 101)}, codes.InvalidArgument},
		"unknown stage":                 {projectHolder, "fine", &adminpb.Role{Stage: 99}, codes.InvalidArgument},
		"there already":                 {projectHolder, "onboarding", nil, codes.AlreadyExists},
		"another project":               {"projects/other", "fine", nil, codes.PermissionDenied},
		"an organization":               {"organizations/1", "fine", nil, codes.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.owner.CreateRole(t.Context(), &adminpb.CreateRoleRequest{Parent: c.parent, RoleId: c.id, Role: c.role})
			wantCode(t, "create", err, c.want)
		})
	}
	for _, role := range []string{projectHolder + "/roles/other", "projects/other/roles/onboarding", "organizations/1/roles/onboarding", "roles/onboarding"} {
		_, err := w.SetPolicy(projectHolder, &iampb.Policy{Bindings: []*iampb.Binding{{Role: role, Members: []string{"user:a@example.com"}}}})
		wantCode(t, "binding "+role, err, codes.InvalidArgument)
	}
}

// Google's own roles are anybody's to read. The project's are for those who may.
func TestRolesAreListed(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.newRole("datastore.databases.get")
	_, strangerKey := w.key(w.account("web-server"))
	_, viewerKey := w.key(w.account("web-viewer", "roles/iam.roleViewer"))
	stranger, viewer := w.admin(strangerKey), w.admin(viewerKey)

	_, err := stranger.GetRole(ctx, &adminpb.GetRoleRequest{Name: "roles/browser"})
	wantCode(t, "a predefined role", err, codes.OK)
	_, err = stranger.ListRoles(ctx, &adminpb.ListRolesRequest{})
	wantCode(t, "the predefined roles", err, codes.OK)
	for _, name := range []string{roleName, projectHolder + "/roles/none"} {
		_, err = stranger.GetRole(ctx, &adminpb.GetRoleRequest{Name: name})
		wantCode(t, "to a stranger, "+name, err, codes.PermissionDenied)
	}
	_, err = stranger.ListRoles(ctx, &adminpb.ListRolesRequest{Parent: projectHolder})
	wantCode(t, "the project's roles, to a stranger", err, codes.PermissionDenied)

	list, err := viewer.ListRoles(ctx, &adminpb.ListRolesRequest{Parent: projectHolder, View: adminpb.RoleView_FULL})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Roles) != 1 || list.Roles[0].Name != roleName || len(list.Roles[0].IncludedPermissions) != 1 {
		t.Errorf("the project's roles: %v", list.Roles)
	}
	_, err = viewer.DeleteRole(ctx, &adminpb.DeleteRoleRequest{Name: roleName})
	wantCode(t, "deletion by a viewer", err, codes.PermissionDenied)
	if _, err := w.owner.DeleteRole(ctx, &adminpb.DeleteRoleRequest{Name: roleName}); err != nil {
		t.Fatal(err)
	}
	for show, want := range map[bool]int{false: 0, true: 1} {
		list, err := viewer.ListRoles(ctx, &adminpb.ListRolesRequest{Parent: projectHolder, ShowDeleted: show})
		if err != nil || len(list.Roles) != want {
			t.Errorf("deleted ones too: %t: %v, %v", show, list, err)
		}
	}
	page, err := viewer.ListRoles(ctx, &adminpb.ListRolesRequest{PageSize: 2})
	if err != nil || len(page.Roles) != 2 || page.NextPageToken == "" {
		t.Errorf("a page of two: %v, %v", page, err)
	}
}
