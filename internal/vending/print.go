package vending

import (
	"fmt"
	"io"
)

// What holds a client or a key prints as what it is, by every verb. Printed field by field it would
// show a token, and read what a connection is writing at that moment.

// Format prints whose database it is.
func (d Database) Format(f fmt.State, _ rune) { printed(f, "database of "+Grant{d.of}.String()) }

// Format prints whose bucket it is.
func (b Bucket) Format(f fmt.State, _ rune) { printed(f, "bucket of "+Grant{b.owner}.String()) }

// Format prints whose entries they are, and of which memory.
func (e Entries[K, V]) Format(f fmt.State, _ rune) {
	printed(f, "memory "+e.memory.name+" of "+Grant{e.owner}.String())
}

// Format prints what String does.
func (g Grant) Format(f fmt.State, _ rune) { printed(f, g.String()) }

// Format prints the project that the machine vends for.
func (m *Machine) Format(f fmt.State, _ rune) { printed(f, "vending machine of "+m.project) }

func printed(f fmt.State, s string) { _, _ = io.WriteString(f, s) }
