package iam_test

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// topics is a world with a service that has two topics.
func topics(t *testing.T) (*world, iampb.IAMPolicyClient) {
	w := newWorld(t)
	w.ServePolicies(iam.PolicyKind{
		Permissions: "pubsub.topics",
		Resource: func(name string) (iam.Resource, bool) {
			parts := strings.Split(name, "/")
			ok := len(parts) == 4 && parts[0] == "projects" && parts[2] == "topics" && parts[3] != ""
			return topicResource(name), ok
		},
		Exists: func(name string) error {
			if name != topic("a") && name != topic("b") {
				return status.Error(codes.NotFound, "Resource not found.")
			}
			return nil
		},
	})
	conn, err := grpc.NewClient(w.grpcAddr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return w, iampb.NewIAMPolicyClient(conn)
}

func topic(id string) string { return projectHolder + "/topics/" + id }

func topicResource(name string) iam.Resource {
	project, _, _ := strings.Cut(name, "/topics/")
	return iam.Resource{
		Service: "pubsub.googleapis.com", Type: "pubsub.googleapis.com/Topic", Name: name, Holders: []string{name, project},
	}
}

func TestIAMPolicyOfAnyKind(t *testing.T) {
	w, client := topics(t)
	a := w.account("publisher")
	_, file := w.key(a)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", w.authorization(w.ownerKey, true))
	asPublisher := metadata.AppendToOutgoingContext(t.Context(), "authorization", w.authorization(file, true))
	member := "serviceAccount:" + a.Email

	p, err := client.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: topic("a")})
	if err != nil {
		t.Fatal(err)
	}
	p.Bindings = append(p.Bindings, &iampb.Binding{Role: "roles/pubsub.publisher", Members: []string{member}})
	if _, err := client.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: topic("a"), Policy: p}); err != nil {
		t.Fatal(err)
	}
	_, err = client.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: topic("a"), Policy: p})
	wantCode(t, "set with the old etag", err, codes.Aborted)
	p.Etag = nil
	_, err = client.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: topic("a"), Policy: p})
	wantCode(t, "set without an etag", err, codes.OK)

	asked := []string{"pubsub.topics.publish", "pubsub.topics.get"}
	for resource, want := range map[string][]string{topic("a"): asked[:1], topic("b"): nil, topic("none"): nil} {
		res, err := client.TestIamPermissions(asPublisher, &iampb.TestIamPermissionsRequest{Resource: resource, Permissions: asked})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, res.Permissions); diff != "" {
			t.Errorf("permissions on %s (-want +got):\n%s", resource, diff)
		}
	}
	for what, c := range map[string]struct {
		resource string
		owner    bool
		want     codes.Code
	}{
		"a topic that is not there":                {topic("none"), true, codes.NotFound},
		"a topic that is not there, to a stranger": {topic("none"), false, codes.PermissionDenied},
		"a topic, to a stranger":                   {topic("b"), false, codes.PermissionDenied},
		"another project's topic":                  {"projects/other/topics/a", true, codes.PermissionDenied},
		"a topic's child":                          {topic("a/b"), true, codes.InvalidArgument},
		"a topic without a name":                   {topic(""), true, codes.InvalidArgument},
		"what is of no kind":                       {projectHolder + "/queues/a", true, codes.InvalidArgument},
	} {
		who := asPublisher
		if c.owner {
			who = ctx
		}
		_, err := client.GetIamPolicy(who, &iampb.GetIamPolicyRequest{Resource: c.resource})
		wantCode(t, "get of "+what, err, c.want)
		_, err = client.SetIamPolicy(who, &iampb.SetIamPolicyRequest{Resource: c.resource, Policy: &iampb.Policy{}})
		wantCode(t, "set of "+what, err, c.want)
	}
}

// A credential is good for the service that it is made out to, also where several share a method.
func TestIAMPolicyAudience(t *testing.T) {
	w, client := topics(t)
	f, private := parseKeyFile(t, w.ownerKey)
	for audience, want := range map[string]codes.Code{
		"https://pubsub.googleapis.com/":                        codes.OK,
		"https://pubsub.googleapis.com/google.iam.v1.IAMPolicy": codes.OK,
		"https://firestore.googleapis.com/":                     codes.Unauthenticated,
		"https://iam.googleapis.com/":                           codes.Unauthenticated,
		"https://pubsub.googleapis.com.evil.example/":           codes.Unauthenticated,
	} {
		header := "Bearer " + signJWT(t, jwt.SigningMethodRS256, f.PrivateKeyID, private, jwt.MapClaims{
			"iss": f.ClientEmail, "sub": f.ClientEmail, "aud": audience,
			"iat": w.now().Unix(), "exp": w.now().Add(time.Hour).Unix(),
		}, nil)
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", header)
		_, err := client.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: topic("a")})
		wantCode(t, audience, err, want)
	}
}

// The policy of what is deleted goes with it; a condition on a resource that has a policy sees that
// resource.
func TestPolicyGoesWithItsResource(t *testing.T) {
	w, _ := topics(t)
	a := w.account("publisher")
	w.bind(topic("a"), &iampb.Binding{
		Role: "roles/pubsub.publisher", Members: []string{"serviceAccount:" + a.Email},
		Condition: &expr.Expr{Title: "this one", Expression: `resource.type == "pubsub.googleapis.com/Topic" && resource.name.endsWith("/topics/a")`},
	})
	r := topicResource(topic("a"))
	caller := iam.Caller{Email: a.Email}
	wantCode(t, "before", w.Check(t.Context(), caller, "pubsub.topics.publish", r), codes.OK)
	if err := w.DeletePolicy(topic("a")); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "after", w.Check(t.Context(), caller, "pubsub.topics.publish", r), codes.PermissionDenied)
}
