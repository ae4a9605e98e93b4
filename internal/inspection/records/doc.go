// Package records is what Service B remembers, in its own database:
//
//	tenants/<tenant>/documents/<document>                     its generations, and which keys it has
//	tenants/<tenant>/documents/<document>/generations/<n>     one file: what has come, and what became of it
//	keys/<id>                                                 one key, by its id: its tenant is not known before it is found
//	due/<...>                                                 what is to be looked at, and when
//
// Everything that changes together changes in one transaction, so a process that dies leaves a
// state that is whole. What it was about to do is among what is due: see [Store.Due].
//
// The package decides nothing about states. Package intake does.
package records
