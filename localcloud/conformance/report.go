package main

import (
	"fmt"
	"text/tabwriter"
	"time"
)

// report prints the results, and returns those that are not as expected.
func (s suite) report(o options, results []result) (faults []string) {
	out := tabwriter.NewWriter(o.stdout, 0, 0, 2, ' ', 0)
	seen := map[string]bool{}
	passed := 0
	for _, r := range results {
		seen[r.name] = true
		reason, known := s.known[r.name]
		verdict := r.outcome
		switch {
		case r.outcome == "":
			verdict, reason = "STOPPED", ""
			faults = append(faults, r.name)
		case r.outcome == "pass":
			passed++
			if known {
				verdict = "PASS, though listed as failing"
				faults = append(faults, r.name)
			}
		case !known:
			verdict = "FAIL, though not listed: " + r.outcome
			faults = append(faults, r.name)
		}
		fmt.Fprintf(out, "  %s\t%s\t%s\t%s\n", r.name, r.took.Round(10*time.Millisecond), verdict, reason)
	}
	out.Flush()
	if o.pattern == "" {
		for name := range s.known {
			if !seen[name] {
				faults = append(faults, name+" did not run")
			}
		}
		if len(results) != s.count {
			faults = append(faults, fmt.Sprintf("%d tests ran, not %d", len(results), s.count))
		}
	}
	fmt.Fprintf(o.stdout, "%s: %d of %d pass\n", s.name, passed, len(results))
	return faults
}
