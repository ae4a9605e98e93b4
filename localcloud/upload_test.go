package localcloud_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	pubsub "cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/storage"
	"google.golang.org/api/idtoken"
	"google.golang.org/api/option"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

func pubsubClient(t *testing.T, cloud *localcloud.Cloud, key []byte) *pubsub.Client {
	t.Helper()
	c, err := pubsub.NewClient(t.Context(), localcloudtest.Project, localcloudtest.GRPC(cloud, key)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// An upload by a tenant arrives at the application as a push that says what was uploaded, and that
// Google's own validator takes for a call of the account it was sent as.
func TestAnUploadIsPushed(t *testing.T) {
	cloud := localcloudtest.New(t)
	ctx := t.Context()
	key := createTenant(t, cloud, "tn-aaaaaaaaaa")
	pusher, _ := createAccount(t, cloud, "pusher")
	owner := pubsubClient(t, cloud, cloud.OwnerKey())
	bucket := storageClient(t, cloud, cloud.OwnerKey()).Bucket(bucketName("tn-aaaaaaaaaa"))

	type push struct {
		Message struct {
			Attributes map[string]string `json:"attributes"`
		} `json:"message"`
		authorization string
	}
	pushes := make(chan push, 10)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := push{authorization: r.Header.Get("Authorization")}
		if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
			t.Errorf("the push's body: %v", err)
		}
		w.WriteHeader(http.StatusNoContent)
		pushes <- p
	}))
	t.Cleanup(app.Close)

	topic, err := owner.TopicAdminClient.CreateTopic(ctx, &pubsubpb.Topic{Name: projectName + "/topics/uploads"})
	if err != nil {
		t.Fatal(err)
	}
	agent, err := storageClient(t, cloud, cloud.OwnerKey()).ServiceAccount(ctx, localcloudtest.Project)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := owner.TopicAdminClient.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: topic.Name, Policy: &iampb.Policy{
		Bindings: []*iampb.Binding{{Role: "roles/pubsub.publisher", Members: []string{"serviceAccount:" + agent}}},
	}}); err != nil {
		t.Fatal(err)
	}
	if _, err := owner.SubscriptionAdminClient.CreateSubscription(ctx, &pubsubpb.Subscription{
		Name: projectName + "/subscriptions/uploads", Topic: topic.Name, PushConfig: &pubsubpb.PushConfig{
			PushEndpoint: app.URL + "/events/uploads",
			AuthenticationMethod: &pubsubpb.PushConfig_OidcToken_{
				OidcToken: &pubsubpb.PushConfig_OidcToken{ServiceAccountEmail: pusher.Email, Audience: "https://app.example"},
			},
		},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.AddNotification(ctx, &storage.Notification{
		TopicProjectID: localcloudtest.Project, TopicID: "uploads", PayloadFormat: storage.JSONPayload, EventTypes: []string{storage.ObjectFinalizeEvent},
	}); err != nil {
		t.Fatal(err)
	}

	if err := put(t, storageClient(t, cloud, key).Bucket(bucketName("tn-aaaaaaaaaa")), "notes/n", "content"); err != nil {
		t.Fatal(err)
	}
	var got push
	select {
	case got = <-pushes:
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was pushed")
	}
	if a := got.Message.Attributes; a["bucketId"] != bucketName("tn-aaaaaaaaaa") || a["objectId"] != "notes/n" || a["eventType"] != "OBJECT_FINALIZE" {
		t.Errorf("the attributes are %v", a)
	}
	validator, err := idtoken.NewValidator(ctx, option.WithHTTPClient(&http.Client{Transport: localcloudtest.Transport(cloud)}))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := validator.Validate(ctx, strings.TrimPrefix(got.authorization, "Bearer "), "https://app.example")
	if err != nil || payload.Claims["email"] != pusher.Email || payload.Claims["email_verified"] != true {
		t.Errorf("%v, %v", payload, err)
	}

	// The tenant whose upload it was cannot reach what carried it.
	tenant := pubsubClient(t, cloud, key)
	_, err = tenant.TopicAdminClient.Publish(ctx, &pubsubpb.PublishRequest{Topic: topic.Name, Messages: []*pubsubpb.PubsubMessage{{Data: []byte("forged")}}})
	denied(t, "publish", err)
	_, err = tenant.TopicAdminClient.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: topic.Name})
	denied(t, "read the policy", err)
	_, err = tenant.SubscriptionAdminClient.Pull(ctx, &pubsubpb.PullRequest{Subscription: projectName + "/subscriptions/uploads", MaxMessages: 1})
	denied(t, "pull", err)
}
