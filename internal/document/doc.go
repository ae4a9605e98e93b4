// Package document holds what the features' repositories need alike, whatever they keep: random
// identifiers, cursors and pages of a list, and times as the database keeps them.
//
// It decides nothing about rights. A query and a document come from a vended client, and stay with
// it.
package document
