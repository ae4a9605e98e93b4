package storage

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"strconv"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

const (
	relayed     = 100              // events of a topic published before they are taken out of the outbox
	firstRetry  = time.Second      // after a topic has refused an event
	maxRetry    = 10 * time.Second // doubled up to this
	undelivered = 7 * 24 * time.Hour
)

// relay publishes what stands in the outbox, in the order in which it came there, topic by topic. A
// topic that refuses is asked again after a while, and holds up no other. What no topic has taken
// for a week is forgotten, as Google does.
type relay struct {
	s      *Service
	cancel context.CancelFunc
	done   chan struct{}
	failed map[string]failure // by topic
}

// failure is how a topic refused.
type failure struct {
	wait  time.Duration
	until time.Time // real time
}

func (s *Service) startRelay() *relay {
	ctx, cancel := context.WithCancel(context.Background())
	r := &relay{s: s, cancel: cancel, done: make(chan struct{}), failed: map[string]failure{}}
	go r.run(ctx)
	return r
}

func (r *relay) stop() {
	r.cancel()
	<-r.done
}

func (r *relay) run(ctx context.Context) {
	defer close(r.done)
	for ctx.Err() == nil {
		topics, err := r.s.store.Topics()
		if err != nil {
			r.s.cfg.Logger.ErrorContext(ctx, "storage: the outbox cannot be read", "error", err)
		}
		for _, topic := range topics {
			r.publish(ctx, topic)
		}
		var again <-chan time.Time
		if len(r.failed) > 0 || err != nil {
			again = time.After(firstRetry)
		}
		select {
		case <-ctx.Done():
		case <-again:
		case <-r.s.store.News():
		}
	}
}

// publish publishes the events of a topic, until there is none left or one is refused.
func (r *relay) publish(ctx context.Context, topic string) {
	last := r.failed[topic]
	if time.Now().Before(last.until) {
		return
	}
	for ctx.Err() == nil {
		events, err := r.s.store.Events(topic, relayed)
		if err != nil || len(events) == 0 {
			delete(r.failed, topic)
			return
		}
		told := 0
		for told < len(events) && ctx.Err() == nil {
			if err = r.tell(ctx, events[told]); err != nil {
				break
			}
			told++
		}
		if told > 0 {
			if stored := r.s.store.Told(topic, events[:told]); stored != nil {
				err = stored
			}
			last.wait = 0
		}
		if err != nil {
			last.wait = min(max(2*last.wait, firstRetry), maxRetry)
			last.until = time.Now().Add(last.wait)
			r.failed[topic] = last
			r.s.cfg.Logger.WarnContext(ctx, "storage: notification not published", "topic", topic, "error", err)
			return
		}
	}
}

// tell publishes an event, as Cloud Storage's agent. One that is too old it passes over.
func (r *relay) tell(ctx context.Context, e store.Event) error {
	m, err := r.s.messageOf(e)
	if err != nil {
		return err
	}
	err = r.s.cfg.PubSub.Publish(ctx, iam.StorageAgentOf(cmp.Or(e.Notification.Project, r.s.cfg.Project)), e.Notification.Topic, m)
	if err != nil && r.s.cfg.Now().Sub(e.Time) > undelivered {
		return nil
	}
	return err
}

// messageOf is an event as a message.
//
// https://cloud.google.com/storage/docs/pubsub-notifications#format
func (s *Service) messageOf(e store.Event) (*pubsubpb.PubsubMessage, error) {
	o, n := e.Object, e.Notification
	m := &pubsubpb.PubsubMessage{Attributes: maps.Clone(n.Attributes)}
	if m.Attributes == nil {
		m.Attributes = map[string]string{}
	}
	maps.Copy(m.Attributes, map[string]string{
		"notificationConfig": bucketName(o.Bucket) + "/notificationConfigs/" + n.ID,
		"eventType":          e.Type,
		"payloadFormat":      n.Payload,
		"bucketId":           o.Bucket,
		"objectId":           o.Name,
		"objectGeneration":   strconv.FormatInt(o.Generation, 10),
		"eventTime":          e.Time.UTC().Format("2006-01-02T15:04:05.000000Z"),
	})
	for name, generation := range map[string]int64{"overwroteGeneration": e.Overwrote, "overwrittenByGeneration": e.OverwrittenBy} {
		if generation != 0 {
			m.Attributes[name] = strconv.FormatInt(generation, 10)
		}
	}
	if n.Payload == payloadNone {
		return m, nil
	}
	var err error
	if m.Data, err = json.Marshal(s.objectResourceOf(nil, o), json.Deterministic(true)); err != nil {
		return nil, fmt.Errorf("storage: encode notification: %w", err)
	}
	return m, nil
}
