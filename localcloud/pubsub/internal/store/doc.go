// Package store keeps topics, subscriptions and messages in one bbolt file, so that no message that
// was taken is lost and no state of a delivery is forgotten.
//
// A published message is copied into the queue of each subscription that its topic has at that
// moment, in the transaction that takes it: from then on the queues have nothing to do with one
// another. A queue is three orders over the same messages. "messages" holds them by number, which
// is the order in which they were published, the oldest first. "states" says of each how often it
// was delivered. "due" lists them by the time from which they may be delivered (again): at once for
// a new one; when the deadline has passed for one that is out, later still under a retry policy;
// and those that are out for the last time, before they go to the dead letter topic, stand in
// "last" instead.
//
// Nothing of this is in memory. A delivery that was out when the process died is therefore due when
// its deadline has passed, as if nothing had happened, and whatever the clock does, the next look
// at "due" sees what it means.
//
// Transactions that come together are committed together: the functions that run in them may run
// twice, and set what they return from the start.
package store
