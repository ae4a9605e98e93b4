package document

import "time"

// Time returns t as the database keeps it: to the microsecond, in UTC. A value that was written and
// read back is equal to the one that was given out before.
func Time(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// lastMicro is the last time that the database can hold, in microseconds since 1970: the end of the
// year 9999.
const lastMicro = 253402300799999999

// TimeOfMicros returns the time n microseconds after the beginning of 1970. It returns ErrInvalid
// if n is negative or past the year 9999.
func TimeOfMicros(n int64) (time.Time, error) {
	if n < 0 || n > lastMicro {
		return time.Time{}, ErrInvalid
	}
	return time.UnixMicro(n).UTC(), nil
}
