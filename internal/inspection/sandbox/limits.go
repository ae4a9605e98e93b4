package sandbox

import (
	"errors"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/inspect"
)

// Limits bound one child.
type Limits struct {
	Memory int64          `json:"memory"`           // bytes of address space, beyond what the program has when it starts
	CPU    time.Duration  `json:"cpu,format:nano"`  // computing time, in whole seconds
	Wall   time.Duration  `json:"wall,format:nano"` // from its start to its end
	File   inspect.Limits `json:"file"`             // what the file can demand of the engine
}

// DefaultLimits are those of the service.
func DefaultLimits() Limits {
	return Limits{Memory: 2 << 30, CPU: 4 * time.Minute, Wall: 10 * time.Minute, File: inspect.DefaultLimits()}
}

// What can become of an inspection, besides a report.
var (
	// ErrTimedOut reports that the inspection took too long, by the clock or in computing time.
	ErrTimedOut = errors.New("sandbox: the inspection took too long")
	// ErrCrashed reports that the child ended without a report. It took too much memory, or the
	// file has found a defect in a decoder.
	ErrCrashed = errors.New("sandbox: the inspection crashed")
)

var errLimits = errors.New("sandbox: a limit is not positive")

func (l Limits) validate() error {
	if l.Memory < 1 || l.CPU < time.Second || l.Wall < 1 {
		return errLimits
	}
	return nil
}
