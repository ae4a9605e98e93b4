// Package inspection is Service B: it looks at files and texts, and says what they are. It is a
// realm of its own. It has its own account, database, bucket, limits, keys and description, and
// imports nothing of the application, which reaches it over HTTP alone. It calls nobody but Google:
// what it has found is its answer to who asks.
//
// It takes two credentials, each for one document of one tenant. One is a client's token that was
// made for it: clienttoken. The other is a key that it has made for such a client: records. Who
// shows neither is told nothing, and who names another document is told what is told of one that
// does not exist.
//
//	api          what is answered to whom
//	clienttoken  whose tokens count
//	intake       receives files in parts, and has them inspected
//	records      what it remembers
//	parts        the content, until it is inspected
//	sandbox      inspects in a process of its own
//	inspect      looks at one file
//	cloud        the clients of its account
//
// [New] wires a service of a [Config]. cmd/inspection is a program of one; cmd/dev runs it beside
// the application.
//
// # On a local cloud
//
// setup.Run makes the account (setup.Inspection), the database (setup.InspectionDatabase) and the
// bucket (setup.InspectionBucket). A Config then needs Project; Bucket; Account with KeyFile, a key
// that setup.NewKey made; Issuers, of which one is {Kind: "identity-platform", Project: the
// project}; Plaintext; and the four endpoints: FirestoreEndpoint is the cloud's GRPC, and
// StorageEndpoint, IdentityEndpoint and TokenEndpoint are called alike. Worker may be empty if the
// program calls [WorkerMain] first in its main function; otherwise it is the path of a program that
// does, such as cmd/inspection.
package inspection
