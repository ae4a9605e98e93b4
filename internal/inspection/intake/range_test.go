package intake_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/intake"
)

func TestParseRange(t *testing.T) {
	for s, want := range map[string]intake.Range{
		"bytes 0-0/1":                       {0, 0, 1},
		"bytes 0-16777215/16777216":         {0, 16777215, 16777216},
		"bytes 16777216-33554431/999999999": {16777216, 33554431, 999999999},
	} {
		if got, err := intake.ParseRange(s); err != nil || got != want {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "bytes", "bytes 0-0", "bytes 0-0/", "bytes */1", "bytes 0-0/*", "bytes 1-0/2", "bytes 0-1/1", "bytes 0-1/0", "bytes -1-0/2",
		"bytes +0-0/1", "bytes 00-0/1", "bytes 0-0/01", "Bytes 0-0/1", "bytes  0-0/1", "bytes 0-0/1 ", "bytes 0-0/1, bytes 0-0/1", "bytes 0 -0/1",
		"bytes 0-16777216/16777217", "bytes 0-0/9999999999999999", "bytes 0-9223372036854775807/9223372036854775808", "bytes 0x0-0/1", "bytes 0-0/1\n",
		"bytes ٠-0/1",
	} {
		if got, err := intake.ParseRange(s); !errors.Is(err, intake.ErrRange) {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
	}
}

func FuzzParseRange(f *testing.F) {
	for _, s := range []string{"bytes 0-0/1", "bytes 5-9/10", "bytes */1", "bytes 1-0/2", "bytes 00-0/1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := intake.ParseRange(s)
		if err != nil {
			return
		}
		if r.First < 0 || r.First > r.Last || r.Last >= r.Size || r.Length() < 1 || r.Length() > intake.MostPart {
			t.Errorf("%q: %+v", s, r)
		}
		if again := fmt.Sprintf("bytes %d-%d/%d", r.First, r.Last, r.Size); again != s {
			t.Errorf("%q is read as %q", s, again)
		}
	})
}
