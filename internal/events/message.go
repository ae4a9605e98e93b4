package events

import (
	"encoding/json"
	"strconv"
)

// Message is a message of Pub/Sub, as a push brings it.
type Message struct {
	ID         string
	Attributes map[string]string
	Data       []byte
}

// MaxPush is the greatest size of a push's body that is read, in bytes. An event in an envelope is
// smaller.
const MaxPush = 128 << 10

// ParsePush reads the body of a push.
// See https://cloud.google.com/pubsub/docs/push#receive_push. ErrMalformed.
func ParsePush(body []byte) (Message, error) {
	var envelope struct {
		Message struct {
			ID         string            `json:"messageId"`
			Attributes map[string]string `json:"attributes"`
			Data       []byte            `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil || envelope.Message.ID == "" {
		return Message{}, malformed("not a push")
	}
	m := envelope.Message
	return Message{m.ID, m.Attributes, m.Data}, nil
}

// Object is a generation of an object of Cloud Storage.
type Object struct {
	Bucket     string `json:"bucket"`
	Name       string `json:"name"`
	Generation int64  `json:"generation"`
}

// Arrived returns the object that a notification of Cloud Storage says has arrived; ok is false for
// a notification of anything else, which is nothing to do.
// See https://cloud.google.com/storage/docs/pubsub-notifications#format. ErrMalformed.
func (m Message) Arrived() (o Object, ok bool, err error) {
	if kind := m.Attributes["eventType"]; kind != "OBJECT_FINALIZE" {
		if kind == "" {
			return Object{}, false, malformed("not a notification of Cloud Storage")
		}
		return Object{}, false, nil
	}
	o = Object{Bucket: m.Attributes["bucketId"], Name: m.Attributes["objectId"]}
	o.Generation, err = strconv.ParseInt(m.Attributes["objectGeneration"], 10, 64)
	if err != nil || o.Generation <= 0 || o.Bucket == "" || len(o.Bucket) > 222 || o.Name == "" || len(o.Name) > 1024 {
		return Object{}, false, malformed("a notification of no object")
	}
	return o, true, nil
}
