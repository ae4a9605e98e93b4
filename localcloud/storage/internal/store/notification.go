package store

import (
	"slices"
	"strconv"
	"strings"
)

// Notification is a bucket's order to tell a topic of changes.
type Notification struct {
	ID         string
	Topic      string            // projects/P/topics/T
	Events     []string          `json:",omitempty"` // none: all
	Prefix     string            `json:",omitempty"` // of the objects' names
	Attributes map[string]string `json:",omitempty"` // of each message, beside those of the event
	Payload    string            // JSON_API_V1 or NONE
	Project    string            `json:",omitempty"` // of the bucket, whose agent publishes; empty: the first
}

// Wants reports whether the notification is of events of that type.
func (n Notification) Wants(event string) bool {
	return len(n.Events) == 0 || slices.Contains(n.Events, event)
}

// AddNotification gives a notification an id and keeps it with its bucket; admit sees those there
// are and may refuse.
func (s *Store) AddNotification(bucketName string, n Notification, admit func([]Notification) error) (Notification, error) {
	err := s.update(func(t *txn) error {
		b, err := bucket(t.Tx, bucketName)
		if err != nil {
			return err
		}
		if err := admit(b.Notifications); err != nil {
			return err
		}
		b.LastNotification++
		n.ID = strconv.Itoa(b.LastNotification)
		b.Notifications = append(b.Notifications, n)
		return put(t.Bucket(kBuckets), []byte(bucketName), b)
	})
	return n, err
}

// DeleteNotification forgets a notification, or returns ErrNoConfig. What was emitted before is
// still told.
func (s *Store) DeleteNotification(bucketName, id string) error {
	return s.update(func(t *txn) error {
		b, err := bucket(t.Tx, bucketName)
		if err != nil {
			return err
		}
		rest := slices.DeleteFunc(slices.Clone(b.Notifications), func(n Notification) bool { return n.ID == id })
		if len(rest) == len(b.Notifications) {
			return ErrNoConfig
		}
		b.Notifications = rest
		return put(t.Bucket(kBuckets), []byte(bucketName), b)
	})
}

// emit puts an event into the outbox for each notification of its bucket that wants it.
func (t *txn) emit(e Event) error {
	b, err := bucket(t.Tx, e.Object.Bucket)
	if err != nil {
		return err
	}
	e.Time = t.now
	for _, n := range b.Notifications {
		if !n.Wants(e.Type) || !strings.HasPrefix(e.Object.Name, n.Prefix) {
			continue
		}
		e.Notification = n
		if err := t.post(e); err != nil {
			return err
		}
	}
	return nil
}
