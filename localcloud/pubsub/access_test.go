package pubsub_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	vkit "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/iterator"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub"
)

// tenant makes an account, a topic to which it may publish and a subscription from which it may
// pull.
func (w *world) tenant(id string) (key []byte, topic, subscription string) {
	w.t.Helper()
	email, key := w.account(id)
	topic = w.topic(id)
	subscription = w.subscribe(&pubsubpb.Subscription{Name: id, Topic: topic})
	w.bind(topic, email, "roles/pubsub.publisher")
	w.bind(subscription, email, "roles/pubsub.subscriber")
	return key, topic, subscription
}

// attempts is every call that concerns a topic and a subscription.
func attempts(t *testing.T, topics *vkit.TopicAdminClient, subs *vkit.SubscriptionAdminClient, topic, sub string) map[string]error {
	t.Helper()
	ctx := t.Context()
	errs := map[string]error{}
	mask := &fieldmaskpb.FieldMask{Paths: []string{"labels"}}
	_, errs["publish"] = topics.Publish(ctx, &pubsubpb.PublishRequest{Topic: topic, Messages: []*pubsubpb.PubsubMessage{{Data: []byte("x")}}})
	_, errs["get topic"] = topics.GetTopic(ctx, &pubsubpb.GetTopicRequest{Topic: topic})
	_, errs["update topic"] = topics.UpdateTopic(ctx, &pubsubpb.UpdateTopicRequest{Topic: &pubsubpb.Topic{Name: topic}, UpdateMask: mask})
	_, errs["list the topic's subscriptions"] = topics.ListTopicSubscriptions(ctx, &pubsubpb.ListTopicSubscriptionsRequest{Topic: topic}).Next()
	_, errs["read the topic's policy"] = topics.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: topic})
	_, errs["set the topic's policy"] = topics.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: topic, Policy: &iampb.Policy{}})
	errs["delete topic"] = topics.DeleteTopic(ctx, &pubsubpb.DeleteTopicRequest{Topic: topic})

	//lint:ignore SA1019 an empty answer is one that we want to see
	_, errs["pull"] = subs.Pull(ctx, &pubsubpb.PullRequest{Subscription: sub, MaxMessages: 1, ReturnImmediately: true})
	stream, err := subs.StreamingPull(ctx)
	must(t, err)
	must(t, stream.Send(&pubsubpb.StreamingPullRequest{Subscription: sub, StreamAckDeadlineSeconds: 10}))
	_, errs["streaming pull"] = stream.Recv()
	errs["acknowledge"] = subs.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{Subscription: sub, AckIds: []string{"AAAAAAAAAAEAAAAB"}})
	errs["modify deadline"] = subs.ModifyAckDeadline(ctx, &pubsubpb.ModifyAckDeadlineRequest{Subscription: sub, AckIds: []string{"AAAAAAAAAAEAAAAB"}})
	_, errs["get subscription"] = subs.GetSubscription(ctx, &pubsubpb.GetSubscriptionRequest{Subscription: sub})
	_, errs["update subscription"] = subs.UpdateSubscription(ctx, &pubsubpb.UpdateSubscriptionRequest{Subscription: &pubsubpb.Subscription{Name: sub}, UpdateMask: mask})
	errs["modify push"] = subs.ModifyPushConfig(ctx, &pubsubpb.ModifyPushConfigRequest{Subscription: sub, PushConfig: push("http://127.0.0.1:9/")})
	_, errs["read the subscription's policy"] = subs.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: sub})
	errs["delete subscription"] = subs.DeleteSubscription(ctx, &pubsubpb.DeleteSubscriptionRequest{Subscription: sub})
	_, errs["attach a subscription"] = subs.CreateSubscription(ctx, &pubsubpb.Subscription{Name: subscriptionName("spy"), Topic: topic})

	project := "projects/" + strings.Split(topic, "/")[1]
	_, errs["create topic"] = topics.CreateTopic(ctx, &pubsubpb.Topic{Name: project + "/topics/new-one"})
	_, errs["list topics"] = topics.ListTopics(ctx, &pubsubpb.ListTopicsRequest{Project: project}).Next()
	_, errs["list subscriptions"] = subs.ListSubscriptions(ctx, &pubsubpb.ListSubscriptionsRequest{Project: project}).Next()
	return errs
}

