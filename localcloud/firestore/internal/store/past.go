package store

import "time"

const (
	// keptAlways is for how long versions are kept, however much room they take.
	keptAlways = 5 * time.Minute
	// maxPast is about how much room the versions of a database may take, in bytes, that are no
	// longer current.
	maxPast = 32 << 20
	// reading is how long a request may read a snapshot that could be had when it came.
	reading = time.Minute
	// pastBytes is about what a version takes beside its fields.
	pastBytes = 256
)

// past says what is kept of a database's past. A version is let go in two steps: first no snapshot
// is given any longer that would need it, and a while later, when none is being read, it goes.
type past struct {
	bytes   int       // that versions take which are no longer current
	refused time.Time // no snapshot before it is given
	since   time.Time // when that was decided
}

// forget returns which of the late versions need their past no longer at a time, and decides from
// when on snapshots are refused. Versions go once they are older than [Retention], or older than
// [keptAlways] and take too much room.
func (p *past) forget(late []*Document, now time.Time) []*Document {
	if now.Before(p.since.Add(reading)) {
		return nil
	}
	n := 0
	for n < len(late) && !late[n].Updated.After(p.refused) {
		n++
	}
	if n > 0 {
		return late[:n]
	}
	bytes := p.bytes
	for _, v := range late {
		old := !v.Updated.After(now.Add(-Retention))
		crowded := bytes > maxPast && !v.Updated.After(now.Add(-keptAlways))
		if !old && !crowded {
			break
		}
		bytes -= v.past
		p.refused, p.since = v.Updated, now
	}
	return nil
}
