// Package events is what the application and its Adapter tell each other about a tenant's files,
// and how a message of Pub/Sub is read. Both sides know this package, and nothing else of each
// other.
//
// An event is a CloudEvent (CloudEvents 1.0, JSON format). Pub/Sub delivers each at least once and
// in no order.
//
//	upload.requested   somebody has asked to send a file, and handed over a token for its inspection
//	object.finalized   the file has arrived, as this generation of its object
//	inspection.moved   how far the Adapter has come with a file, and the verdict at the end
//
// The first two carry a Ticket: text that only the application can make and open, by which the
// Adapter asks for the file and reports about it. So whoever speaks as the Adapter reaches the
// files that it was told of, and no others. What is secret in the first, the token, is sealed so
// that only the Adapter opens it.
package events
