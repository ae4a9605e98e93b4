package main

import (
	"strings"
	"testing"
)

func TestGrown(t *testing.T) {
	// Ten minutes that differ in the last three alone, by factor; the first two do not count.
	minutes := func(factor float64) []sample {
		s := make([]sample, 10)
		for i := range s {
			s[i] = sample{Heap: 1000, Resident: 1000, Goroutines: 1000, Files: 1000}
			if i >= 7 {
				s[i].Heap = int64(1000 * factor)
			}
		}
		s[0].Heap, s[1].Files = 1, 1
		return s
	}
	for factor, want := range map[float64]string{0.5: "", 1.1: "", 1.2: "heap grew from 1000 to 1200"} {
		err := grown(minutes(factor))
		if got := err != nil; got != (want != "") || got && !strings.Contains(err.Error(), want) {
			t.Errorf("factor %v: %v", factor, err)
		}
	}
	if err := grown(minutes(9)[:7]); err != nil {
		t.Errorf("of seven minutes: %v", err)
	}
}
