// Package firestore is the local cloud's Firestore: the gRPC services
// google.firestore.v1.Firestore, the databases of google.firestore.admin.v1.FirestoreAdmin, and the
// operations they return.
//
// It keeps its own documents; nothing of it is an emulator's. What a method does it does as the
// service documents it, and what is not there answers Unimplemented: see [Rules] for the list. The
// package neither authenticates nor authorizes. [Rules] says which permission each method needs on
// which database, and the database is always the one that the request names; a request with a
// document of another database in it is refused.
//
// The parts, each a package under internal: resource (names and ids), value (order, size, field
// paths), query, write (preconditions and transforms), transaction (locks and observations), store
// (snapshots, commits, the file).
package firestore
