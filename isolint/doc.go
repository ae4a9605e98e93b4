// Package isolint is the gate that keeps Google credentials and clients where they belong.
//
// A program that serves many customers from Google Cloud can be built so that the code which
// handles a request never holds a credential that reaches another customer's data: one package
// vends what a verified caller may touch, and every other package uses what it was vended. Types
// carry most of that. They cannot keep a feature from importing Google's library and opening a
// client of its own, with the credentials of the machine it runs on. One such line undoes it all,
// and looks harmless in a review. This analyzer finds the line.
//
// It is for any code base that has such a package. What it permits is said in a file, isolint.json,
// beside go.mod (see Config and README.md); what the file does not mention is forbidden. Each
// package is in one of three states:
//
//   - looked at: every rule below holds in it. This is the case for every package that the file
//     does not name.
//   - allowed: it constructs clients. It is not looked at; but what it exports is. A function,
//     method, field or variable that yields a raw client or credential may be used by nobody,
//     unless a restriction says by whom.
//   - skipped: for what is not part of a program, as test fixtures are. No package that is looked
//     at may import one.
//
// Test files are not looked at: nothing of theirs gets into a program. Whether a file is one is
// decided by its real name.
//
// # How it decides
//
// Names are resolved by the type checker, and it is the object that is judged: not how it was
// imported, or what is done with it. A constructor that is called, assigned, passed on, deferred,
// instantiated, taken as a method value or reflected upon has been named, and that is the finding.
// Google's modules are judged by signatures. An exported function is a constructor if it yields a
// client or takes the options of one; a method, if it yields a client of another package than its
// receiver's, as (*firebase.App).Firestore does. There is no list to keep up to date: a constructor
// that is added tomorrow is one.
//
// What a package's functions and variables reach, through each other too, is told to the packages
// that import it, as a fact. So a wrapper is not only found where it is written, but also where it
// is used; even if it is exempt there, for an exemption is for one package.
//
// # The rules
//
// client: a Google client is constructed, or something is named that would: every kind of client of
// cloud.google.com/go, firebase.google.com/go, google.golang.org/api and google.golang.org/grpc,
// the generated stubs, and gocloud.dev.
//
// wrapper: a function, method, field or variable of another package reaches a client, hands one
// out, or is restricted to other packages.
//
// value: a client's struct type is named without a pointer, or something is converted to it: a
// literal, new, a variable, an array, an alias, a defined type. Clients are vended, and so only
// ever behind a pointer.
//
// assert: a client, or a type that is listed as kept, is looked for in an interface, by an
// assertion, a switch or a generic function that is instantiated with it, or is handed to package
// reflect.
//
// sign: a URL, a policy or a blob is signed, or a token generated. A signed URL is a string, so
// what is signed for whom can only be seen to where it is made.
//
// credential: the import or use of what finds or makes credentials: default credentials,
// impersonation, ID tokens, the metadata server, JWT configurations, client options, transports;
// the name of the variable that points to a key file.
//
// key: a private key is parsed, or the text is named by which one recognizes a key file; a file
// that is called like a key is embedded.
//
// file: a file is opened or read. A service has little reason to; those that it has are worth an
// exemption.
//
// host: a string constant contains the name of one of Google's hosts, or the address of the
// metadata server, in whatever case, and as the whole that it becomes: constants that are put
// together are one constant.
//
// bypass: a way around the type system or out of the process: packages unsafe, plugin and os/exec,
// cgo, assembly and other files that are not Go, go:linkname and its like, reflect.NewAt, starting
// processes and system calls by number.
//
// unseen: build constraints keep a file out of this build. With other tags it would be part of one
// that nobody has looked at. A package that they keep out altogether is not there: look with those
// tags as well.
//
// context: what belongs to one request outlives it. Echo takes its contexts back into a pool when
// the handler returns: one that a goroutine still holds is then another caller's. It may not be
// given to a goroutine or to what runs one, stored in a field, map, slice, context or package
// variable, sent to a channel, or be held by a function that is returned. Calling a function with
// it, also one that calls back, is what it is for.
//
// keep: a client, or a type that is listed as kept, is held by a package variable or sent to a
// channel. Fields and goroutines are free to hold one, for as long as their request lasts.
//
// In a request-scoped package (see below) nothing process-wide may hold one either, no handler may
// capture one, and no goroutine may be given one. A goroutine is accepted if it has ended when the
// function returns: see Goroutines.
//
// state: something that outlives requests is changed, or is made to be changed, in a request-scoped
// package. So is the process itself: its environment, its files, its default logger.
//
// answer: in a package whose answers are configured, something else than a verb writes a response.
// Errors whose text a library shows to clients, as echo.NewHTTPError makes, have a constant text.
//
// errortext: in such a package, the text of an error goes elsewhere than into a log, another error
// or a panic. An error that is given for any, or for another interface, counts: whoever takes it
// can print it. Errors of storage name databases, buckets and paths.
//
// import: a package that is configured out is imported.
//
// exemption: an exemption is malformed, gives no reason, or exempts nothing. From this one there is
// none.
//
// # Request-scoped packages
//
// A cache that two requests share, a field that a handler writes, a goroutine that goes on: such
// state mixes tenants although no credential crosses. In the packages that the configuration calls
// request-scoped nothing outlives a request. Those are the packages of handlers and of features.
// What must be kept is kept by a package that vends it, or by one that the configuration calls
// stateful, with a reason.
//
// Four things live as long as the process does:
//
//   - package variables, of any package;
//   - captured variables: a function literal uses one, and may run after the function that declares
//     it has returned. A literal may do so if it is returned, stored, started with go, or given to
//     a function that is not known to be done with it at once. Variables of a function that runs
//     for a request are free. A function runs for a request if it takes something of one (an Echo
//     context, an *http.Request, a kept type), or stands in a function that does. A context.Context
//     alone does not say so;
//   - values of process-wide types. A struct type is process-wide if one of its methods handles
//     requests: it takes an Echo context, an *http.Request or huma's context, or returns a function
//     that does; or it takes a context.Context and a kept type, and the struct holds no kept type.
//     So is a type a method of which is passed on as a value by a function that does not run for a
//     request, and one that the configuration names. What the fields of a process-wide type are
//     made of is process-wide, with every type of the package that implements an interface among
//     them; but for types that hold no pointer, map, slice or the like;
//   - whatever these lead to: elements, fields, what pointers point to.
//
// None of this may be assigned to, in whatever form: by an operator, by delete, clear, copy or
// append, by a function of slices, maps or sort, by one that fills what it is given, as
// json.Unmarshal does, or by a method or a function of a request-scoped package that changes it.
// The analyzer tells the packages that import such a function what it changes, as a fact, and
// follows functions through each other. Methods of other modules' types are judged by their names:
// Add, Set, Store, Put, Write and their like change something. Nobody may give the address of such
// memory to a function of which nothing is known, or put a reference to it into a context.
//
// Two things are free. The statements of a declared func init may change package variables. And a
// function may change what it has made itself, by a literal, by new, or by a function that returns
// nothing else: so constructors fill fields. A method that fills them later does not: a value is
// whole before the first request, or made for one.
//
// Some types have no other purpose than to be changed: those of sync and sync/atomic, channels,
// lists, groups, and what is called a cache, a pool or a queue. They are refused as package
// variables and as fields of process-wide types, whatever is done with them. A package variable is
// also refused if it cannot be told whether it changes: an interface, a struct of another package
// with hidden pointers, a function that another package has made. Errors, compiled expressions,
// templates, addresses, times and embedded files are known not to change; the configuration adds
// types and functions. The functions that sync.OnceValue and its like return are accepted: at
// package level nothing of a request is in reach, in a constructor what is captured may not be
// written, and in a request they die with it.
//
// # Goroutines
//
// A goroutine of a request-scoped package may hold a kept type only if it has ended when the
// function returns that starts it. That is decided for an errgroup.Group or a sync.WaitGroup, if it
// is a local variable with which nothing is done but to call its methods, its method Go starts the
// goroutine, and a statement of the block that declares it calls Wait, with nothing before it that
// could leave the block. The statement go is always refused, also when the function waits on a
// channel: the analyzer cannot tell. A panic between Go and Wait leaves the goroutine running; the
// analyzer accepts that.
//
// context.WithoutCancel is refused, unless it is the argument of context.WithTimeout or
// WithDeadline and the next statement defers the call that cancels it.
//
// # Exemptions
//
// A comment at the end of a line, or above it, exempts the line from one rule:
//
//	//isolint:allow host tokens are verified with these certificates, which are public
//
// The configuration can exempt a declaration instead (see Exempted). The command isolint lists them
// all, with their reasons, and prints their number. From the rules context, keep, state, answer and
// errortext nobody is exempt in a request-scoped package, and none of them can be turned off while
// a package is request-scoped.
//
// # What it does not find
//
// It reads one version of the source, and takes no part when the program runs. A host's name that
// is put together at run time, a client behind an interface's method of which only the allowed
// package knows, memory that is searched: those are for the other locks, IAM before all. The
// command looks at the packages of a module and trusts other modules' wrappers of Google's, unless
// their signature tells; as a tool of go vet it follows these too, and takes a minute the first
// time.
//
// Data is not followed. What was read through a grant is a value like another; the rules leave it
// no place to stay in a request-scoped package, and see no further:
//
//   - Packages that are not request-scoped keep what they like. A service that caches by a key
//     without the tenant mixes tenants when a handler calls it. A process-wide type may hold such a
//     service, unless the service's type is called a cache or the like.
//   - Other modules' functions may remember what they are given. Their methods are judged by name:
//     one called Keep is not found.
//   - The analyzer loses sight of what goes through an interface of another package, through
//     reflection, through a channel, or through an iterator; and of a pointer in a field of a
//     literal, unless the field's type is process-wide.
//   - A type whose values are made while the program is wired, but which has no method that handles
//     requests and is reached from no type that has one, is known only if the configuration names
//     it.
//   - A database, a file or a queue elsewhere may be shared by tenants. That is for the guard and
//     for IAM.
//   - A kept type hidden in a function or an interface is followed within one file's expressions:
//     through assignments to local variables, not through the results of calls. A string that was
//     taken out of a principal is a string.
//   - A restricted type behind an interface is whatever the interface says.
//   - An error's text that a package which is not configured has put into a string is a string.
//
// The order of statements counts for nothing, so some harmless code is found too: a variable that
// is first an alias of something shared and then a copy; a callback that writes what it captured,
// in a function of which nothing tells that it runs for a request; a struct for one request with a
// method that takes an *http.Request. Take a second variable, pass the grant, pass what the method
// needs of the request.
//
// The gate is for mistakes and for haste. Against an author who means harm it is one of several
// things to get past.
package isolint
