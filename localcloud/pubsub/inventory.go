package pubsub

// SubscriptionInfo is what there is to see of a subscription.
type SubscriptionInfo struct {
	Name     string
	Topic    string
	Endpoint string // where it pushes; empty: it is pulled
	Waiting  int    // messages that nobody has acknowledged
}

// Topics returns the names of the topics there are. It is for the cloud's own use: no permission is asked.
func (s *Service) Topics() ([]string, error) {
	all, _, err := s.store.Topics("", int(^uint(0)>>1))
	var names []string
	for _, t := range all {
		names = append(names, t.Name)
	}
	return names, err
}

// Subscriptions returns the subscriptions there are, by name. It is for the cloud's own use: no permission is asked.
func (s *Service) Subscriptions() ([]SubscriptionInfo, error) {
	all, _, err := s.store.Subscriptions("", int(^uint(0)>>1))
	if err != nil {
		return nil, err
	}
	var infos []SubscriptionInfo
	for _, sub := range all {
		waiting, err := s.store.Waiting(sub.Name)
		if err != nil {
			return nil, err
		}
		infos = append(infos, SubscriptionInfo{sub.Name, sub.Topic, sub.GetPushConfig().GetPushEndpoint(), waiting})
	}
	return infos, nil
}
