// Package newcomer does what docs/adding-a-feature.md says, as somebody who has just arrived would.
// Its tests copy this module under another name, add a throw-away feature, "notes", to the copy,
// hold it to the gates, and leave one thing out at a time to see which gate says so.
//
// The feature's files stand in testdata/notes, as they are to stand in the copy. What it changes in
// files that exist stands in changes_test.go.
package newcomer
