package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/storage"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

func TestTopics(t *testing.T) {
	w := newWorld(t)
	w.page("/topics").has("There are no topics")
	options := localcloudtest.GRPC(w.cloud, w.cloud.OwnerKey())
	publisher := try(pubsub.NewTopicAdminClient(t.Context(), options...))(t)
	defer publisher.Close()
	subscriber := try(pubsub.NewSubscriptionAdminClient(t.Context(), options...))(t)
	defer subscriber.Close()
	const uploads, dead = project + "/topics/uploads", project + "/topics/uploads.dead"
	for _, name := range []string{uploads, dead} {
		try(publisher.CreateTopic(t.Context(), &pubsubpb.Topic{Name: name}))(t)
	}
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer refusing.Close()
	try(subscriber.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: project + "/subscriptions/pulled", Topic: uploads}))(t)
	try(subscriber.CreateSubscription(t.Context(), &pubsubpb.Subscription{
		Name: project + "/subscriptions/pushed", Topic: uploads, PushConfig: &pubsubpb.PushConfig{PushEndpoint: refusing.URL + "/<b>"},
		DeadLetterPolicy: &pubsubpb.DeadLetterPolicy{DeadLetterTopic: dead, MaxDeliveryAttempts: 7},
	}))(t)
	try(publisher.Publish(t.Context(), &pubsubpb.PublishRequest{Topic: uploads, Messages: []*pubsubpb.PubsubMessage{{Data: []byte("a")}}}))(t)

	w.page("/topics").has("uploads", project+"/topics/uploads", "pulled 1 pulled", "pushed 1 pushed to "+refusing.URL+"/<b>",
		"after 7 attempts to uploads.dead", "Takes the dead letters of pushed", "Nobody is subscribed")
	failed := false
	for deadline := time.Now().Add(time.Minute); !failed && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		failed = strings.Contains(w.page("/topics").main(), "✕ failed")
	}
	w.page("/topics").has("418")
	agent := try(w.storage(w.cloud.OwnerKey()).ServiceAccount(t.Context(), localcloudtest.Project))(t)
	try(publisher.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: uploads, Policy: &iampb.Policy{
		Bindings: []*iampb.Binding{{Role: "roles/pubsub.publisher", Members: []string{"serviceAccount:" + agent}}},
	}}))(t)
	_, err := w.objects.AddNotification(t.Context(), &storage.Notification{
		TopicProjectID: localcloudtest.Project, TopicID: "uploads", PayloadFormat: storage.JSONPayload,
		EventTypes: []string{storage.ObjectFinalizeEvent}, ObjectNamePrefix: "uploads/<b>",
	})
	must(t, err)
	p := w.page(at("/bucket", "name", bucket))
	p.has(uploads, "OBJECT_FINALIZE", "uploads/<b>")
	topics := w.page(p.follow(uploads))
	topics.has("roles/pubsub.publisher", agent)
	w.page(topics.follow(agent)).has("It is no account of this project", "roles/pubsub.publisher")
	w.page(at("/why", "account", w.tenant, "permission", "pubsub.topics.publish", "resource", uploads)).
		has("✕ denied", "roles/datastore.user", "no binding grants pubsub.topics.publish to serviceAccount:"+w.tenant+" on "+uploads)
}