// One tenant's account publishes to and pulls from what is its own, and nothing else: and cannot
// tell what is another's from what is not there.
func TestTenantsAreApart(t *testing.T) {
	w := newWorld(t)
	key, own, ownSub := w.tenant("tn-aaaaaaaaaa")
	_, theirs, theirSub := w.tenant("tn-bbbbbbbbbb")
	w.publish(theirs, "secret", nil)
	client := w.client(key)

	_, err := client.TopicAdminClient.Publish(t.Context(), &pubsubpb.PublishRequest{Topic: own, Messages: []*pubsubpb.PubsubMessage{{Data: []byte("mine")}}})
	must(t, err)
	res, err := client.SubscriptionAdminClient.Pull(t.Context(), &pubsubpb.PullRequest{Subscription: ownSub, MaxMessages: 10})
	must(t, err)
	if len(res.ReceivedMessages) != 1 || string(res.ReceivedMessages[0].Message.Data) != "mine" {
		t.Errorf("pulled %v", res.ReceivedMessages)
	}
	for what, names := range map[string][2]string{
		"theirs":            {theirs, theirSub},
		"not there":         {topicName("nobodys"), subscriptionName("nobodys")},
		"another project's": {"projects/other/topics/any-one", "projects/other/subscriptions/any-one"},
	} {
		for call, err := range attempts(t, client.TopicAdminClient, client.SubscriptionAdminClient, names[0], names[1]) {
			wantCode(t, what+": "+call, err, codes.PermissionDenied)
			if err != nil && strings.Contains(status.Convert(err).Message(), "secret") {
				t.Errorf("%s: %v", call, err)
			}
		}
		granted, err := client.TopicAdminClient.TestIamPermissions(t.Context(), &iampb.TestIamPermissionsRequest{
			Resource: names[0], Permissions: []string{"pubsub.topics.publish", "pubsub.topics.get"},
		})
		if err != nil || len(granted.Permissions) != 0 {
			t.Errorf("%s: granted %v, %v", what, granted, err)
		}
	}
	if n := w.waiting(theirSub); n != 1 {
		t.Errorf("their subscription has %d messages", n)
	}
}

// To who may see it, what is not there is not there.
func TestNotFoundForTheOwner(t *testing.T) {
	w := newWorld(t)
	owner := w.client(w.owner)
	errs := attempts(t, owner.TopicAdminClient, owner.SubscriptionAdminClient, topicName("missing"), subscriptionName("missing"))
	for call, want := range map[string]codes.Code{"create topic": codes.OK, "list topics": codes.OK} {
		wantCode(t, call, errs[call], want)
		delete(errs, call)
	}
	if errs["list subscriptions"] != iterator.Done {
		t.Errorf("list subscriptions: %v", errs["list subscriptions"])
	}
	delete(errs, "list subscriptions")
	for call, err := range errs {
		wantCode(t, call, err, codes.NotFound)
	}
}

// Who loses the permission in the middle of a stream is sent nothing more, and neither is a
// disabled account.
func TestAStreamEndsWithItsPermission(t *testing.T) {
	w := newWorld(t)
	key, topic, sub := w.tenant("tn-aaaaaaaaaa")
	stream, err := w.client(key).SubscriptionAdminClient.StreamingPull(t.Context())
	must(t, err)
	must(t, stream.Send(&pubsubpb.StreamingPullRequest{Subscription: sub, StreamAckDeadlineSeconds: 10}))
	w.publish(topic, "first", nil)
	_, err = stream.Recv()
	must(t, err)
	_, err = w.client(w.owner).TopicAdminClient.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: sub, Policy: &iampb.Policy{}})
	must(t, err)
	w.publish(topic, "second", nil)
	m, err := stream.Recv()
	wantCode(t, "after the permission was taken away", err, codes.PermissionDenied)
	if m != nil {
		t.Errorf("received %v", m)
	}
}

// A stream is of the subscription that it names first.
func TestAStreamKeepsItsSubscription(t *testing.T) {
	w := newWorld(t)
	key, _, sub := w.tenant("tn-aaaaaaaaaa")
	_, _, theirs := w.tenant("tn-bbbbbbbbbb")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	stream, err := w.client(key).SubscriptionAdminClient.StreamingPull(ctx)
	must(t, err)
	must(t, stream.Send(&pubsubpb.StreamingPullRequest{Subscription: sub, StreamAckDeadlineSeconds: 10}))
	must(t, stream.Send(&pubsubpb.StreamingPullRequest{Subscription: theirs}))
	_, err = stream.Recv()
	wantCode(t, "another's subscription in the second message", err, codes.InvalidArgument)
}

// Who may make subscriptions may attach them where the topic, too, lets them.
func TestAttachingAsksTheTopic(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	email, key := w.account("subscriber")
	w.bindProjectIf(email, "roles/pubsub.editor", `resource.type == "cloudresourcemanager.googleapis.com/Project"`)
	subs := w.client(key).SubscriptionAdminClient
	_, err := subs.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: subscriptionName("reader"), Topic: topic})
	wantCode(t, "without a grant on the topic", err, codes.PermissionDenied)
	w.bind(topic, email, "roles/pubsub.subscriber")
	_, err = subs.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: subscriptionName("reader"), Topic: topic})
	wantCode(t, "with one", err, codes.OK)
}

