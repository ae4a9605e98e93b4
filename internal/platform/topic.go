package platform

import (
	"context"
	"fmt"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	gtransport "google.golang.org/api/transport/grpc"

	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
)

// Topic is a topic of Pub/Sub, to publish to. Safe for concurrent use.
type Topic struct {
	client *pubsub.TopicAdminClient
	name   string
}

// Topic returns a topic of the project by its id. The account needs roles/pubsub.publisher on it.
func (p *Platform) Topic(ctx context.Context, id string) (*Topic, error) {
	client, err := p.Topics(ctx)
	if err != nil {
		return nil, err
	}
	return &Topic{client, "projects/" + p.project + "/topics/" + id}, nil
}

// Publish returns once Pub/Sub keeps the message. After an error it may be kept or not.
func (t *Topic) Publish(ctx context.Context, message []byte) error {
	_, err := t.client.Publish(ctx, &pubsubpb.PublishRequest{
		Topic: t.name, Messages: []*pubsubpb.PubsubMessage{{Data: message}},
	})
	if err != nil {
		return fmt.Errorf("platform: publish: %w", err)
	}
	return nil
}

// Topics administers Pub/Sub's topics.
func (p *Platform) Topics(ctx context.Context) (*pubsub.TopicAdminClient, error) {
	conn, err := p.dial(p.endpoints.PubSub, gcloud.GooglePubSub)
	if err != nil {
		return nil, err
	}
	return pubsub.NewTopicAdminClient(ctx, gtransport.WithConnPool(conn))
}

// Subscriptions administers Pub/Sub's subscriptions.
func (p *Platform) Subscriptions(ctx context.Context) (*pubsub.SubscriptionAdminClient, error) {
	conn, err := p.dial(p.endpoints.PubSub, gcloud.GooglePubSub)
	if err != nil {
		return nil, err
	}
	return pubsub.NewSubscriptionAdminClient(ctx, gtransport.WithConnPool(conn))
}
