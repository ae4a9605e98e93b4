package firestore

import (
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/transaction"
)

// LimitTransactions sets how long transactions may take, before there are any.
func LimitTransactions(s *Server, l transaction.Limits) {
	s.transactions = transaction.NewTable(l, time.Now)
}

// Unimplemented lists the methods that answer so.
var Unimplemented = unimplemented