// Tokens of an account go only to where somebody sent them who may act as it.
func TestPushingAsAnAccountTakesActAs(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	email, key := w.account("configurer")
	pusher, _ := w.account("pusher")
	w.bindProject(email, "roles/pubsub.editor")
	as := func(email string) *pubsubpb.PushConfig {
		return &pubsubpb.PushConfig{PushEndpoint: "http://127.0.0.1:9/",
			AuthenticationMethod: &pubsubpb.PushConfig_OidcToken_{OidcToken: &pubsubpb.PushConfig_OidcToken{ServiceAccountEmail: email}}}
	}
	subs := w.client(key).SubscriptionAdminClient
	for name, email := range map[string]string{"existing": pusher, "missing": "nobody@demo.iam.gserviceaccount.com", "elsewhere": "a@other.iam.gserviceaccount.com"} {
		_, err := subs.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: subscriptionName(name), Topic: topic, PushConfig: as(email)})
		wantCode(t, name, err, codes.PermissionDenied)
	}
	sub, err := subs.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: subscriptionName("reader"), Topic: topic})
	must(t, err)
	err = subs.ModifyPushConfig(t.Context(), &pubsubpb.ModifyPushConfigRequest{Subscription: sub.Name, PushConfig: as(pusher)})
	wantCode(t, "by ModifyPushConfig", err, codes.PermissionDenied)
	_, err = subs.UpdateSubscription(t.Context(), &pubsubpb.UpdateSubscriptionRequest{
		Subscription: &pubsubpb.Subscription{Name: sub.Name, PushConfig: as(pusher)}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"push_config"}},
	})
	wantCode(t, "by UpdateSubscription", err, codes.PermissionDenied)
	if got, err := subs.GetSubscription(t.Context(), &pubsubpb.GetSubscriptionRequest{Subscription: sub.Name}); err != nil || got.PushConfig.PushEndpoint != "" {
		t.Errorf("the subscription is %v, %v", got, err)
	}
	w.bindProject(email, "roles/iam.serviceAccountUser")
	must(t, subs.ModifyPushConfig(t.Context(), &pubsubpb.ModifyPushConfigRequest{Subscription: sub.Name, PushConfig: as(pusher)}))
}

func (w *world) bindProject(email, role string) {
	w.t.Helper()
	w.bindProjectIf(email, role, "")
}

// bindProjectIf adds a binding to the project's policy, under a condition unless that is empty.
func (w *world) bindProjectIf(email, role, condition string) {
	w.t.Helper()
	p, err := w.iam.Policy("projects/"+project, 3)
	must(w.t, err)
	b := &iampb.Binding{Role: role, Members: []string{"serviceAccount:" + email}}
	if condition != "" {
		b.Condition = &expr.Expr{Title: "test", Expression: condition}
	}
	p.Version, p.Bindings = 3, append(p.Bindings, b)
	_, err = w.iam.SetPolicy("projects/"+project, p)
	must(w.t, err)
}

// A topic made anew under a name gives nobody the rights of the old one's publishers.
func TestAPolicyGoesWithItsTopic(t *testing.T) {
	w := newWorld(t)
	key, topic, sub := w.tenant("tn-aaaaaaaaaa")
	email := "tn-aaaaaaaaaa@" + project + ".iam.gserviceaccount.com"
	owner := w.client(w.owner)
	must(t, owner.TopicAdminClient.DeleteTopic(t.Context(), &pubsubpb.DeleteTopicRequest{Topic: topic}))
	must(t, owner.SubscriptionAdminClient.DeleteSubscription(t.Context(), &pubsubpb.DeleteSubscriptionRequest{Subscription: sub}))
	for holder := range w.iam.Policies() {
		if holder == topic || holder == sub {
			t.Errorf("%s is deleted, and its policy is not", holder)
		}
	}
	// What a crash between the two leaves over.
	for _, holder := range []string{topic, sub} {
		_, err := w.iam.SetPolicy(holder, &iampb.Policy{Bindings: []*iampb.Binding{{Role: "roles/pubsub.editor", Members: []string{"serviceAccount:" + email}}}})
		must(t, err)
	}
	w.topic("tn-aaaaaaaaaa")
	w.subscribe(&pubsubpb.Subscription{Name: "tn-aaaaaaaaaa", Topic: topic})
	client := w.client(key)
	_, err := client.TopicAdminClient.Publish(t.Context(), &pubsubpb.PublishRequest{Topic: topic, Messages: []*pubsubpb.PubsubMessage{{Data: []byte("x")}}})
	wantCode(t, "publish", err, codes.PermissionDenied)
	//lint:ignore SA1019 an empty answer is one that we want to see
	_, err = client.SubscriptionAdminClient.Pull(t.Context(), &pubsubpb.PullRequest{Subscription: sub, MaxMessages: 1, ReturnImmediately: true})
	wantCode(t, "pull", err, codes.PermissionDenied)
}

// Every method has a row, and every row a method: without a credential all are refused.
func TestEveryMethodHasARow(t *testing.T) {
	w := newWorld(t)
	conn, err := grpc.NewClient(w.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(t, err)
	defer conn.Close()
	rules := pubsub.Rules()
	for service, info := range w.grpc.GetServiceInfo() {
		if !strings.HasPrefix(service, "google.pubsub.") {
			continue
		}
		for _, m := range info.Methods {
			method := "/" + service + "/" + m.Name
			if _, ok := rules[method]; !ok {
				t.Errorf("%s has no row", method)
			}
			delete(rules, method)
			wantCode(t, method+" without a credential", conn.Invoke(t.Context(), method, &emptypb.Empty{}, &emptypb.Empty{}), codes.Unauthenticated)
		}
	}
	for method := range rules {
		t.Errorf("%s is no method", method)
	}
}
