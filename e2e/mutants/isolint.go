package main

const (
	isolintDir = "isolint/"
	gateDir    = "./isolint/gate"
	corpus     = "TestEvil$|TestClean|TestExceptionsAreNeeded"
)

// isolintMutants are defects in the gate that looks at the source. Each is killed by the corpus in
// isolint/testdata: an evil package passes, or a clean one does not. Instead of attacks they name
// the rules.
var isolintMutants = []mutant{
	{"a handler counts in a variable that it captured", "state", isolintDir + "flow.go",
		`isPackageVar(v) || w.at(e.Pos()).captured(v, e.Pos())`, `isPackageVar(v)`, gateDir, corpus},
	{"a local function is shared with somebody who keeps it", "state", isolintDir + "functions.go",
		`(!plain[id] || elsewhere)`, `(!plain[id] || elsewhere && false)`, gateDir, corpus},
	{"a struct that handles requests is written", "state", isolintDir + "flow.go",
		`if w.roots == nil && w.c.isLasting(tv.Type) && !w.made(e) {`, `if false {`, gateDir, corpus},
	{"what an embedded pointer leads to is written", "state", isolintDir + "flow.go",
		`w.place(e.X) || sel.Indirect() && w.refer(e.X)`, `w.place(e.X)`, gateDir, corpus},
	{"a function that yields shared memory is not known", "state", isolintDir + "flow.go",
		`return w.roots == nil && fact.Yields ||`, `return `, gateDir, corpus},
	{"what a function value returns is written", "state", isolintDir + "flow.go",
		`	if fn == nil {
		return w.refer(call.Fun)
	}`, `	if fn == nil {
		return false
	}`, gateDir, corpus},
	{"a helper writes what its caller shares", "state", isolintDir + "effects.go",
		`if mutates {`, `if false {`, gateDir, corpus},
	{"a helper passes on what its caller shares", "state", isolintDir + "effects.go",
		`if !passes && slices`, `if false && slices`, gateDir, corpus},
	{"a method behind an interface writes", "state", isolintDir + "effects.go",
		`changed = w.markInterfaces() || changed`, ``, gateDir, corpus},
	{"a shared counter is counted up", "state", isolintDir + "changes.go",
		`written(n.X, "is changed")`, ``, gateDir, corpus},
	{"a range statement writes a shared variable", "state", isolintDir + "changes.go",
		`written(n.Key, "is changed")`, ``, gateDir, corpus},
	{"a result is sent to a shared channel", "state", isolintDir + "changes.go",
		`if w.refer(n.Chan) && !w.declared(n.Chan) {`, `if false {`, gateDir, corpus},
	{"the address of shared memory goes into a literal", "state", isolintDir + "changes.go",
		`if a, ok := ast.Unparen(e).(*ast.UnaryExpr); ok && a.Op == token.AND && w.place(a.X) {
					found(change{a`, `if a, ok := ast.Unparen(e).(*ast.UnaryExpr); ok && false {
					found(change{a`, gateDir, corpus},
	{"a method that writes is bound and called later", "state", isolintDir + "changes.go",
		`w.method(n, n, s.Obj().(*types.Func), found) // it`, `_ = s // it`, gateDir, corpus},
	{"a method expression writes", "state", isolintDir + "changes.go",
		`case types.MethodExpr:`, `case 99:`, gateDir, corpus},
	{"shared memory is put into a context", "state", isolintDir + "changes.go",
		`if w.refer(arg) && w.c.own(w.info.TypeOf(arg)) {`, `if false {`, gateDir, corpus},
	{"another module's method changes what is shared", "state", isolintDir + "changes.go",
		`case mutating(path, member(fn)):`, `case false:`, gateDir, corpus},
	{"a shared slice is appended to", "state", isolintDir + "changes.go",
		`if !back[n] {`, `if false {`, gateDir, corpus},
	{"a decoder fills what is shared", "state", isolintDir + "changes.go",
		`case filling.MatchString(fn.Name()) && !w.c.ofModule(path):`, `case false:`, gateDir, corpus},
	{"the address of shared memory is given away", "state", isolintDir + "changes.go",
		`	default:
		w.addresses(call, found)
	}
}`, `	default:
	}
}`, gateDir, corpus},
	{"a type whose method is passed on is not process-wide", "state", isolintDir + "lasting.go",
		`c.markMethodValues(f)`, `_ = f`, gateDir, corpus},
	{"a method that takes a context and a grant is no handler", "state", isolintDir + "lasting.go",
		`takesContext && c.nearKept`, `false && c.nearKept`, gateDir, corpus},
	{"a method that takes an Echo context is no handler", "state", isolintDir + "lasting.go",
		`if c.ofWire.Hold(sig.Params()) {`, `if false {`, gateDir, corpus},
	{"a method that returns a handler is no handler", "state", isolintDir + "lasting.go",
		`if f, ok := result.Type().Underlying().(*types.Signature); ok && c`, `if f, ok := result.Type().Underlying().(*types.Signature); ok && false && c`, gateDir, corpus},
	{"a package variable is a cache", "state", isolintDir + "state.go",
		`if what := c.container(t); what != "" {
		return`, `if what := c.container(t); false {
		return`, gateDir, corpus},
	{"a field of a process-wide struct is a cache", "state", isolintDir + "state.go",
		`if what := c.container(f.Type()); what != "" {
				c.found`, `if what := c.container(f.Type()); false {
				c.found`, gateDir, corpus},
	{"a package variable is a function that remembers", "state", isolintDir + "state.go",
		`if called := c.madeFunction(value); called != "" {`, `if called := c.madeFunction(value); false {`, gateDir, corpus},
	{"a package variable is of a type that may change", "state", isolintDir + "state.go",
		`if t := c.opaque(t, false, map[types.Type]bool{}); t != nil {`, `if t := c.opaque(t, false, map[types.Type]bool{}); false {`, gateDir, corpus},
	{"a package variable is written by any function", "state", isolintDir + "state.go",
		`(fn == nil || fn.initial)`, `(fn == nil || fn.initial || fn.node != nil)`, gateDir, corpus},
	{"a function that is stored writes what it captured", "state", isolintDir + "functions.go",
		`		if f.escapes {`, `		if f.node == nil {`, gateDir, corpus},
	{"a handler changes the process", "state", isolintDir + "state.go",
		`if ok && fn.Pkg() != nil && isNamed(processes`, `if ok && fn.Pkg() == nil && isNamed(processes`, gateDir, corpus},
	{"no package may keep anything", "state", isolintDir + "scopes.go",
		`return MatchAny(cfg.RequestScoped, path) && !MatchAny(cfg.Stateful, path)`, `return MatchAny(cfg.RequestScoped, path)`, gateDir, corpus},
	{"another package writes a variable of a request-scoped one", "state", isolintDir + "analyzer.go",
		`		c.foreignVariables(f)
`, ``, gateDir, corpus},
	{"a field of a process-wide struct is a grant", "keep", isolintDir + "state.go",
		`if c.nearKept.Hold(f.Type()) {`, `if false {`, gateDir, corpus},
	{"a goroutine has a grant", "keep", isolintDir + "outliving.go",
		`if kept.Detached(n.Call) {`, `if false {`, gateDir, corpus},
	{"a function that runs it later has a grant", "keep", isolintDir + "outliving.go",
		`!c.joined(n, fn, stack) {`, `!c.joined(n, fn, stack) && false {`, gateDir, corpus},
	{"somebody else has the group that is waited for", "keep", isolintDir + "outliving.go",
		`return c.private(group, n) && `, `return `, gateDir, corpus},
	{"a handler has captured a grant", "keep", isolintDir + "outliving.go",
		`c.ofWire.Hold(sig.Params()) && kept.Captured(n)`, `c.ofWire.Hold(sig.Params()) && n == nil`, gateDir, corpus},
	{"a literal of a process-wide struct has a grant", "keep", isolintDir + "outliving.go",
		`if kept.Expr(e) {`, `if false {`, gateDir, corpus},
	{"another function than cancel is deferred", "keep", isolintDir + "outliving.go",
		`return ok && c.pass.TypesInfo.ObjectOf(id) == c.pass.TypesInfo.ObjectOf(cancel)`, `return ok && id != cancel`, gateDir, corpus},
	{"a goroutine outlives a return before Wait", "keep", isolintDir + "outliving.go",
		`if leaves(s) {`, `if s == nil {`, gateDir, corpus},
	{"a grant is kept in a package variable", "keep", isolintDir + "analyzer.go",
		`		c.retention(f, request, kept)
`, `		_, _ = request, kept
`, gateDir, corpus},
	{"a grant is sent to a channel", "keep", isolintDir + "retention.go",
		`			if kept.Expr(n.Value) {`, `			if false {`, gateDir, corpus},
	{"a package variable holds a grant", "keep", isolintDir + "retention.go",
		`if kept.Type(obj.Type()) {`, `if false {`, gateDir, corpus},
	{"work outlives the request without a deadline", "context", isolintDir + "outliving.go",
		`fn.FullName() == "context.WithoutCancel" && !c.bounded(n, stack)`, `false`, gateDir, corpus},
	{"a goroutine has a request's context", "context", isolintDir + "retention.go",
		`if request.Detached(n.Call) {`, `if false {`, gateDir, corpus},
	{"a request's context is stored", "context", isolintDir + "retention.go",
		`if (global || !plain) && request.Expr(rhs) {`, `if (global || !plain) && i < 0 {`, gateDir, corpus},
	{"a request's context is sent to a channel", "context", isolintDir + "retention.go",
		`			if request.Expr(n.Value) {`, `			if false {`, gateDir, corpus},
	{"a request's context is put into a context", "context", isolintDir + "retention.go",
		`if request.Expr(call.Args[2]) {`, `if false {`, gateDir, corpus},
	{"a response's writer is handed on", "answer", isolintDir + "answering.go",
		`a.handsOn(n)
`, ``, gateDir, corpus},
	{"an error that a library shows has any text", "answer", isolintDir + "answering.go",
		`a.refusal(n)
`, ``, gateDir, corpus},
	{"a literal of an error that a library shows has any text", "answer", isolintDir + "answering.go",
		`a.httpError(n)`, ``, gateDir, corpus},
	{"a response's writer is written under another type", "answer", isolintDir + "answering.go",
		`if len(n.Lhs) == len(n.Rhs) && a.isWriter`, `if false && a.isWriter`, gateDir, corpus},
	{"a handler answers past the verbs", "answer", isolintDir + "answering.go",
		`if ok && fn.Pkg() != nil && slices.Contains(answeringMethods, objectName(fn)) {`, `if false && ok {`, gateDir, corpus},
	{"a handler writes to the response", "answer", isolintDir + "answering.go",
		`a.isWriter(s.Recv()) && !slices.Contains(headers, n.Sel.Name) {`, `false {`, gateDir, corpus},
	{"verbs may not answer, and everybody else may", "answer", isolintDir + "answering.go",
		`			if !verb {`, `			if verb {`, gateDir, corpus},
	{"the text of an error is taken", "errortext", isolintDir + "errortext.go",
		`if a.speaks(n) && `, `if false && `, gateDir, corpus},
	{"an error is given to whoever prints it", "errortext", isolintDir + "errortext.go",
		`a.converted(n, stack)`, ``, gateDir, corpus},
	{"an error is stored where it can be printed", "errortext", isolintDir + "errortext.go",
		`if len(n.Lhs) == len(n.Rhs) && a.becomesAny`, `if false && a.becomesAny`, gateDir, corpus},
	{"an error is put into a literal that can be printed", "errortext", isolintDir + "errortext.go",
		`if a.becomesAny(e, a.elementType(n, e)) &&`, `if false &&`, gateDir, corpus},
	{"the text of an error may not go into a log", "errortext", isolintDir + "errortext.go",
		`path == "log" || `, ``, gateDir, corpus},
	{"the text of an error may not go into a structured log", "errortext", isolintDir + "errortext.go",
		` || path == "log/slog" ||`, ` ||`, gateDir, corpus},
	{"an error may not say what it wraps", "errortext", isolintDir + "errortext.go",
		`return ok && n.Name.Name == "Error" &&`, `return ok && n.Name.Name == "" &&`, gateDir, corpus},
	{"a restricted type is used through its members", "wrapper", isolintDir + "judge.go",
		`if t := c.restrictedIn(obj); t != nil {`, `if t := c.restrictedIn(obj); false {`, gateDir, corpus},
	{"a comment exempts a request-scoped package", "exemption", isolintDir + "exemptions.go",
		`case Rule(fields[1]).ofRequests() && c.cfg.scoped(c.path):`, `case false:`, gateDir, corpus},
	{"the configuration exempts nothing", "exemption", isolintDir + "exemptions.go",
		`return c.exemptByConfig(f)`, `return false`, gateDir, corpus},
	{"an exemption of the configuration exempts nothing, unnoticed", "exemption", isolintDir + "analyzer.go",
		`	c.unusedConfig()
`, ``, gateDir, corpus},
	{"an exemption gives no reason", "exemption", isolintDir + "exemptions.go",
		`			case len(fields) == 2:`, `			case len(fields) == 1:`, gateDir, corpus},
	{"an exemption is for the whole file", "exemption", isolintDir + "exemptions.go",
		`e.line == at.Line && `, ``, gateDir, corpus},
}
