// Package console is the local cloud's console service.
package console
