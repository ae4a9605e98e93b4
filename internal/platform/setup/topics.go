package setup

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/bulkhead-saas/bulkhead/internal/platform"
)

// The topics of Pub/Sub.
const (
	// BucketsTopic is where Cloud Storage says that an object has arrived in a tenant's bucket.
	BucketsTopic = "bucket-events"
	// UploadsTopic is where the application says what became of a file.
	UploadsTopic = "uploads"
	// InspectionsTopic is where the Adapter says how far it has come with one.
	InspectionsTopic = "inspections"
)

// TopicName is the full name of a topic in the project.
func TopicName(project, topic string) string { return "projects/" + project + "/topics/" + topic }

const publisher = "roles/pubsub.publisher"

// makeTopics makes the topics, and lets each be published to by those who have to say something
// there. To BucketsTopic that is Cloud Storage itself, by its own account.
func (s *run) makeTopics(ctx context.Context) error {
	agent, err := s.owner.Storage().ServiceAccount(ctx, s.cfg.Project)
	if err != nil {
		return fmt.Errorf("the account of Cloud Storage: %w", err)
	}
	publishers := map[string][]string{BucketsTopic: {"serviceAccount:" + agent}, UploadsTopic: nil, InspectionsTopic: nil}
	for _, p := range s.privileges {
		for _, topic := range p.publishes {
			publishers[topic] = append(publishers[topic], p.account.member(s.cfg.Project))
		}
	}
	client, err := s.owner.Topics(ctx)
	if err != nil {
		return err
	}
	for topic, members := range publishers {
		name := TopicName(s.cfg.Project, topic)
		_, err := client.CreateTopic(ctx, &pubsubpb.Topic{Name: name})
		if err != nil && status.Code(err) != codes.AlreadyExists {
			return fmt.Errorf("%s: %w", topic, err)
		}
		policy, err := client.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: name})
		if err != nil {
			return fmt.Errorf("%s: %w", topic, err)
		}
		changed := false
		for _, m := range members {
			changed = bind(policy, m, role{name: publisher}) || changed
		}
		if !changed {
			continue
		}
		if _, err := client.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: name, Policy: policy}); err != nil {
			return fmt.Errorf("%s: %w", topic, err)
		}
	}
	return nil
}

// Subscription is where one topic is pushed to.
type Subscription struct {
	ID      string
	Topic   string
	Address string // "https://worker-dot-app.example.com/events/objects"; empty: messages wait
}

// AdapterSubscription is the subscription by which the Adapter hears of files.
const AdapterSubscription = "uploads-adapter"

// deliveryTime is how long a push may take. It is longer than a job that is done at once.
const deliveryTime = 3 * time.Minute

// Deliver has Pub/Sub push topics to addresses. It pushes as push@, with a token made for the
// address and no other. A subscription that pushed elsewhere is changed. owner acts for somebody
// who owns the project.
func Deliver(ctx context.Context, owner *platform.Platform, project string, subscriptions ...Subscription) error {
	client, err := owner.Subscriptions(ctx)
	if err != nil {
		return fmt.Errorf("setup: deliver: %w", err)
	}
	for _, s := range subscriptions {
		want := &pubsubpb.Subscription{
			Name:                     subscriptionName(project, s.ID),
			Topic:                    TopicName(project, s.Topic),
			AckDeadlineSeconds:       int32(deliveryTime / time.Second),
			PushConfig:               pushTo(project, s.Address),
			MessageRetentionDuration: durationpb.New(7 * 24 * time.Hour),
			RetryPolicy: &pubsubpb.RetryPolicy{
				MinimumBackoff: durationpb.New(time.Second), MaximumBackoff: durationpb.New(time.Minute),
			},
		}
		_, err := client.CreateSubscription(ctx, want)
		if status.Code(err) == codes.AlreadyExists {
			_, err = client.UpdateSubscription(ctx, &pubsubpb.UpdateSubscriptionRequest{
				Subscription: want, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"push_config", "retry_policy", "ack_deadline_seconds"}},
			})
		}
		if err != nil {
			return fmt.Errorf("setup: deliver %s: %w", s.ID, err)
		}
	}
	return nil
}

// Unplug pauses subscriptions: nothing is pushed, and what is published waits, for seven days,
// until Deliver is called again. Whoever publishes notices nothing.
func Unplug(ctx context.Context, owner *platform.Platform, project string, ids ...string) error {
	client, err := owner.Subscriptions(ctx)
	if err != nil {
		return fmt.Errorf("setup: unplug: %w", err)
	}
	for _, id := range ids {
		err := client.ModifyPushConfig(ctx, &pubsubpb.ModifyPushConfigRequest{
			Subscription: subscriptionName(project, id), PushConfig: &pubsubpb.PushConfig{},
		})
		if err != nil {
			return fmt.Errorf("setup: unplug %s: %w", id, err)
		}
	}
	return nil
}

func subscriptionName(project, id string) string {
	return "projects/" + project + "/subscriptions/" + id
}

func pushTo(project, address string) *pubsubpb.PushConfig {
	if address == "" {
		return &pubsubpb.PushConfig{}
	}
	return &pubsubpb.PushConfig{
		PushEndpoint: address,
		AuthenticationMethod: &pubsubpb.PushConfig_OidcToken_{OidcToken: &pubsubpb.PushConfig_OidcToken{
			ServiceAccountEmail: Push.Email(project), Audience: address,
		}},
	}
}
