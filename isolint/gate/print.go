package gate

import (
	"fmt"
	"io"

	"github.com/bulkhead-saas/bulkhead/isolint"
)

// Print writes the exemptions with their reasons, the findings, and the verdict.
func (v *Verdict) Print(w io.Writer) error {
	p := &printer{w: w}
	for _, e := range v.Exemptions {
		p.printf("%s:%d: exempt from %s: %s\n", e.Pos.Filename, e.Pos.Line, e.Rule, e.Reason)
	}
	for _, s := range v.Stateful {
		p.printf("%s: may keep what outlives requests: %s\n", s.Path, s.Reason)
	}
	for _, f := range v.Findings {
		p.printf("%s: %s\n", f.Pos, f.Message)
	}
	verdict := "ok"
	switch {
	case len(v.Findings) > 0:
		verdict = fmt.Sprintf("FAIL, %d findings", len(v.Findings))
	case !v.OK():
		verdict = "FAIL, nothing was looked at"
	}
	p.printf("isolint: %s; %d packages looked at, %d allowed, %d configured out, %d exemptions, %d that keep state\n",
		verdict, len(v.Packages[isolint.Looked]), len(v.Packages[isolint.Allowed]), len(v.Packages[isolint.Skipped]),
		len(v.Exemptions), len(v.Stateful))
	return p.err
}

// printer remembers the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
