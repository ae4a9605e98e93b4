package console

import (
	"net/http"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub"
)

// topicView is a topic with what is attached to it.
type topicView struct {
	Name          string
	Subscriptions []pubsub.SubscriptionInfo
	Policy        policyView
	DeadLettersOf []string // the subscriptions whose undeliverable messages come here
}

func (c *console) topics(*http.Request) (sheet, error) {
	names, err := c.PubSub.Topics()
	if err != nil {
		return sheet{}, err
	}
	subscriptions, err := c.PubSub.Subscriptions()
	if err != nil {
		return sheet{}, err
	}
	all := []*topicView{}
	byName := map[string]*topicView{}
	topic := func(name string) *topicView {
		if byName[name] == nil {
			byName[name] = &topicView{Name: name, Policy: c.policy(name)}
			all = append(all, byName[name])
		}
		return byName[name]
	}
	for _, name := range names {
		topic(name)
	}
	for _, s := range subscriptions {
		t := topic(s.Topic) // one that was deleted is called _deleted-topic_
		t.Subscriptions = append(t.Subscriptions, s)
		if s.DeadLetterTopic != "" {
			dead := topic(s.DeadLetterTopic)
			dead.DeadLettersOf = append(dead.DeadLettersOf, s.Name)
		}
	}
	return sheet{Data: all}, nil
}

// lastPart is what follows the last slash of a resource's name.
func lastPart(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
