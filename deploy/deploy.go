// Package deploy holds what a deployment is told besides the program.
package deploy

import _ "embed"

// Indexes is the list of the composite indexes that the application's queries need, in the form of
// the Firebase CLI's firestore.indexes.json, with one member more: an index with "database":
// "platform" is one of the control plane's database, and one without is made for every tenant, in
// silos and in pools. Package internal/platform/indexes makes them.
//
//go:embed firestore.indexes.json
var Indexes []byte
