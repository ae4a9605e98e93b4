package pubsub_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

func TestTopicNames(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.owner).TopicAdminClient
	for id, want := range map[string]codes.Code{
		"abc": codes.OK, "a.b~c+d%e_f-1": codes.OK, "a" + strings.Repeat("b", 254): codes.OK, "Google": codes.OK,
		"ab": codes.InvalidArgument, "a" + strings.Repeat("b", 255): codes.InvalidArgument, "1abc": codes.InvalidArgument, "goog-x": codes.InvalidArgument,
		"a b": codes.InvalidArgument, "a/b": codes.InvalidArgument, "": codes.InvalidArgument, "abé": codes.InvalidArgument,
	} {
		_, err := c.CreateTopic(t.Context(), &pubsubpb.Topic{Name: topicName(id)})
		wantCode(t, id, err, want)
	}
	_, err := c.CreateTopic(t.Context(), &pubsubpb.Topic{Name: topicName("abc")})
	wantCode(t, "a second of one name", err, codes.AlreadyExists)
}

func TestWhatIsNotSupportedIsRefused(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	c := w.client(w.owner)
	for what, topic := range map[string]*pubsubpb.Topic{
		"key":       {KmsKeyName: "projects/p/locations/l/keyRings/r/cryptoKeys/k"},
		"schema":    {SchemaSettings: &pubsubpb.SchemaSettings{Schema: "projects/demo/schemas/s"}},
		"retention": {MessageRetentionDuration: durationpb.New(time.Hour)},
		"regions":   {MessageStoragePolicy: &pubsubpb.MessageStoragePolicy{AllowedPersistenceRegions: []string{"us-east1"}}},
	} {
		topic.Name = topicName("refused")
		_, err := c.TopicAdminClient.CreateTopic(t.Context(), topic)
		wantCode(t, what, err, codes.Unimplemented)
	}
	for what, sub := range map[string]*pubsubpb.Subscription{
		"filter":       {Filter: `attributes.colour = "red"`},
		"ordering":     {EnableMessageOrdering: true},
		"exactly once": {EnableExactlyOnceDelivery: true},
		"retain acked": {RetainAckedMessages: true},
		"BigQuery":     {BigqueryConfig: &pubsubpb.BigQueryConfig{Table: "p.d.t"}},
		"expiry":       {ExpirationPolicy: &pubsubpb.ExpirationPolicy{Ttl: durationpb.New(48 * time.Hour)}},
		"push version": {PushConfig: &pubsubpb.PushConfig{PushEndpoint: "http://127.0.0.1:9/", Attributes: map[string]string{"x-goog-version": "v1beta1"}}},
	} {
		sub.Name, sub.Topic = subscriptionName("refused"), topic
		_, err := c.SubscriptionAdminClient.CreateSubscription(t.Context(), sub)
		wantCode(t, what, err, codes.Unimplemented)
	}
	_, err := c.SubscriptionAdminClient.Seek(t.Context(), &pubsubpb.SeekRequest{Subscription: w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic})})
	wantCode(t, "seek", err, codes.Unimplemented)
	_, err = c.SubscriptionAdminClient.CreateSnapshot(t.Context(), &pubsubpb.CreateSnapshotRequest{Name: "projects/demo/snapshots/snap"})
	wantCode(t, "snapshot", err, codes.Unimplemented)
	_, err = c.TopicAdminClient.DetachSubscription(t.Context(), &pubsubpb.DetachSubscriptionRequest{Subscription: subscriptionName("reader")})
	wantCode(t, "detach", err, codes.Unimplemented)
}

