package fault

// Matches reports whether a call is one of the rule's.
func Matches(r Rule, c Call) bool { return r.matcher()(c) }
