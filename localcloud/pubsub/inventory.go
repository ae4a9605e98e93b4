package pubsub

import (
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// SubscriptionInfo is what there is to see of a subscription.
type SubscriptionInfo struct {
	Name     string
	Topic    string
	Endpoint string // where it pushes; empty: it is pulled
	Waiting  int    // messages that nobody has acknowledged

	AckDeadline     time.Duration
	PushAccount     string // whose OIDC token a push carries; empty: none
	DeadLetterTopic string // where what cannot be delivered goes; empty: nowhere
	MaxAttempts     int    // before it does
	Failure         Failure
}

// Failure says why the latest push of a subscription was not acknowledged. The zero Failure is
// none. A restart forgets it.
type Failure struct {
	Time   time.Time
	Reason string
}

// Topics returns the names of the topics there are. It is for the cloud's own use: no permission is
// asked.
func (s *Service) Topics() ([]string, error) {
	all, _, err := s.store.Topics("", "", int(^uint(0)>>1))
	var names []string
	for _, t := range all {
		names = append(names, t.Name)
	}
	return names, err
}

// Subscriptions returns the subscriptions there are, by name. It is for the cloud's own use: no
// permission is asked.
func (s *Service) Subscriptions() ([]SubscriptionInfo, error) {
	all, _, err := s.store.Subscriptions("", "", int(^uint(0)>>1))
	if err != nil {
		return nil, err
	}
	var infos []SubscriptionInfo
	for _, sub := range all {
		waiting, err := s.store.Waiting(sub.Name)
		if err != nil {
			return nil, err
		}
		infos = append(infos, SubscriptionInfo{
			Name: sub.Name, Topic: sub.Topic, Endpoint: sub.GetPushConfig().GetPushEndpoint(), Waiting: waiting,
			AckDeadline:     time.Duration(sub.AckDeadlineSeconds) * time.Second,
			PushAccount:     sub.GetPushConfig().GetOidcToken().GetServiceAccountEmail(),
			DeadLetterTopic: sub.GetDeadLetterPolicy().GetDeadLetterTopic(),
			MaxAttempts:     int(sub.GetDeadLetterPolicy().GetMaxDeliveryAttempts()),
			Failure:         s.failure(sub.Name),
		})
	}
	return infos, nil
}

func (s *Service) failure(subscription string) Failure {
	s.mu.Lock()
	w := s.workers[subscription]
	s.mu.Unlock()
	if w == nil {
		return Failure{}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failure
}

// ResourceOf is what access is asked on for the topic or subscription of that resource name; ok is
// false for any other.
func ResourceOf(name string) (r iam.Resource, ok bool) {
	for _, kind := range []string{topics, subscriptions} {
		if r, err := resource(kind, name); err == nil {
			return r, true
		}
	}
	return iam.Resource{}, false
}
