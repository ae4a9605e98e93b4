package rounds

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Row is one line of the table of goals.
type Row struct {
	Goal   string // its number
	What   string
	Peer   string // what it is measured beside
	Ours   string
	Theirs string
	Ratio  string
	AA     string // the control
	CPU    string // the ratio of processor time per operation, and its control
	Allocs string
	Wanted []string
	Missed []string // of those wanted
	Why    string   // it is missed, as far as that is known; or why there is no figure
}

// Compared is a row of a series: ours beside the peer's, by time per operation, processor time and
// allocations.
func Compared(goal, what, peer string, s Series) Row {
	ratio, control := s.Ratio(PerOp)
	cpu, cpuControl := s.Ratio(CPUPer)
	return Row{
		Goal: goal, What: what, Peer: peer,
		Ours: duration(s.Ours(PerOp)), Theirs: duration(s.Peer(PerOp)),
		Ratio: ratio.String(), AA: control.String(), CPU: fmt.Sprintf("%v, A/A %.2f", cpu, cpuControl.Median),
		Allocs: fmt.Sprint(s.Allocs()),
	}
}

// Rated is a row of a series of requests: how many in a second, and processor time.
func Rated(goal, what, peer string, s Series) Row {
	r := Compared(goal, what, peer, s)
	ratio, control := s.Ratio(Rate)
	r.Ours, r.Theirs = fmt.Sprintf("%.0f/s", s.Ours(Rate)), fmt.Sprintf("%.0f/s", s.Peer(Rate))
	r.Ratio, r.AA, r.Allocs = ratio.String(), control.String(), ""
	r.CPU += fmt.Sprintf(", %s to %s", duration(s.Ours(CPUPer)), duration(s.Peer(CPUPer)))
	return r
}

// Timed is a row of a series of single operations: the time that one in two takes at most, and
// processor time.
func Timed(goal, what, peer string, s Series) Row {
	r := Compared(goal, what, peer, s)
	ratio, control := s.Ratio(Usual)
	r.Ours, r.Theirs = duration(s.Ours(Usual)), duration(s.Peer(Usual))
	r.Ratio, r.AA, r.Allocs = ratio.String(), control.String(), ""
	return r
}

// AtMost and AtLeast state a goal and whether it is met.
func (r *Row) AtMost(what string, got, limit float64) { r.want(what, "<=", got, limit, got <= limit) }

// AtLeast is AtMost for a goal from below.
func (r *Row) AtLeast(what string, got, limit float64) { r.want(what, ">=", got, limit, got >= limit) }

func (r *Row) want(what, sign string, got, limit float64, met bool) {
	r.Wanted = append(r.Wanted, fmt.Sprintf("%s %s %.4g", what, sign, limit))
	if !met {
		r.Missed = append(r.Missed, fmt.Sprintf("%s %.4g", what, got))
	}
}

func (r Row) verdict() string {
	switch {
	case len(r.Wanted) == 0:
		return r.Why
	case len(r.Missed) == 0:
		return "met"
	case r.Why == "":
		return "MISSED: " + strings.Join(r.Missed, ", ")
	}
	return "MISSED: " + strings.Join(r.Missed, ", ") + ". " + r.Why
}

func duration(ns float64) string {
	switch d := time.Duration(ns); {
	case d < time.Microsecond:
		return fmt.Sprintf("%.1f ns", ns)
	case d < time.Millisecond:
		return fmt.Sprintf("%.2f us", ns/1e3)
	default:
		return fmt.Sprintf("%.2f ms", ns/1e6)
	}
}

// A row travels from a benchmark's process to the table on a line of its own.
const mark = "goal-row "

// Emit prints the row for the table's process to read.
func Emit(r Row) error {
	b, err := json.Marshal(r)
	if err == nil {
		_, err = fmt.Printf("%s%s\n", mark, b)
	}
	return err
}

// Parse reads a line that Emit printed. ok is false for any other.
func Parse(line string) (r Row, ok bool) {
	_, body, ok := strings.Cut(line, mark)
	return r, ok && json.Unmarshal([]byte(body), &r) == nil
}

// Print writes the rows as a table that Markdown takes too.
func Print(w io.Writer, rows []Row) error {
	lines := [][]string{{
		"goal", "measured", "beside", "ours", "theirs", "ratio (10-90 %)", "A/A (10-90 %)", "CPU ratio", "allocs", "wanted", "verdict",
	}, nil}
	for _, r := range rows {
		lines = append(lines, []string{
			r.Goal, r.What, r.Peer, r.Ours, r.Theirs, r.Ratio, r.AA, r.CPU, r.Allocs, strings.Join(r.Wanted, ", "), r.verdict(),
		})
	}
	widths := make([]int, len(lines[0]))
	for _, l := range lines {
		for i, cell := range l {
			widths[i] = max(widths[i], len(cell))
		}
	}
	var table strings.Builder
	for _, l := range lines {
		for i, width := range widths {
			if l == nil {
				table.WriteString("|" + strings.Repeat("-", width+2))
			} else {
				fmt.Fprintf(&table, "| %-*s ", width, l[i])
			}
		}
		table.WriteString("|\n")
	}
	_, err := io.WriteString(w, table.String())
	return err
}

// The peers whose cost a process of its own is asked for.
const (
	DefaultFirestore = "default Firestore client per tenant"
	DefaultBoth      = "default clients per tenant"
)
