package pubsub

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub/internal/store"
)

// envelope is the body of a push. The names with underscores are older, and still there.
type envelope struct {
	Message         envelopeMessage `json:"message"`
	Subscription    string          `json:"subscription"`
	DeliveryAttempt int             `json:"deliveryAttempt,omitempty"` // where there is a dead letter policy
}

type envelopeMessage struct {
	Attributes   map[string]string `json:"attributes,omitempty"`
	Data         string            `json:"data,omitempty"`
	MessageID    string            `json:"messageId"`
	MessageID2   string            `json:"message_id"`
	OrderingKey  string            `json:"orderingKey,omitempty"`
	PublishTime  time.Time         `json:"publishTime"`
	PublishTime2 time.Time         `json:"publish_time"`
}

func wrap(sub *pubsubpb.Subscription, d store.Delivery) envelope {
	m, at := d.Message, d.Message.PublishTime.AsTime().Truncate(time.Millisecond)
	e := envelope{Subscription: sub.Name, Message: envelopeMessage{
		Attributes:  m.Attributes,
		Data:        base64.StdEncoding.EncodeToString(m.Data),
		MessageID:   m.MessageId,
		MessageID2:  m.MessageId,
		OrderingKey: m.OrderingKey,
		PublishTime: at, PublishTime2: at,
	}}
	if sub.DeadLetterPolicy != nil {
		e.DeliveryAttempt = d.Attempt
	}
	return e
}

// writeMetadata says in headers what an envelope would. Attributes that are no header, or would
// change what the request means, are left out.
//
// https://cloud.google.com/pubsub/docs/payload-unwrapping
func writeMetadata(h http.Header, sub *pubsubpb.Subscription, d store.Delivery) {
	m := d.Message
	for k, v := range m.Attributes {
		if headerName(k) && !strings.ContainsAny(v, "\r\n\x00") {
			h.Set(k, v)
		}
	}
	h.Set("X-Goog-Pubsub-Subscription-Name", sub.Name)
	h.Set("X-Goog-Pubsub-Message-Id", m.MessageId)
	h.Set("X-Goog-Pubsub-Publish-Time", m.PublishTime.AsTime().UTC().Format(time.RFC3339Nano))
	if m.OrderingKey != "" && !strings.ContainsAny(m.OrderingKey, "\r\n\x00") {
		h.Set("X-Goog-Pubsub-Ordering-Key", m.OrderingKey)
	}
	if sub.DeadLetterPolicy != nil {
		h.Set("X-Goog-Pubsub-Delivery-Attempt", strconv.Itoa(d.Attempt))
	}
}

// headerName reports whether an attribute may become a header: a token of RFC 9110 that is none of
// HTTP's own, nor of those that say who calls.
func headerName(k string) bool {
	for _, r := range strings.ToLower(k) {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~", r) {
			return false
		}
	}
	own := []string{"authorization", "connection", "content-length", "cookie", "expect", "host", "keep-alive", "te", "trailer",
		"transfer-encoding", "upgrade", "user-agent"}
	return !slices.Contains(own, strings.ToLower(k)) && !strings.HasPrefix(strings.ToLower(k), "proxy-") &&
		!strings.HasPrefix(strings.ToLower(k), "x-goog")
}
