package console

import (
	"slices"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// line is one line of a list of decisions.
type line struct {
	iam.Folded
	Who      string // the caller's label; empty: none
	Where    string // the label of the database, the bucket or the account; empty: none
	Sentence string // all of it in words
}

// lines are all decisions that are remembered, repeats folded, the newest first.
func (c *console) lines() []line {
	all := append(c.IAM.Denials(), c.IAM.Permits()...)
	slices.SortStableFunc(all, func(a, b iam.Folded) int { return b.Time.Compare(a.Time) })
	called := c.names()
	lines := make([]line, 0, len(all))
	for _, f := range all {
		_, id := c.place(f.Resource)
		lines = append(lines, line{Folded: f, Who: called[f.Caller], Where: called[id], Sentence: c.sentence(f.Decision)})
	}
	return lines
}

// calls is how many decisions the lines stand for.
func calls(lines []line) int {
	n := 0
	for _, r := range lines {
		n += r.Count
	}
	return n
}
