// Package pubsub is the local cloud's Pub/Sub: google.pubsub.v1 as Google's clients speak it, with
// Google's IAM enforced on every call.
//
// A topic has an allow policy of its own, and so has a subscription. Publishing asks the topic,
// receiving asks the subscription, and attaching a subscription to a topic asks both the project
// and the topic. A topic that is not there is refused like one of somebody else's to whoever has no
// permission on it.
//
// # Delivery
//
// At least once, in no order. A message is in the queue of a subscription, on disk, before its
// publisher is answered, and leaves it when it is acknowledged, when its time is up, or for the
// dead letter topic. Between, it is delivered as often as it takes: each delivery is counted on
// disk before it is made, and one whose deadline passes without an acknowledgement is made again.
// See the package internal/store.
//
// A subscriber either pulls ([Service] serves Pull and StreamingPull) or is pushed to. Each
// subscription has a goroutine that looks after it: it pushes, forgets what is too old, and
// forwards what nobody acknowledged. So an endpoint that hangs holds up its own subscription alone,
// and that one has a bounded number of requests out, which grows while the endpoint keeps
// acknowledging and shrinks when it does not.
//
// # Push
//
// A push request goes where the subscription says and nowhere else, with a token of an account that
// whoever configured the subscription may act as: see the package push.
//
// # What is not there
//
// Ordered delivery, filters, exactly-once delivery, snapshots and seeking, schemas, message
// transforms, exports and detaching: asking for one is refused as Unimplemented. Without a retry
// policy, a push that fails is repeated after 100 ms, doubled each time up to 60 s; Google slows
// down a whole subscription by these figures, here it is the message. Subscriptions do not expire.
package pubsub
