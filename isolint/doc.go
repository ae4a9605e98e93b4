// Package isolint is the gate that keeps Google credentials and clients where they belong.
//
// A program that serves many customers from Google Cloud can be built so that the code which handles a request never holds a
// credential that reaches another customer's data: one package vends what a verified caller may touch, and every other
// package uses what it was vended. Types carry most of that. They cannot keep a feature from importing Google's library
// and opening a client of its own, with the credentials of the machine it runs on. One such line undoes it all, and looks
// harmless in a review. This analyzer finds the line.
//
// It is for any code base that has such a package. What it permits is said in a file, isolint.json, beside go.mod (see
// Config and README.md); what the file does not mention is forbidden. Each package is in one of three states:
//
//   - looked at: every rule below holds in it. This is the case for every package that the file does not name.
//   - allowed: it constructs clients. It is not looked at; but what it exports is. A function, method, field or variable
//     that yields a raw client or credential may be used by nobody, unless a restriction says by whom.
//   - skipped: for what is not part of a program, as test fixtures are. No package that is looked at may import one.
//
// Test files are not looked at: nothing of theirs gets into a program. Whether a file is one is decided by its real name.
//
// # How it decides
//
// Names are resolved by the type checker, and it is the object that is judged: not how it was imported, or what is done with
// it. A constructor that is called, assigned, passed on, deferred, instantiated, taken as a method value or reflected upon
// has been named, and that is the finding. Google's modules are judged by signatures. An exported function is a
// constructor if it yields a client or takes the options of one; a method, if it yields a client of another package than
// its receiver's, as (*firebase.App).Firestore does. There is no list to keep up to date: a constructor that is added
// tomorrow is one.
//
// What a package's functions and variables reach, through each other too, is told to the packages that import it, as a
// fact. So a wrapper is not only found where it is written, but also where it is used; even if it is exempt there, for an
// exemption is for one package.
//
// # The rules
//
// client: a Google client is constructed, or something is named that would: every kind of client of cloud.google.com/go,
// firebase.google.com/go, google.golang.org/api and google.golang.org/grpc, the generated stubs, and gocloud.dev.
//
// wrapper: a function, method, field or variable of another package reaches a client, hands one out, or is restricted to
// other packages.
//
// value: a client's struct type is named without a pointer, or something is converted to it: a literal, new, a variable, an
// array, an alias, a defined type. Clients are vended, and so only ever behind a pointer.
//
// assert: a client, or a type that is listed as kept, is looked for in an interface, by an assertion, a switch or a generic
// function that is instantiated with it, or is handed to package reflect.
//
// sign: a URL, a policy or a blob is signed, or a token generated. A signed URL is a string, so what is signed for whom can
// only be seen to where it is made.
//
// credential: the import or use of what finds or makes credentials: default credentials, impersonation, ID tokens, the metadata
// server, JWT configurations, client options, transports; the name of the variable that points to a key file.
//
// key: a private key is parsed, or the text is named by which one recognizes a key file; a file that is called like a key is
// embedded.
//
// file: a file is opened or read. A service has little reason to; those that it has are worth an exemption.
//
// host: a string constant contains the name of one of Google's hosts, or the address of the metadata server, in whatever
// case, and as the whole that it becomes: constants that are put together are one constant.
//
// bypass: a way around the type system or out of the process: packages unsafe, plugin and os/exec, cgo, assembly and other
// files that are not Go, go:linkname and its like, reflect.NewAt, starting processes and system calls by number.
//
// unseen: build constraints keep a file out of this build. With other tags it would be part of one that nobody has looked
// at. A package that they keep out altogether is not there: look with those tags as well.
//
// context: what belongs to one request outlives it. Echo takes its contexts back into a pool when the handler returns: one
// that a goroutine still holds is then another caller's. It may not be given to a goroutine or to what runs one, stored in
// a field, map, slice, context or package variable, sent to a channel, or be held by a function that is returned. Calling
// a function with it, also one that calls back, is what it is for.
//
// keep: a client, or a type that is listed as kept, is held by a package variable or sent to a channel. Fields and goroutines
// are free to hold one, for as long as their request lasts.
//
// import: a package that is configured out is imported.
//
// exemption: an exemption is malformed, gives no reason, or exempts nothing. From this one there is none.
//
// # Exemptions
//
// A comment at the end of a line, or above it, exempts the line from one rule:
//
//	//isolint:allow host tokens are verified with these certificates, which are public
//
// The command isolint lists them all, with their reasons.
//
// # What it does not find
//
// It reads one version of the source, and takes no part when the program runs. A host's name that is put together at run
// time, a client behind an interface's method of which only the allowed package knows, memory that is searched: those are
// for the other locks, IAM before all. The command looks at the packages of a module and trusts other modules' wrappers
// of Google's, unless their signature tells; as a tool of go vet it follows these too, and takes a minute the first time.
// The gate is for mistakes and for haste. Against an author who means harm it is one of several things to get past.
package isolint
