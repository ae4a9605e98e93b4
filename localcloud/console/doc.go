// Package console shows what happens in a local cloud: every call that was allowed or denied, with
// the reason, and the accounts, roles, policies, databases, buckets, e-mails and DNS records there
// are.
//
// Pages come from the server and work without scripts; two small scripts of its own keep the list
// of decisions running and copy names. Each page is a file here and a template in pages. What a
// page shows comes from the services as Go values, so looking at the cloud is no call of it and
// leaves no decision behind.
//
// Denials come from a list of their own (package iam keeps it), with repeats on one line. Labels
// say whose an account, a database and a bucket are; the console knows no tenants by itself.
//
// The console asks for no sign-in. So it only reads, but for three things that a form of its own
// page asks for: it runs a job of Cloud Scheduler, which sends what the job would have sent anyway;
// it tries the key of one labelled account on the database and the bucket of another, by calls that
// only read (try.go, attempt.go); and it adds and removes TXT records of the local DNS (dns.go). It
// answers no request that did not come over loopback under a loopback name, nor one that a page of
// another origin sent (guard.go): a page of the web that has its name resolve to 127.0.0.1 gets
// nothing. It never shows private keys, tokens or password hashes, wherever somebody may have
// stored them (secret.go). The one thing worth keeping to oneself that it does show are the links
// in e-mails that went nowhere. E-mails come from whoever could have one sent, so their HTML is
// never rendered and their links lead to http and https alone.
package console
