// Package rounds compares what things cost on a noisy machine: in pairs, in turns, and never by one
// number.
//
// A comparison has a peer and one or more others. A round measures the peer, then each of the
// others, then the peer again, so that whatever else the machine is doing falls on all alike. A
// round's ratio is that of the other to the mean of the peer's two turns; of all rounds the median
// is reported, with the 10th and the 90th percentile. The peer's second turn over its first is the
// A/A control of the same rounds: what the method says of two things that are the same.
package rounds

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// Cost is what one turn of one side cost.
type Cost struct {
	Ops    int
	Wall   time.Duration
	CPU    time.Duration // of the process that is measured, in user and kernel mode
	Allocs uint64        // of the whole turn; 0 where nobody counts them
	P50    time.Duration // of one operation; 0 where nobody looks
	P99    time.Duration // likewise
}

// Side takes one turn of one side.
type Side func() (Cost, error)

// Calls is a side in this process: f, n times.
func Calls(n int, f func() error) Side {
	return func() (Cost, error) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		cpu, began := ownCPU(), time.Now()
		for range n {
			if err := f(); err != nil {
				return Cost{}, err
			}
		}
		cost := Cost{Ops: n, Wall: time.Since(began), CPU: ownCPU() - cpu}
		runtime.ReadMemStats(&after)
		cost.Allocs = after.Mallocs - before.Mallocs
		return cost, nil
	}
}

// ownCPU is what this process has used of the processors so far.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Series are the rounds of one side beside its peer.
type Series struct{ first, ours, second []Cost }

// Paired takes n rounds and returns one series for each of others. A round before them is thrown
// away: it warms caches.
func Paired(n int, peer Side, others ...Side) ([]Series, error) {
	all := make([]Series, len(others))
	for round := -1; round < n; round++ {
		first, err := peer()
		if err != nil {
			return nil, err
		}
		turns := make([]Cost, len(others))
		for i := range others {
			at := i
			if round%2 != 0 {
				at = len(others) - 1 - i // so that nobody always comes after the same neighbour
			}
			if turns[at], err = others[at](); err != nil {
				return nil, err
			}
		}
		second, err := peer()
		if err != nil {
			return nil, err
		}
		if round < 0 {
			continue
		}
		for i := range all {
			s := &all[i]
			s.first, s.ours, s.second = append(s.first, first), append(s.ours, turns[i]), append(s.second, second)
		}
	}
	return all, nil
}

// Rounds is how many rounds the series has.
func (s Series) Rounds() int { return len(s.ours) }

// What a cost is compared by.
func PerOp(c Cost) float64  { return float64(c.Wall) / float64(c.Ops) }
func Rate(c Cost) float64   { return float64(c.Ops) / c.Wall.Seconds() }
func CPUPer(c Cost) float64 { return float64(c.CPU) / float64(c.Ops) }
func Usual(c Cost) float64  { return float64(c.P50) }
func Slow(c Cost) float64   { return float64(c.P99) }

// Ratio is that of ours to the peer's, by what of; and the peer's to itself.
func (s Series) Ratio(of func(Cost) float64) (ratio, control Spread) {
	ratios, controls := make([]float64, len(s.ours)), make([]float64, len(s.ours))
	for i := range s.ours {
		ratios[i] = 2 * of(s.ours[i]) / (of(s.first[i]) + of(s.second[i]))
		controls[i] = of(s.second[i]) / of(s.first[i])
	}
	return spread(ratios), spread(controls)
}

// Ours and Peer are the medians of each side.
func (s Series) Ours(of func(Cost) float64) float64 { return median(s.ours, of) }
func (s Series) Peer(of func(Cost) float64) float64 {
	return median(slices.Concat(s.first, s.second), of)
}

// Allocs is how often one of our operations allocates: in the round with the fewest, for the
// runtime allocates beside.
func (s Series) Allocs() float64 {
	least := math.Inf(1)
	for _, c := range s.ours {
		least = min(least, math.Floor(float64(c.Allocs)/float64(c.Ops)))
	}
	return least
}

func median(costs []Cost, of func(Cost) float64) float64 {
	values := make([]float64, len(costs))
	for i, c := range costs {
		values[i] = of(c)
	}
	return spread(values).Median
}

// Spread is a median, and the 10th and 90th percentiles around it.
type Spread struct{ Median, Low, High float64 }

func spread(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	at := func(p float64) float64 { return sorted[int(math.Round(p*float64(len(sorted)-1)))] }
	return Spread{at(0.5), at(0.1), at(0.9)}
}

func (s Spread) String() string { return fmt.Sprintf("%.2f (%.2f-%.2f)", s.Median, s.Low, s.High) }
