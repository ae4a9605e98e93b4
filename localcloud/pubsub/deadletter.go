package pubsub

import (
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// completeDeadLetter fills in defaults of a dead letter policy, and refuses one that the service
// could not follow.
func (s *Service) completeDeadLetter(sub *pubsubpb.Subscription) error {
	p := sub.DeadLetterPolicy
	if p == nil {
		return nil
	}
	project, err := projectOf(topics, p.DeadLetterTopic)
	if err != nil {
		return err
	}
	if own, err := projectOf(subscriptions, sub.Name); err != nil || own != project {
		return unsupported("dead letter topics of other projects")
	}
	if p.MaxDeliveryAttempts == 0 {
		p.MaxDeliveryAttempts = minAttempts
	}
	if n := p.MaxDeliveryAttempts; n < minAttempts || n > maxAttempts {
		return invalid("Invalid max_delivery_attempts: %d, want %d to %d.", n, minAttempts, maxAttempts)
	}
	return nil
}

// mayForward reports whether what could not be delivered goes to the dead letter topic: Pub/Sub's
// agent must be allowed to publish there, and to acknowledge here.
//
// https://cloud.google.com/pubsub/docs/handling-failures#grant_forwarding_permissions
func (s *Service) mayForward(sub *pubsubpb.Subscription) bool {
	if sub.DeadLetterPolicy == nil {
		return false
	}
	from, err := resource(subscriptions, sub.Name)
	if err != nil {
		return false
	}
	to, err := resource(topics, sub.DeadLetterPolicy.DeadLetterTopic)
	if err != nil {
		return false
	}
	if _, err := s.store.Topic(to.Name); err != nil {
		return false
	}
	project, err := projectOf(subscriptions, sub.Name)
	if err != nil {
		return false
	}
	agent := iam.PubSubAgentOf(project)
	return len(s.cfg.IAM.Granted(agent, []string{"pubsub.subscriptions.consume"}, from)) == 1 &&
		len(s.cfg.IAM.Granted(agent, []string{"pubsub.topics.publish"}, to)) == 1
}
