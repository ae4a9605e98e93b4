package identity

import (
	"encoding/binary"
	"encoding/json"
	"time"

	"go.etcd.io/bbolt"
)

const mailboxSize = 1000

// Message is an e-mail that Identity Platform would have sent.
type Message struct {
	Time   time.Time
	To     string
	Tenant string
	Type   string // PASSWORD_RESET, VERIFY_EMAIL, EMAIL_SIGNIN or VERIFY_AND_CHANGE_EMAIL
	Link   string
	Code   string
}

// Mailbox returns the latest messages, newest first: at most limit.
func (s *Service) Mailbox(limit int) ([]Message, error) {
	var box []Message
	err := s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketMail).Cursor()
		for k, v := c.Last(); k != nil && len(box) < limit; k, v = c.Prev() {
			var m Message
			if err := json.Unmarshal(v, &m); err != nil {
				return err
			}
			box = append(box, m)
		}
		return nil
	})
	return box, err
}

// deliver puts m into the mailbox and drops the oldest message of a full one.
func deliver(tx *bbolt.Tx, m Message) error {
	box := tx.Bucket(bucketMail)
	n, err := box.NextSequence()
	if err != nil {
		return err
	}
	if n > mailboxSize {
		if err := box.Delete(binary.BigEndian.AppendUint64(nil, n-mailboxSize)); err != nil {
			return err
		}
	}
	return put(tx, bucketMail, binary.BigEndian.AppendUint64(nil, n), m)
}
