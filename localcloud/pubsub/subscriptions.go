package pubsub

import (
	"context"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// subscriber is google.pubsub.v1.Subscriber. What it does not implement answers Unimplemented.
type subscriber struct {
	pubsubpb.UnimplementedSubscriberServer
	s *Service
}

// CreateSubscription attaches a subscription to a topic, which takes
// pubsub.topics.attachSubscription there. One that pushes as an account takes
// iam.serviceAccounts.actAs on it.
func (sr subscriber) CreateSubscription(ctx context.Context, req *pubsubpb.Subscription) (*pubsubpb.Subscription, error) {
	if _, err := projectOf(subscriptions, req.Name); err != nil {
		return nil, err
	}
	topic, err := resource(topics, req.Topic)
	if err != nil {
		return nil, err
	}
	caller, _ := iam.CallerFrom(ctx)
	if err := sr.s.cfg.IAM.Check(ctx, caller, "pubsub.topics.attachSubscription", topic); err != nil {
		return nil, err
	}
	sub := proto.CloneOf(req)
	if err := sr.s.completeSubscription(sub); err != nil {
		return nil, err
	}
	if err := sr.s.push.MayActAs(ctx, sub.PushConfig.GetOidcToken().GetServiceAccountEmail()); err != nil {
		return nil, err
	}
	sr.s.administering.Lock()
	defer sr.s.administering.Unlock()
	if _, err := sr.s.store.Subscription(sub.Name); err != nil {
		if err := sr.s.cfg.IAM.DeletePolicy(sub.Name); err != nil { // left over from one that a crash cut short
			return nil, err
		}
	}
	if err := sr.s.store.CreateSubscription(sub); err != nil {
		return nil, refusal(err)
	}
	sr.s.start(sub.Name)
	return sub, nil
}

func (sr subscriber) GetSubscription(_ context.Context, req *pubsubpb.GetSubscriptionRequest) (*pubsubpb.Subscription, error) {
	sub, err := sr.s.store.Subscription(req.Subscription)
	return sub, refusal(err)
}

func (sr subscriber) UpdateSubscription(ctx context.Context, req *pubsubpb.UpdateSubscriptionRequest) (*pubsubpb.Subscription, error) {
	if len(req.GetUpdateMask().GetPaths()) == 0 {
		return nil, invalid("The update_mask must be specified and non-empty.")
	}
	fixed := []string{"topic", "enable_message_ordering", "filter", "detached", "state", "topic_message_retention_duration"}
	return sr.update(ctx, req.Subscription.Name, func(sub *pubsubpb.Subscription) error {
		return merge(sub, req.Subscription, req.UpdateMask.Paths, fixed)
	})
}

func (sr subscriber) ModifyPushConfig(ctx context.Context, req *pubsubpb.ModifyPushConfigRequest) (*emptypb.Empty, error) {
	_, err := sr.update(ctx, req.Subscription, func(sub *pubsubpb.Subscription) error {
		sub.PushConfig = req.PushConfig
		return nil
	})
	return &emptypb.Empty{}, err
}

// update changes a subscription. Whoever changes where it pushes, or as whom, must be allowed to
// act as that account.
func (sr subscriber) update(ctx context.Context, name string, change func(*pubsubpb.Subscription) error) (*pubsubpb.Subscription, error) {
	sub, err := sr.s.store.UpdateSubscription(name, func(sub *pubsubpb.Subscription) error {
		was := proto.CloneOf(sub.PushConfig)
		if err := change(sub); err != nil {
			return err
		}
		sub.PushConfig = proto.CloneOf(sub.PushConfig) // not the request's own, which is completed now
		if err := sr.s.completeSubscription(sub); err != nil {
			return err
		}
		if proto.Equal(was, sub.PushConfig) {
			return nil
		}
		return sr.s.push.MayActAs(ctx, sub.PushConfig.GetOidcToken().GetServiceAccountEmail())
	})
	sr.s.wake(name)
	return sub, refusal(err)
}

func (sr subscriber) DeleteSubscription(_ context.Context, req *pubsubpb.DeleteSubscriptionRequest) (*emptypb.Empty, error) {
	sr.s.administering.Lock()
	defer sr.s.administering.Unlock()
	if err := sr.s.store.DeleteSubscription(req.Subscription); err != nil {
		return nil, refusal(err)
	}
	sr.s.stop(req.Subscription)
	return &emptypb.Empty{}, sr.s.cfg.IAM.DeletePolicy(req.Subscription)
}

func (sr subscriber) ListSubscriptions(_ context.Context, req *pubsubpb.ListSubscriptionsRequest) (*pubsubpb.ListSubscriptionsResponse, error) {
	page, more, err := sr.s.store.Subscriptions(req.Project+"/subscriptions/", req.PageToken, pageSize(req.PageSize))
	if err != nil {
		return nil, refusal(err)
	}
	res := &pubsubpb.ListSubscriptionsResponse{Subscriptions: page}
	if more {
		res.NextPageToken = page[len(page)-1].Name
	}
	return res, nil
}
