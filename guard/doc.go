// Package guard decides what may leave a process for Firestore and Cloud Storage.
//
// A program that serves many customers holds credentials that reach more than the request at hand
// should. IAM cannot help with all of it: it does not see below a Firestore database, and it cannot
// tell two people apart for whom the program uses one account. A Guard reads each request before it
// is sent and compares it with a Scope: which database and bucket may be named, which part of them,
// and what may be done there. What the scope does not permit is not sent.
//
// The package knows nothing of customers, sign-in or roles, and makes no connection. Who a request
// is for, and what their scope is, is yours to say.
//
// # Use
//
// Describe what one sender may do in a Scope and make its Guard:
//
//	g, err := guard.New(guard.Scope{
//		Project: "shop", Database: "(default)", Root: "customers/c1", // all of it below one document
//		Bucket: "shop-files", Prefix: "c1/",
//		Collections: map[string]guard.Verbs{
//			"orders": guard.Read | guard.Write,
//			"audit":  guard.Append,
//		},
//		Documents: map[string]guard.Verbs{"profiles/u1": guard.Read | guard.Write},
//		Objects:   guard.Read,
//	})
//
// Then let Google's own clients send through it. NewConn makes the connection of a Firestore
// client, NewTransport the transport of a Storage client; both add the sender's credential after
// the check, so that nothing is sent with a credential that was not looked at. Sign says whether a
// URL may be signed. The methods Firestore, Metadata and Storage are the checks alone, for a proxy
// or a transport of your own.
//
// # Default-deny
//
// The guard has one rule for each method that the official clients send, and a rule knows every
// place in its message where a name stands. Refused is: a method without a rule, another type of
// message, a message with fields that this version of the client does not know, a header, a query
// parameter or an option of a call that is not on a list, a header or a parameter that is there
// twice, and a name with empty or dotted segments. Names are compared and never resolved.
//
// A refusal is a *Refusal with the gRPC code PermissionDenied, so that Google's clients return it
// to whoever called them. ErrForeign says that a request named something outside the scope;
// ErrNotPermitted, that it asked too much of something within it.
//
// # What was issued
//
// Transactions, page tokens and resumable uploads have names that the cloud makes and that do not
// say whose they are. Where senders share a database or a bucket, an Issued remembers what each was
// given; the rest is refused to them. Give the Conn and the Transport of one sender the same
// Issued, if the guard Tracks. It lives in this process: a transaction that was begun in another is
// refused.
//
// # What it does not see
//
// Values of fields are not read, nor is what a document refers to. Resume tokens of watches are not
// bound to who got them; the target beside them is judged. Code that opens a connection of its own
// is past the guard, and so is whoever makes a signed request. Where IAM can keep things apart, let
// it: the guard is a second lock there, and elsewhere the only one.
package guard