func TestSubscriptionBounds(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	seconds := func(s int) *durationpb.Duration { return durationpb.New(time.Duration(s) * time.Second) }
	for what, test := range map[string]struct {
		sub  *pubsubpb.Subscription
		want codes.Code
	}{
		"least deadline":        {&pubsubpb.Subscription{AckDeadlineSeconds: 10}, codes.OK},
		"most deadline":         {&pubsubpb.Subscription{AckDeadlineSeconds: 600}, codes.OK},
		"short deadline":        {&pubsubpb.Subscription{AckDeadlineSeconds: 9}, codes.InvalidArgument},
		"long deadline":         {&pubsubpb.Subscription{AckDeadlineSeconds: 601}, codes.InvalidArgument},
		"short retention":       {&pubsubpb.Subscription{MessageRetentionDuration: seconds(599)}, codes.InvalidArgument},
		"least retention":       {&pubsubpb.Subscription{MessageRetentionDuration: seconds(600)}, codes.OK},
		"long backoff":          {&pubsubpb.Subscription{RetryPolicy: &pubsubpb.RetryPolicy{MaximumBackoff: seconds(601)}}, codes.InvalidArgument},
		"backoff upside down":   {&pubsubpb.Subscription{RetryPolicy: &pubsubpb.RetryPolicy{MinimumBackoff: seconds(20), MaximumBackoff: seconds(15)}}, codes.InvalidArgument},
		"few attempts":          {&pubsubpb.Subscription{DeadLetterPolicy: &pubsubpb.DeadLetterPolicy{DeadLetterTopic: topic, MaxDeliveryAttempts: 4}}, codes.InvalidArgument},
		"many attempts":         {&pubsubpb.Subscription{DeadLetterPolicy: &pubsubpb.DeadLetterPolicy{DeadLetterTopic: topic, MaxDeliveryAttempts: 101}}, codes.InvalidArgument},
		"missing dead letters":  {&pubsubpb.Subscription{DeadLetterPolicy: &pubsubpb.DeadLetterPolicy{DeadLetterTopic: topicName("missing")}}, codes.NotFound},
		"upper-case label":      {&pubsubpb.Subscription{Labels: map[string]string{"A": "b"}}, codes.InvalidArgument},
		"token without account": {&pubsubpb.Subscription{PushConfig: &pubsubpb.PushConfig{PushEndpoint: "http://127.0.0.1:9/", AuthenticationMethod: &pubsubpb.PushConfig_OidcToken_{OidcToken: &pubsubpb.PushConfig_OidcToken{}}}}, codes.InvalidArgument},
	} {
		test.sub.Name, test.sub.Topic = subscriptionName(strings.ReplaceAll(what, " ", "-")), topic
		_, err := w.client(w.owner).SubscriptionAdminClient.CreateSubscription(t.Context(), test.sub)
		wantCode(t, what, err, test.want)
	}
}

func TestPublishBounds(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	one := func(m *pubsubpb.PubsubMessage) []*pubsubpb.PubsubMessage { return []*pubsubpb.PubsubMessage{m} }
	attributes := func(n int) map[string]string {
		all := map[string]string{}
		for i := range n {
			all[fmt.Sprint("k", i)] = ""
		}
		return all
	}
	many := make([]*pubsubpb.PubsubMessage, 1001)
	for i := range many {
		many[i] = &pubsubpb.PubsubMessage{Data: []byte("x")}
	}
	text := func(n int) string { return strings.Repeat("x", n) }
	for what, test := range map[string]struct {
		messages []*pubsubpb.PubsubMessage
		want     codes.Code
	}{
		"none":              {nil, codes.InvalidArgument},
		"empty":             {one(&pubsubpb.PubsubMessage{}), codes.InvalidArgument},
		"attribute alone":   {one(&pubsubpb.PubsubMessage{Attributes: attributes(1)}), codes.OK},
		"1000":              {many[:1000], codes.OK},
		"1001":              {many, codes.InvalidArgument},
		"almost 10 MB":      {one(&pubsubpb.PubsubMessage{Data: make([]byte, maxData)}), codes.OK},
		"more than 10 MB":   {one(&pubsubpb.PubsubMessage{Data: make([]byte, 10_000_000)}), codes.InvalidArgument},
		"100 attributes":    {one(&pubsubpb.PubsubMessage{Attributes: attributes(100)}), codes.OK},
		"101 attributes":    {one(&pubsubpb.PubsubMessage{Attributes: attributes(101)}), codes.InvalidArgument},
		"longest key":       {one(&pubsubpb.PubsubMessage{Attributes: map[string]string{text(256): ""}}), codes.OK},
		"too long a key":    {one(&pubsubpb.PubsubMessage{Attributes: map[string]string{text(257): ""}}), codes.InvalidArgument},
		"no key":            {one(&pubsubpb.PubsubMessage{Attributes: map[string]string{"": "x"}}), codes.InvalidArgument},
		"reserved key":      {one(&pubsubpb.PubsubMessage{Attributes: map[string]string{"googx": "x"}}), codes.InvalidArgument},
		"longest value":     {one(&pubsubpb.PubsubMessage{Attributes: map[string]string{"k": text(1024)}}), codes.OK},
		"too long a value":  {one(&pubsubpb.PubsubMessage{Attributes: map[string]string{"k": text(1025)}}), codes.InvalidArgument},
		"long ordering key": {one(&pubsubpb.PubsubMessage{Data: []byte("x"), OrderingKey: text(1025)}), codes.InvalidArgument},
	} {
		res, err := w.client(w.owner).TopicAdminClient.Publish(t.Context(), &pubsubpb.PublishRequest{Topic: topic, Messages: test.messages})
		wantCode(t, what, err, test.want)
		if err == nil && len(res.MessageIds) != len(test.messages) {
			t.Errorf("%s: %d ids", what, len(res.MessageIds))
		}
	}
}

