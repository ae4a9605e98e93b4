// Package vending is the token vending machine: it turns a verified caller into the means to reach
// that caller's tenant, and nobody else's.
//
// # The problem
//
// In a program that serves many customers, one credential usually reaches all of their data, and
// every query must remember to say whose it wants. One forgotten clause, one identifier taken from
// a request and not compared, one object that two requests share, and a customer reads another's
// files. Reviews and tests find such mistakes one at a time. They do not end, because every new
// line can make a new one.
//
// So no line is given the chance. Each tenant has a service account, a database and a bucket, and
// Google's IAM lets the account reach those two and nothing else. The code that handles a request
// never holds a credential that could reach further; what it holds, it gets here.
//
// # The flow
//
//	tenancy.Principal ──Vend──▶ Grant ──▶ Database, Bucket ──guard──▶ Firestore, Cloud Storage
//	                      │
//	                      ├─ the principal is valid: not expired, not revoked, its tenant active
//	                      ├─ the vault: one object, "<tenant id>.json", in the bucket of the tenant's region
//	                      └─ the ledger: who was given what, or refused it, and why
//
// The vault object names the tenant's account, database and bucket, and the cell they are in. It
// must agree with the name it is filed under, with the principal, and with what the registry says
// of the cell, or it opens nothing and somebody is alerted. What a silo's account, database and
// bucket are called follows from its id, so they are compared with that. The account that may read
// the vault is another than the one that serves requests.
//
// How the account is then acted as is a Source, and there are two. With KeyFiles the object holds
// the account's JSON key, which is parsed once and signs a token of its own once an hour; no token
// endpoint is asked. With Impersonation there is no key: IAM Credentials is asked for a token at
// the first request, and to sign each URL. What is vended is the same.
//
// A cold vend reads one object, however many callers wait for it; the first of each cell reads the
// cell's record too. A warm one is two map reads: the tenant's compartment, and the caller's place
// in it. A compartment is a few kilobytes: connections are shared by all tenants, and a tenant's
// credential is added to each call by the client that makes it (see sender, and guard.Conn).
// Identity is part of the client. It is in no context, no global and no argument, so no mistake
// with those can change it.
//
// # What a Grant can do
//
// It reaches one database and one bucket, in the name of one caller; of a tenant who shares them
// with others (a pool), the part below the tenant's root. For a viewer it is read-only but for one
// document that is the viewer's own (Profile). For an API key it reaches what each of its scopes
// needs, by the table in key.go. For a job it reaches the collections that the table
// Purposes names for its purpose, each by the verbs named there; a purpose that is not in the table
// is vended nothing. For somebody who has typed a password a moment ago, and whose role is not
// known yet, it reaches one document: their own user record. For somebody who has just come from a
// tenant's own provider it reaches what their errand needs, and of all identities the one that the
// provider has proven: see errand.go. The scopes are in internal/location;
// what a scope can say is described in package guard.
//
// Feature code takes a Grant, or what a repository makes of it, as a parameter. No method here
// takes a tenant. A repository written on it reads like that of a program with one customer.
//
// # Keeping something
//
// What one request has read must not answer the next one, for that may be another tenant's. A map
// in a package variable, or a field of a handler, knows no tenants: whoever asks with the same key
// is answered. Such state does not belong into a feature. A Memory does:
//
//	var pages = vending.NewMemory[pageKey, Page]("notes pages", vending.MemoryOptions{Entries: 256, Life: 30 * time.Second})
//
//	page, err := pages.Of(g).Load(ctx, key, func(ctx context.Context) (Page, error) { return read(ctx, g, key) })
//
// The variable declares, and holds nothing. The entries are in the tenant's compartment, and are
// found again by callers of the same tenant and the same rights alone. They are bounded for each
// tenant and for the whole process, they end with their life and with the compartment, and a caller
// who is no longer valid is answered ErrDenied instead of a value. Forget, after a change, reaches
// this process: another one goes on until the entry's life ends, so choose a life that may pass.
//
// # What a Grant cannot do
//
// It cannot name anything else. Google's clients are generous: the path of a document reference is
// a public field, a query can be read from bytes, a copy takes a source from any other client. Each
// outgoing request is therefore read before it is sent, by package guard: against closed lists of
// methods, headers, parameters and options, and of the places in each message where names stand.
// The guard is default-deny: what is not listed is refused. A refusal is ErrForeign or ErrReadOnly,
// with the gRPC code PermissionDenied; it comes back through Google's client to whoever called it,
// and into the ledger.
//
// It cannot outlive the right it was vended for. Each request checks its caller again, so a grant
// that somebody kept ends with the session, the role or the tenant: at once in the process that
// made the change, elsewhere within the 5 s in which the revocation feed is read.
//
// It cannot be made. Its fields are not exported, Vend alone fills them, and Vend takes a
// Principal, which package tenancy alone makes. The zero Grant is not a nil pointer waiting to be
// followed: all its clients answer ErrDenied.
//
// It cannot tell its secret. Keys print, log and encode as placeholders, and the credentials in a
// client carry a token and no key file. Two things remain: a signed URL is a secret for as long as
// it lives, and code in this process that uses package unsafe, or that opens a client of its own,
// is outside this argument: isolint, which make test runs, keeps such code out of the module.
//
// # Two locks, and where there is one
//
// For a silo IAM and the guard each suffice. Their tests take turns: with the guard, no request
// that reaches across leaves the process; without it, the same requests are sent in the name of the
// tenant's own account, and the cloud answers PermissionDenied.
//
// In a pool the files have both locks, and the documents have the guard alone: IAM ends at the
// database. So there the guard looks further, at names in bodies, and remembers to whom it saw a
// transaction given. See location.Location, guard.Issued, and docs/adr/0012-pool.md for what that
// is worth.
//
// # A new key
//
// No code rotates keys yet. Whoever does it by hand writes the new bundle under a generation
// precondition. Warm machines read the vault again before ten minutes are over, and change the key
// under the clients they have vended. Should the old key be gone by then, the cloud answers
// Unauthenticated; the vault is read at once, and the request sent again.
//
// So a rotation makes no request fail, with these exceptions. A Storage request whose body cannot
// be sent twice fails, and so does a stream on which the client sends several messages (a watch of
// documents, a bulk write). A URL that was signed with the old key does not open once that key is
// deleted. And a request fails if the vault does not answer at that moment. To be spared these,
// delete the old key only when it has been out of use for twice ten minutes and for as long as a
// signed URL lives (15 minutes).
//
// A token of an account without a key that is not taken any more is followed by another in the same
// way. Where none follows, because the account is disabled or the right to act as it was withdrawn,
// the tenant is forgotten.
//
// # One tenant's bad day
//
// The connections are everybody's, so a tenant has at most 50 calls to Firestore and 50 requests to
// Cloud Storage under way (MachineConfig.Calls); more wait for those. The pool opens further
// connections when calls fill the ones there are, and notices within seconds that one has died
// silently. An iterator counts as a call until it is read to its end or stopped.
//
// A read that meets a passing fault of Google's is sent again, a few times within about a second
// and a half. What stays is an error of which Unavailable is true; the door answers it with 503. A
// tenant whose key is dead is answered in the same way.
//
// Vault objects are read again by region, eight at a time, so that a region whose vault is silent
// holds up no other.
//
// # The cache
//
// It holds so many tenants and no more. To find the very least recently used, each vend would have
// to write to a list that all share, which costs more than the vend. So eviction is CLOCK over a
// random sample of 16: a tenant that was used since the last look is spared once, and the first
// that was not is forgotten. No client is closed: whoever holds a Grant goes on.
//
// # The platform
//
// The control plane has accounts of its own, and package platform holds their clients. No guard
// checks their requests; their roles must be least privilege. Which packages may name a Google
// client's constructor or read a key is the list "allowed" in isolint.json: this one, vault,
// platform, gcloud and the probe.
//
// # What to read
//
//	machine.go            Vend: what must hold before anything is given out
//	compartment.go        what is kept of one warm tenant; read makes it from the vault
//	caller.go             what one caller is given, with the guard's scope for it
//	callers.go            which callers are kept warm, and how their vends are counted
//	tend.go               how warm tenants are read again and forgotten
//	unavailable.go        which errors are a matter of time
//	grant.go              the Grant; then database.go and bucket.go, its two clients
//	guard_conn.go         how the guard (package guard) checks each request of a caller
//	record.go             what goes into the ledger
//	crosstenant_test.go   the attacks, each lock alone
//
// docs/request.md follows one request through these files.
package vending
