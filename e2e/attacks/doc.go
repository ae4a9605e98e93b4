// Package attacks drives the real server, on a local cloud that enforces IAM, as somebody would who
// means harm: with valid credentials of one tenant and the addresses of another, 64 requests at a
// time.
//
// What makes it worth reading is what is asked afterwards, whatever the attack was
// (oracles_test.go). No byte that only the victim knows is in anything that anybody else was
// answered, nor in the log. Every vend in the ledger is to the tenant's own account. The cloud was
// never asked for the victim's by anybody else's account: to be turned away there would be luck,
// for the application ought to have refused. The victim's documents, objects and people are what
// they were.
//
// It has no code of its own outside its tests.
package attacks
