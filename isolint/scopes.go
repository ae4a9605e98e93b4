package isolint

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Answers says how the packages of a pattern answer requests: only the verbs write a response. A
// verb is "import/path.Func" or "import/path.Type.Method". Without one, no function of the packages
// writes a response.
type Answers struct {
	Path   string   `json:"path"`
	Verbs  []string `json:"verbs"`
	Reason string   `json:"reason"`
}

// Exempted is an exemption that stands in the configuration. It exempts what a declaration of one
// package does from one rule. In names the declaration: "Func", "Type.Method", or the name of a
// variable, constant or type. It is for packages that are not request-scoped, where nobody is
// exempt from the rules of request-scoped packages.
type Exempted struct {
	Path   string `json:"path"`
	Rule   Rule   `json:"rule"`
	In     string `json:"in"`
	Reason string `json:"reason"`
}

// scoped reports whether nothing in a package may outlive a request.
func (cfg *Config) scoped(path string) bool {
	return MatchAny(cfg.RequestScoped, path) && !MatchAny(cfg.Stateful, path)
}

// answers returns how a package answers requests. ok is false if that is nowhere said.
func (cfg *Config) answers(path string) (verbs []string, ok bool) {
	for _, a := range cfg.Answers {
		if Match(a.Path, path) {
			verbs, ok = append(verbs, a.Verbs...), true
		}
	}
	return verbs, ok
}

// checkScopes returns the faults of the members that this file is about.
func (cfg *Config) checkScopes() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	for _, p := range cfg.RequestScoped {
		if p.Path == "" || strings.HasPrefix(p.Path, ".") {
			fault("requestScoped %q: want an import path", p.Path)
		}
		if MatchAny(cfg.Allowed, p.Path) || MatchAny(cfg.Skipped, p.Path) {
			fault("requestScoped %s: the package is not looked at", p.Path)
		}
	}
	for _, p := range cfg.Stateful {
		switch {
		case strings.HasSuffix(p.Path, "/..."):
			fault("stateful %s: packages are named one by one", p.Path)
		case !MatchAny(cfg.RequestScoped, p.Path):
			fault("stateful %q: the package is not request-scoped", p.Path)
		case strings.TrimSpace(p.Reason) == "":
			fault("stateful %s: no reason", p.Path)
		}
	}
	for _, a := range cfg.Answers {
		if a.Path == "" || slices.Contains(a.Verbs, "") {
			fault("answers of %q: want a package and names of functions", a.Path)
		}
		if strings.TrimSpace(a.Reason) == "" {
			fault("answers of %s: no reason", a.Path)
		}
	}
	for _, e := range cfg.Exempt {
		switch {
		case e.Path == "" || strings.HasSuffix(e.Path, "/...") || e.In == "":
			fault("exempt %q: want one package and the name of a declaration", e.Path)
		case !e.Rule.known() || e.Rule == Exemptions:
			fault("exempt %s: no rule %q", e.Path, e.Rule)
		case strings.TrimSpace(e.Reason) == "":
			fault("exempt %s: no reason", e.Path)
		case e.Rule.ofRequests() && cfg.scoped(e.Path):
			fault("exempt %s: nobody is exempt from rule %s in a request-scoped package", e.Path, e.Rule)
		}
	}
	for _, name := range slices.Concat(cfg.ProcessWide, cfg.Immutable) {
		if path, typ := splitName(name); path == "" || typ == "" {
			fault("%q: want import/path.Name", name)
		}
	}
	return errors.Join(faults...)
}
