// Package newcomer does what docs/adding-a-feature.md says, as somebody who has just arrived would.
// Its tests add a throw-away feature, "notes", to a copy of this module, hold the copy to the
// gates, and leave one thing out at a time to see which gate says so. Another test copies the
// module under another name.
//
// The feature's files stand in testdata/notes, as they are to stand in the copy. What it changes in
// files that exist stands in changes_test.go.
package newcomer
