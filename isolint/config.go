package isolint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// FileName is what a configuration is called. It stands beside go.mod.
const FileName = "isolint.json"

// Config says what a code base permits itself. What it does not mention is forbidden. A package is
// named by its import path; "path/..." names the package and all below it.
type Config struct {
	// Allowed packages construct clients. What they hand out of those is judged by its type (see
	// Restricted).
	Allowed []Package `json:"allowed"`

	// Skipped packages are not looked at, and no package that is looked at may import one.
	Skipped []Package `json:"skipped"`

	// Restricted names what an allowed package offers to some packages and to no other.
	Restricted []Restriction `json:"restricted"`

	// Kept adds types, as "import/path.Name", that no package variable and no channel may hold. In
	// a request-scoped package no goroutine and no process-wide value may hold one either.
	Kept []string `json:"kept"`

	// Request adds types that belong to one request, and go back to a pool at its end. Echo's are
	// built in.
	Request []string `json:"request"`

	// Sensitive and Hosts add to the built-in import paths and host names.
	Sensitive []string `json:"sensitive"`
	Hosts     []string `json:"hosts"`

	// RequestScoped names the packages in which nothing may outlive a request: those that handle
	// one, and features. A reason may be given. Stateful names packages among them that may keep
	// something nevertheless.
	RequestScoped []Package `json:"requestScoped"`
	Stateful      []Package `json:"stateful"`

	// ProcessWide adds types of request-scoped packages whose values live as long as the process,
	// as "import/path.Name". Types with a method that handles requests are found without it.
	ProcessWide []string `json:"processWide"`

	// Immutable adds types whose values never change once they are made, and functions that return
	// functions which remember nothing, as "import/path.Name". Package variables of request-scoped
	// packages may hold them.
	Immutable []string `json:"immutable"`

	// Answers says which functions write responses.
	Answers []Answers `json:"answers"`

	// Exempt lists exemptions that do not stand in the code.
	Exempt []Exempted `json:"exempt"`

	// Off turns rules off.
	Off []Off `json:"off"`
}

// Package is an import path, and why it is set apart.
type Package struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Restriction lets only the packages in To use Objects of package Of. An object is "Name", or
// "Type.Member" for a method or a field. The "Name" of a type restricts its methods and fields too,
// and whatever yields or holds a value of it.
type Restriction struct {
	Of      string   `json:"of"`
	Objects []string `json:"objects"`
	To      []string `json:"to"`
	Reason  string   `json:"reason"`
}

// Off is a rule that a code base does without.
type Off struct {
	Rule   Rule   `json:"rule"`
	Reason string `json:"reason"`
}

// Parse reads a configuration strictly: a member it does not know, a member given twice or an entry
// without a reason is an error. All faults are reported at once.
func Parse(text []byte) (*Config, error) {
	cfg := new(Config)
	if err := json.Unmarshal(text, cfg, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("isolint: configuration: %w", err)
	}
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("isolint: configuration:\n%w", err)
	}
	return cfg, nil
}

// Read reads the configuration in a file.
func Read(file string) (*Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("isolint: %w", err)
	}
	return Parse(text)
}

// Find reads the configuration of the module that dir belongs to. Without one nothing is allowed,
// and file is empty.
func Find(dir string) (cfg *Config, file string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, "", err
	}
	for {
		file := filepath.Join(dir, FileName)
		text, err := os.ReadFile(file)
		switch {
		case err == nil:
			cfg, err := Parse(text)
			return cfg, file, err
		case !errors.Is(err, fs.ErrNotExist):
			return nil, "", err
		}
		_, err = os.Stat(filepath.Join(dir, "go.mod"))
		if parent := filepath.Dir(dir); err != nil && parent != dir {
			dir = parent
			continue
		}
		return new(Config), "", nil
	}
}

func (cfg *Config) check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	for _, p := range slices.Concat(cfg.Allowed, cfg.Skipped) {
		if p.Path == "" || strings.HasPrefix(p.Path, ".") {
			fault("package %q: want an import path", p.Path)
		}
		if strings.TrimSpace(p.Reason) == "" {
			fault("package %s: no reason", p.Path)
		}
	}
	for _, p := range cfg.Allowed {
		if strings.HasSuffix(p.Path, "/...") {
			fault("package %s: packages are allowed one by one", p.Path)
		}
	}
	for _, r := range cfg.Restricted {
		if r.Of == "" || len(r.Objects) == 0 || slices.Contains(r.Objects, "") || slices.Contains(r.To, "") {
			fault("restriction of %q: want a package, objects and packages", r.Of)
		}
		if strings.TrimSpace(r.Reason) == "" {
			fault("restriction of %s: no reason", r.Of)
		}
	}
	for _, name := range slices.Concat(cfg.Kept, cfg.Request) {
		if path, typ := splitName(name); path == "" || typ == "" {
			fault("type %q: want import/path.Name", name)
		}
	}
	for _, text := range slices.Concat(cfg.Sensitive, cfg.Hosts) {
		if text == "" {
			fault("an empty string in sensitive or hosts")
		}
	}
	for _, off := range cfg.Off {
		if !off.Rule.known() || off.Rule == Exemptions {
			fault("off: no rule %q", off.Rule)
		}
		if strings.TrimSpace(off.Reason) == "" {
			fault("off: rule %s: no reason", off.Rule)
		}
		if off.Rule.ofRequests() && len(cfg.RequestScoped) > 0 {
			fault("off: rule %s holds while a package is request-scoped", off.Rule)
		}
	}
	return errors.Join(append(faults, cfg.checkScopes())...)
}

func (cfg *Config) allowed(path string) bool { return MatchAny(cfg.Allowed, path) }

// Skips reports whether a package is configured out.
func (cfg *Config) Skips(path string) bool { return MatchAny(cfg.Skipped, path) }

func (cfg *Config) off(rule Rule) bool {
	return slices.ContainsFunc(cfg.Off, func(o Off) bool { return o.Rule == rule })
}

// restriction returns the packages that may use an object. ok is false if nobody restricts it.
func (cfg *Config) restriction(of, object string) (to []string, ok bool) {
	for _, r := range cfg.Restricted {
		if r.Of == of && slices.Contains(r.Objects, object) {
			to, ok = append(to, r.To...), true
		}
	}
	return to, ok
}

// MatchAny reports whether one of the entries names the package.
func MatchAny(packages []Package, path string) bool {
	return slices.ContainsFunc(packages, func(p Package) bool { return Match(p.Path, path) })
}

// Match reports whether a pattern, an import path or "path/...", names the package.
func Match(pattern, path string) bool {
	root, below := strings.CutSuffix(pattern, "/...")
	return path == root || below && strings.HasPrefix(path, root+"/")
}

// splitName splits "import/path.Name".
func splitName(name string) (path, typ string) {
	i := strings.LastIndexByte(name, '.')
	if i <= strings.LastIndexByte(name, '/') {
		return "", ""
	}
	return name[:i], name[i+1:]
}

// plainPath is the import path of a package as it is imported: test variants are "path
// [path.test]".
func plainPath(path string) string {
	path, _, _ = strings.Cut(path, " ")
	return strings.TrimSuffix(path, "_test")
}
