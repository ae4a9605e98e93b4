package inspect

import "errors"

// Limits bound what one file can demand. Each must be positive.
type Limits struct {
	Unpacked int64 // bytes that are unpacked of one file, of archives within archives too
	Ratio    int64 // how many bytes may come of one packed byte, beyond the first megabyte
	Entries  int   // entries that are looked at, of archives within archives too
	Depth    int   // archives within archives; 1: only the outermost is opened
	Nested   int64 // bytes of an archive within an archive, which is kept in memory
	Listed   int   // entries that are named in the report, and findings
	Preview  int   // characters of a text

	Pixels    int64 // of an image that is decoded; each takes up to 8 bytes of memory
	Thumbnail int   // pixels of the longer side
}

// DefaultLimits are for files of up to some gigabytes, in a process that may have two of them.
func DefaultLimits() Limits {
	return Limits{
		Unpacked: 4 << 30, Ratio: 200, Entries: 100_000, Depth: 3, Nested: 64 << 20, Listed: 1000, Preview: 2000,
		Pixels: 100_000_000, Thumbnail: 256,
	}
}

var errLimits = errors.New("inspect: a limit is not positive")

func (l Limits) validate() error {
	if min(l.Unpacked, l.Ratio, l.Nested, l.Pixels) < 1 || min(l.Entries, l.Depth, l.Listed, l.Preview, l.Thumbnail) < 1 {
		return errLimits
	}
	return nil
}
