// Package secondfactor holds what people prove beside how they sign in: codes of an authenticator
// app (RFC 6238), passkeys (WebAuthn), and recovery codes for whoever has lost both.
//
// What a person has set up is one value, [Factors]. A [Store] keeps it as one document, sealed for
// its owner: the document of one person opens for nobody else, wherever it is copied to. The rules
// are methods of Factors without any I/O, and the store runs each in a transaction, so that a code
// counts once although two requests bring it at the same moment.
//
// Each document is sealed again whenever its owner proves a factor. So a sealing key may be removed
// once everybody has signed in since another became the primary one; whoever has not is to be reset
// by an admin.
package secondfactor
