package store

import (
	"encoding/json"
	"errors"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"go.etcd.io/bbolt"
)

// queue is a subscription's messages, within a transaction.
type queue struct{ messages, states, due, last *bbolt.Bucket }

// state is how it stands with one message of a queue.
type state struct {
	Attempts int       `json:",omitempty"` // deliveries begun
	Due      time.Time // when it may be delivered again
	Out      bool      `json:",omitempty"` // delivered, and neither acknowledged nor given back
	Last     bool      `json:",omitempty"` // out for the last time
}

func queueOf(tx *bbolt.Tx, subscription string) queue {
	b := tx.Bucket(kQueues).Bucket([]byte(subscription))
	return queue{b.Bucket(kMessages), b.Bucket(kStates), b.Bucket(kDue), b.Bucket(kLast)}
}

// state returns a message's state; ok is false when the message is not there (any more).
func (q queue) state(number uint64) (st state, ok bool, err error) {
	v := q.states.Get(numberKey(number))
	if v == nil {
		return st, false, nil
	}
	return st, true, json.Unmarshal(v, &st)
}

// set keeps a message's state, and lists it where that says.
func (q queue) set(number uint64, st state) error {
	if err := q.unlist(number); err != nil {
		return err
	}
	v, err := json.Marshal(st)
	if err != nil {
		return err
	}
	return errors.Join(q.states.Put(numberKey(number), v), q.list(st).Put(timeKey(st.Due, number), nil))
}

func (q queue) list(st state) *bbolt.Bucket {
	if st.Last {
		return q.last
	}
	return q.due
}

func (q queue) unlist(number uint64) error {
	was, ok, err := q.state(number)
	if err != nil || !ok {
		return err
	}
	return q.list(was).Delete(timeKey(was.Due, number))
}

// drop forgets a message.
func (q queue) drop(number uint64) error {
	if err := q.unlist(number); err != nil {
		return err
	}
	return errors.Join(q.states.Delete(numberKey(number)), q.messages.Delete(numberKey(number)))
}

// message returns a message of the queue.
func (q queue) message(number uint64) (*pubsubpb.PubsubMessage, error) {
	m := new(pubsubpb.PubsubMessage)
	ok, err := get(q.messages, numberKey(number), m)
	if err == nil && !ok {
		err = errors.New("pubsub: a message is listed and not there")
	}
	return m, err
}

// dueBy returns at most limit numbers of a list whose time has come.
func dueBy(list *bbolt.Bucket, now time.Time, limit int) []uint64 {
	var numbers []uint64
	c := list.Cursor()
	for k, _ := c.First(); k != nil && len(numbers) < limit; k, _ = c.Next() {
		at, number := parseTimeKey(k)
		if at.After(now) {
			break
		}
		numbers = append(numbers, number)
	}
	return numbers
}