// maxData is what fits into a request of 10 MB, with some room for names and lengths.
const maxData = 10_000_000 - 100

func TestSettingsAreKept(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	name := w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic, Labels: map[string]string{"tenant": "acme"}})
	got := w.update(&pubsubpb.Subscription{Name: name, AckDeadlineSeconds: 60, Labels: map[string]string{"tenant": "other"}}, "ack_deadline_seconds", "retry_policy")
	want := &pubsubpb.Subscription{
		Name: name, Topic: topic, AckDeadlineSeconds: 60, Labels: map[string]string{"tenant": "acme"}, PushConfig: &pubsubpb.PushConfig{},
		MessageRetentionDuration: durationpb.New(7 * 24 * time.Hour), ExpirationPolicy: &pubsubpb.ExpirationPolicy{}, State: pubsubpb.Subscription_ACTIVE,
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	w.restart()
	c := w.client(w.owner)
	kept, err := c.SubscriptionAdminClient.GetSubscription(t.Context(), &pubsubpb.GetSubscriptionRequest{Subscription: name})
	must(t, err)
	if diff := cmp.Diff(want, kept, protocmp.Transform()); diff != "" {
		t.Errorf("after a restart:\n%s", diff)
	}
	for _, path := range []string{"name", "topic", "filter", "nonsense", "push_config.push_endpoint"} {
		_, err := c.SubscriptionAdminClient.UpdateSubscription(t.Context(), &pubsubpb.UpdateSubscriptionRequest{
			Subscription: &pubsubpb.Subscription{Name: name}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}}})
		wantCode(t, path, err, codes.InvalidArgument)
	}
	_, err = c.SubscriptionAdminClient.UpdateSubscription(t.Context(), &pubsubpb.UpdateSubscriptionRequest{Subscription: &pubsubpb.Subscription{Name: name}})
	wantCode(t, "no mask", err, codes.InvalidArgument)

	updated, err := c.TopicAdminClient.UpdateTopic(t.Context(), &pubsubpb.UpdateTopicRequest{
		Topic: &pubsubpb.Topic{Name: topic, Labels: map[string]string{"a": "b"}}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"labels"}}})
	if err != nil || updated.Labels["a"] != "b" {
		t.Errorf("%v, %v", updated, err)
	}
}

func TestLists(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.owner)
	var topics, subs []string
	for i := range 5 {
		topics = append(topics, w.topic(fmt.Sprintf("topic-%d", i)))
		subs = append(subs, w.subscribe(&pubsubpb.Subscription{Name: fmt.Sprintf("sub-%d", i), Topic: topics[0]}))
	}
	var got []string
	for it := c.TopicAdminClient.ListTopics(t.Context(), &pubsubpb.ListTopicsRequest{Project: "projects/" + project, PageSize: 2}); ; {
		topic, err := it.Next()
		if err == iterator.Done {
			break
		}
		must(t, err)
		got = append(got, topic.Name)
	}
	if diff := cmp.Diff(topics, got); diff != "" {
		t.Error(diff)
	}
	got = nil
	for it := c.TopicAdminClient.ListTopicSubscriptions(t.Context(), &pubsubpb.ListTopicSubscriptionsRequest{Topic: topics[0], PageSize: 2}); ; {
		name, err := it.Next()
		if err == iterator.Done {
			break
		}
		must(t, err)
		got = append(got, name)
	}
	if diff := cmp.Diff(subs, got); diff != "" {
		t.Error(diff)
	}
	got = nil
	for it := c.SubscriptionAdminClient.ListSubscriptions(t.Context(), &pubsubpb.ListSubscriptionsRequest{Project: "projects/" + project, PageSize: 2}); ; {
		sub, err := it.Next()
		if err == iterator.Done {
			break
		}
		must(t, err)
		got = append(got, sub.Name)
	}
	if diff := cmp.Diff(subs, got); diff != "" {
		t.Error(diff)
	}
}
