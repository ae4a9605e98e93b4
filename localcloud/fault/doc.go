// Package fault makes calls of a local cloud slow, fail, or lose their answers, when a test asks
// for it.
//
// An [Injector] stands around the services and holds rules. A [Rule] says which calls it is for, by
// method, by the account that calls and by the resource that is called, and what happens to them: a
// delay, an error, a cut. Each is an answer that Google's own services give on a bad day, so an
// application cannot tell it from a real one, and nothing in the application knows of it. Because a
// rule names an account, one tenant can have that bad day while its neighbours, whose calls may
// share its connections, have none.
//
// What a caller does after a lost answer decides whether its writes are idempotent. A rule
// therefore strikes either before the effect, which then never comes about, or, with After, between
// the effect and its answer.
//
// Every strike is counted, so that a test can see that its fault has happened and not only that
// nothing went wrong.
package fault
