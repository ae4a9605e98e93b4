package main

import (
	"regexp"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
)

// exception is a difference in which this Firestore follows the reference or production, and the
// emulator does not.
type exception struct {
	why     string
	applies func(req request, ours, theirs answer) bool
}

// exceptions are those that cases may meet. Some more are kept out of what is drawn:
//
//   - An empty projection. The reference says that it returns all fields; the emulator returns
//     none.
//   - Two writes of one document in one commit. The reference says that writes are applied in
//     order; the emulator merges them, as the older Datastore does, and refuses some pairs.
//   - A composite filter of no filters. The reference requires one; the emulator takes none for all
//     documents.
//   - A transform of __name__, a reserved name. The emulator stores it as __key__.
//   - An inequality with null or NaN beside other filters or orders. No value holds it, and the
//     emulator forgets in that case that its field orders the query.
//   - Times finer than a microsecond in queries. The emulator cuts those inside of other values,
//     and not those alone.
//   - Latitudes of -0, which the emulator orders before 0.
//   - More than five aggregations in one request, at which the emulator breaks down.
var exceptions = []exception{{
	why: "the emulator never scans names backwards; production does, over an index, and here nothing takes an index",
	applies: func(_ request, _, theirs answer) bool {
		return strings.Contains(theirs.message, "does not support descending key scans")
	},
}, {
	why: "the emulator never scans names backwards, here below a document",
	applies: func(_ request, _, theirs answer) bool {
		return strings.Contains(theirs.message, "or they're an ascending primary key scan")
	},
}, {
	why: "of two faults in a commit, each tells the one it finds first",
	applies: func(req request, ours, theirs answer) bool {
		return req.write != nil && ours.code != codes.OK && theirs.code != codes.OK &&
			(len(req.write.writes) > 1 || ours.code == codes.InvalidArgument) && slices.Equal(ours.documents, theirs.documents)
	},
}, {
	why: "the emulator checks arrays in arrays where fields are set, but not always where they are transformed",
	applies: func(req request, ours, theirs answer) bool {
		return req.write != nil && strings.Contains(ours.message, "an array may not directly contain") && theirs.code == codes.OK
	},
}, {
	why: "sums of doubles round by the order of adding, of which the reference promises none",
	applies: func(req request, ours, theirs answer) bool {
		return req.aggregate != nil && slices.EqualFunc(ours.values, theirs.values, func(a, b string) bool {
			return anyDouble.ReplaceAllString(a, "double") == anyDouble.ReplaceAllString(b, "double")
		})
	},
}, {
	why: "the emulator counts up to 0, which the reference forbids",
	applies: func(_ request, ours, _ answer) bool {
		return strings.Contains(ours.message, "counts nothing")
	},
}}

// anyDouble is how an answer tells a double that is neither infinite nor NaN.
var anyDouble = regexp.MustCompile(`-?[0-9][0-9.]*(e[+-][0-9]+)?d\b`)

// excepted returns why the sides may differ here; empty: they may not.
func excepted(req request, ours, theirs answer) (why string) {
	for _, e := range exceptions {
		if e.applies(req, ours, theirs) {
			return e.why
		}
	}
	return ""
}
