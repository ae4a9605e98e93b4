package storage

import (
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// What a bucket's notification configurations may be.
//
// https://cloud.google.com/storage/docs/pubsub-notifications
const (
	maxNotifications = 100 // of a bucket
	maxOfEvent       = 10  // of a bucket, that want one type of event
	maxCustom        = 64  // attributes; a message has room for 100
	topicService     = "//pubsub.googleapis.com/"
	payloadJSON      = "JSON_API_V1"
	payloadNone      = "NONE"
)

var eventTypes = []string{store.Finalized, store.MetadataUpdated, store.Deleted, store.Archived}

// notificationBody is a notification configuration as the JSON API shows it.
type notificationBody struct {
	Kind       string            `json:"kind,omitempty"`
	ID         string            `json:"id,omitempty"`
	SelfLink   string            `json:"selfLink,omitempty"`
	Etag       string            `json:"etag,omitempty"`
	Topic      string            `json:"topic"`
	Events     []string          `json:"event_types,omitempty"`
	Attributes map[string]string `json:"custom_attributes,omitempty"`
	Payload    string            `json:"payload_format"`
	Prefix     string            `json:"object_name_prefix,omitempty"`
}

func (s *Service) notificationOf(c *call, n store.Notification) notificationBody {
	return notificationBody{
		Kind:       "storage#notification",
		ID:         n.ID,
		SelfLink:   s.base(c) + pBuckets + "/" + c.bucket() + "/notificationConfigs/" + n.ID,
		Etag:       n.ID,
		Topic:      topicService + n.Topic,
		Events:     n.Events,
		Attributes: n.Attributes,
		Payload:    n.Payload,
		Prefix:     n.Prefix,
	}
}

// insertNotification orders a bucket to tell a topic of changes. It is Cloud Storage that will
// publish, so its agent must be allowed to, now and whenever it does.
func (s *Service) insertNotification(c *call) error {
	if s.cfg.PubSub == nil {
		return unsupported("There is no Pub/Sub.")
	}
	body, err := c.readBody()
	if err != nil {
		return err
	}
	var b notificationBody
	if err := decodeStrictly(body, &b); err != nil {
		return err
	}
	if err := checkNotification(b); err != nil {
		return err
	}
	n := store.Notification{
		Topic: strings.TrimPrefix(b.Topic, topicService), Events: b.Events, Prefix: b.Prefix, Attributes: b.Attributes, Payload: b.Payload,
	}
	n.Project = s.ProjectOf(c.bucket())
	agent := iam.StorageAgentOf(n.Project)
	err = s.cfg.PubSub.CheckPublish(c.ctx, agent, n.Topic)
	switch status.Code(err) {
	case codes.OK:
	case codes.InvalidArgument:
		return invalid("Invalid value for: topic.")
	case codes.PermissionDenied, codes.NotFound:
		return refuseWith(http.StatusForbidden, "forbidden", "AccessDenied", "The service account '%s' does not have permission to "+
			"publish messages to the Cloud Pub/Sub topic '%s', or that topic does not exist.", agent.Email, b.Topic)
	default:
		return err
	}
	if n, err = s.store.AddNotification(c.bucket(), n, func(have []store.Notification) error { return admitNotification(n, have) }); err != nil {
		return err
	}
	return c.answer(s.notificationOf(c, n))
}

// checkNotification refuses what a notification configuration cannot say.
func checkNotification(b notificationBody) error {
	if !strings.HasPrefix(b.Topic, topicService) {
		return invalid("Invalid value for: topic. It is %sprojects/{project}/topics/{topic}.", topicService)
	}
	if b.Payload != payloadJSON && b.Payload != payloadNone {
		return invalid("Invalid value for: payload_format.")
	}
	for i, e := range b.Events {
		if !slices.Contains(eventTypes, e) || slices.Contains(b.Events[:i], e) {
			return invalid("Invalid value for: event_types.")
		}
	}
	if len(b.Attributes) > maxCustom {
		return invalid("There are at most %d custom attributes.", maxCustom)
	}
	for k, v := range b.Attributes {
		if k == "" || len(k) > 256 || len(v) > 1024 || strings.HasPrefix(k, "goog") {
			return invalid("Invalid value for: custom_attributes.")
		}
	}
	return nil
}

// admitNotification refuses a configuration more than a bucket may have.
func admitNotification(n store.Notification, have []store.Notification) error {
	if len(have) >= maxNotifications {
		return invalid("A bucket has at most %d notification configurations.", maxNotifications)
	}
	for _, e := range eventTypes {
		wanting := 0
		for _, h := range have {
			if h.Wants(e) {
				wanting++
			}
		}
		if n.Wants(e) && wanting >= maxOfEvent {
			return invalid("A bucket has at most %d notification configurations for %s.", maxOfEvent, e)
		}
	}
	return nil
}

func (s *Service) listNotifications(c *call) error {
	b, err := s.store.Bucket(c.bucket())
	if err != nil {
		return err
	}
	answer := struct {
		Kind  string             `json:"kind"`
		Items []notificationBody `json:"items,omitempty"`
	}{Kind: "storage#notifications"}
	for _, n := range b.Notifications {
		answer.Items = append(answer.Items, s.notificationOf(c, n))
	}
	return c.answer(answer)
}

func (s *Service) getNotification(c *call) error {
	b, err := s.store.Bucket(c.bucket())
	if err != nil {
		return err
	}
	for _, n := range b.Notifications {
		if n.ID == c.vars["id"] {
			return c.answer(s.notificationOf(c, n))
		}
	}
	return errNoConfig
}

func (s *Service) deleteNotification(c *call) error {
	if err := s.store.DeleteNotification(c.bucket(), c.vars["id"]); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// getServiceAccount names the account as which Cloud Storage publishes.
func (s *Service) getServiceAccount(c *call) error {
	return c.answer(struct {
		Kind  string `json:"kind"`
		Email string `json:"email_address"`
	}{"storage#serviceAccount", iam.StorageAgentOf(c.vars["project"]).Email})
}
