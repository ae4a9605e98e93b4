package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// sample is what a cloud takes up at one moment. Sizes are in bytes.
type sample struct {
	Heap       int64
	Resident   int64 // 0 where the system does not tell
	Goroutines int64
	Files      int64 // of the cloud's folder
	Calls      int64 // made so far
}

const header = "minute  heap MB  resident MB  goroutines  files MB    calls"

func (s sample) row(minute int) string {
	const mb = 1 << 20
	return fmt.Sprintf("%6d %8.2f %12.2f %11d %9.2f %8d", minute,
		float64(s.Heap)/mb, float64(s.Resident)/mb, s.Goroutines, float64(s.Files)/mb, s.Calls)
}

// own measures this process, once it has let go of what it can.
func own() sample {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return sample{Heap: int64(m.HeapAlloc), Resident: resident(), Goroutines: int64(runtime.NumGoroutine())}
}

// resident reads what the kernel says of this process, see proc_pid_status(5).
func resident() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}

// grown returns an error that names what was larger, over the last three minutes, by more than a
// tenth of what it was over minutes 3 to 5. Fewer than eight minutes tell nothing.
func grown(samples []sample) error {
	if len(samples) < 8 {
		return nil
	}
	var errs []error
	for _, what := range []struct {
		name string
		of   func(sample) int64
	}{
		{"heap", func(s sample) int64 { return s.Heap }},
		{"resident memory", func(s sample) int64 { return s.Resident }},
		{"goroutines", func(s sample) int64 { return s.Goroutines }},
		{"files", func(s sample) int64 { return s.Files }},
	} {
		early, late := mean(samples[2:5], what.of), mean(samples[len(samples)-3:], what.of)
		if late > early*1.1 {
			errs = append(errs, fmt.Errorf("%s grew from %.0f to %.0f", what.name, early, late))
		}
	}
	return errors.Join(errs...)
}

func mean(samples []sample, of func(sample) int64) float64 {
	var sum float64
	for _, s := range samples {
		sum += float64(of(s))
	}
	return sum / float64(len(samples))
}
