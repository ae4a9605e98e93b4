package gate

import (
	"errors"
	"fmt"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/bulkhead-saas/bulkhead/isolint"
)

// current returns an error for everything of the module that the configuration names and that is
// not there: a package that was moved, or a type that was renamed, would else silently be protected
// no longer. Names of other modules may be of versions that this one does not use.
func (l *loaded) current(cfg *isolint.Config) error {
	known := l.known()
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	pattern := func(member, p string) {
		if l.ofModule(p) && !slices.ContainsFunc(l.paths(), func(path string) bool { return isolint.Match(p, path) }) {
			fault("%s: there is no package %s", member, p)
		}
	}
	object := func(member, path, name string) {
		if !l.ofModule(path) || isolint.MatchAny(cfg.Skipped, path) {
			return
		}
		pkg := known[path]
		if pkg == nil {
			fault("%s: there is no package %s", member, path)
		} else if !has(pkg, name) {
			fault("%s: package %s has no %s", member, path, name)
		}
	}
	for member, list := range map[string][]isolint.Package{
		"allowed": cfg.Allowed, "skipped": cfg.Skipped, "requestScoped": cfg.RequestScoped, "stateful": cfg.Stateful,
	} {
		for _, p := range list {
			pattern(member, p.Path)
		}
	}
	for _, r := range cfg.Restricted {
		for _, o := range r.Objects {
			object("restricted", r.Of, o)
		}
		for _, p := range r.To {
			pattern("restricted", p)
		}
	}
	for _, a := range cfg.Answers {
		pattern("answers", a.Path)
	}
	for member, list := range map[string][]string{
		"kept": cfg.Kept, "request": cfg.Request, "processWide": cfg.ProcessWide, "immutable": cfg.Immutable, "answers": verbs(cfg),
	} {
		for _, name := range list {
			path, o := split(name)
			object(member, path, o)
		}
	}
	for _, e := range cfg.Exempt {
		object("exempt", e.Path, e.In)
	}
	return errors.Join(faults...)
}

// known are the types of the packages, and of those that they import.
func (l *loaded) known() map[string]*types.Package {
	known := map[string]*types.Package{}
	packages.Visit(l.packages, nil, func(p *packages.Package) {
		if p.Types != nil && known[p.PkgPath] == nil {
			known[p.PkgPath] = p.Types
		}
	})
	return known
}

func (l *loaded) paths() []string {
	paths := slices.Clone(l.skipped)
	for _, p := range l.packages {
		paths = append(paths, p.PkgPath)
	}
	return paths
}

func (l *loaded) ofModule(pattern string) bool {
	return slices.ContainsFunc(l.packages, func(p *packages.Package) bool {
		return p.Module != nil && isolint.Match(p.Module.Path+"/...", strings.TrimSuffix(pattern, "/..."))
	})
}

func verbs(cfg *isolint.Config) (names []string) {
	for _, a := range cfg.Answers {
		names = append(names, a.Verbs...)
	}
	return names
}

// split splits "import/path.Name" and "import/path.Type.Member".
func split(name string) (path, object string) {
	i := strings.Index(filepath.Base(name), ".")
	if i < 0 {
		return name, ""
	}
	i += len(name) - len(filepath.Base(name))
	return name[:i], name[i+1:]
}

// has reports whether a package declares an object: "Name", "Type.Method" or "Type.Field".
func has(pkg *types.Package, name string) bool {
	first, rest, isMember := strings.Cut(name, ".")
	obj := pkg.Scope().Lookup(first)
	if obj == nil || !isMember {
		return obj != nil
	}
	member, _, _ := types.LookupFieldOrMethod(types.NewPointer(obj.Type()), true, pkg, rest)
	if member == nil {
		member, _, _ = types.LookupFieldOrMethod(obj.Type(), true, pkg, rest)
	}
	return member != nil
}
