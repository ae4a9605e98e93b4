package intake

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"regexp"
	"strconv"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/parts"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/records"
)

const (
	// MostPart is the largest part, in bytes. It is well below what App Engine and Cloud Run let
	// through.
	MostPart = 16 << 20

	mostParts = 2048 // of one file
)

// Range is where in a file a part stands. First and Last are the places of its first and its last
// byte.
type Range struct{ First, Last, Size int64 }

// Length is how many bytes the part has.
func (r Range) Length() int64 { return r.Last - r.First + 1 }

// ErrRange reports a Content-Range that is not one of a part.
var ErrRange = errors.New("intake: not the range of a part")

var rangeForm = regexp.MustCompile(`^bytes (\d{1,15})-(\d{1,15})/(\d{1,15})$`)

// ParseRange parses a Content-Range that says the size of the whole ("bytes 0-1023/4096": RFC 9110,
// section 14.4). A number has one way to be written.
func ParseRange(s string) (Range, error) {
	m := rangeForm.FindStringSubmatch(s)
	if m == nil {
		return Range{}, ErrRange
	}
	var n [3]int64
	for i := range n {
		var err error
		if n[i], err = strconv.ParseInt(m[i+1], 10, 64); err != nil || strconv.FormatInt(n[i], 10) != m[i+1] {
			return Range{}, ErrRange
		}
	}
	r := Range{n[0], n[1], n[2]}
	if r.First > r.Last || r.Last >= r.Size || r.Length() > MostPart {
		return Range{}, ErrRange
	}
	return r, nil
}

// OffsetError reports a part that does not follow what has come. The sender goes on from Received.
type OffsetError struct{ Received int64 }

func (e *OffsetError) Error() string {
	return fmt.Sprintf("intake: the part does not begin at %d", e.Received)
}

// Receive takes one part. When it returns no error the part is durable, or has been before. It
// returns *OffsetError, ErrConflict for a size that was not announced, ErrEnded, ErrSmallParts,
// records.ErrNotFound, or an error of parts.Bucket.Write.
func (i *Intake) Receive(ctx context.Context, r records.Ref, at Range, body io.Reader) (records.Generation, error) {
	g, err := i.Get(ctx, r)
	if err != nil {
		return records.Generation{}, err
	}
	if wanted, err := expects(g, at); err != nil || !wanted {
		return g, err
	}
	of := records.Item{Ref: r, Run: g.Run}
	sum := &checksum{r: body, sum: g.Checksum}
	p, err := i.Bucket.Write(ctx, of, at.First, at.Length(), sum)
	if err != nil {
		return records.Generation{}, err
	}
	taken := false
	now, err := i.Store.Update(ctx, r, func(now *records.Generation) error {
		taken = false
		if now.Run != g.Run {
			return &OffsetError{now.Received}
		}
		if wanted, err := expects(*now, at); err != nil {
			return err
		} else if !wanted { // the same part came twice at once, and the other was faster
			return records.ErrUnchanged
		}
		taken = true
		now.Received, now.Checksum, now.Parts = at.Last+1, sum.sum, append(now.Parts, p)
		if now.Received == now.Size {
			i.complete(now)
		}
		return nil
	})
	if !taken {
		i.later(func(ctx context.Context) error { return i.Bucket.Delete(ctx, p) })
	}
	if err != nil {
		return records.Generation{}, err
	}
	i.follow(r, now)
	return now, nil
}

// expects reports whether the generation lacks the part, and can take it now.
func expects(g records.Generation, at Range) (bool, error) {
	switch {
	case at.Size != g.Size:
		return false, ErrConflict
	case g.State == records.Failed:
		return false, ErrEnded
	case at.Last < g.Received: // it has come before
		return false, nil
	case at.First != g.Received:
		return false, &OffsetError{g.Received}
	case len(g.Parts) >= mostParts-1 && at.Last+1 < g.Size:
		return false, ErrSmallParts
	}
	return true, nil
}

// checksum goes on with the CRC-32C of a file while its next part is read.
type checksum struct {
	r   io.Reader
	sum uint32
}

func (c *checksum) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.sum = crc32.Update(c.sum, parts.Castagnoli, p[:n])
	return n, err
}
