// Package console shows what happens in a local cloud: every call that was allowed or denied, with the reason, and the
// accounts, policies, databases, buckets and e-mails there are.
//
// It asks for no sign-in, so it only reads, shows no secret but the links in e-mails that were never sent, and answers
// no request whose Host is not a loopback address: a page of the web that has its name resolve to 127.0.0.1 gets
// nothing. Listen for it on loopback only.
package console
