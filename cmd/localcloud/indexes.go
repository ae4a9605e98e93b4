package main

import (
	"flag"
	"fmt"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
)

// indexesFlag declares the flag that says whether a query needs the indexes that it would need on
// Google.
func indexesFlag(flags *flag.FlagSet) *firestore.Indexes {
	indexes := firestore.IndexesEnforced
	flags.Func("indexes", "`on`: a query is refused that needs an index which was not made, as on Google; off: it runs (default on)",
		func(value string) error {
			switch value {
			case "on":
				indexes = firestore.IndexesEnforced
			case "off":
				indexes = firestore.IndexesOff
			default:
				return fmt.Errorf("%q is neither on nor off", value)
			}
			return nil
		})
	return &indexes
}
