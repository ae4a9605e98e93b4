package vending

import (
	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// firestoreRules is the closed list of methods that a vended Firestore client may call: those that the official client
// uses, each with a rule that looks at every name its message carries. A method without a rule is refused; so are
// pipelines, whose names hide in nested expressions.
//
// Field values are not looked at. A reference to a foreign document, stored as a value or compared with in a filter, is
// only text to the database: it opens nothing.
var firestoreRules = map[string]func(*scope, any) error{
	"/google.firestore.v1.Firestore/BatchGetDocuments":   rule(batchGetDocuments),
	"/google.firestore.v1.Firestore/BeginTransaction":    rule(beginTransaction),
	"/google.firestore.v1.Firestore/Commit":              rule(commit),
	"/google.firestore.v1.Firestore/Rollback":            rule(rollback),
	"/google.firestore.v1.Firestore/BatchWrite":          rule(batchWrite),
	"/google.firestore.v1.Firestore/RunQuery":            rule(runQuery),
	"/google.firestore.v1.Firestore/RunAggregationQuery": rule(runAggregationQuery),
	"/google.firestore.v1.Firestore/PartitionQuery":      rule(partitionQuery),
	"/google.firestore.v1.Firestore/ListDocuments":       rule(listDocuments),
	"/google.firestore.v1.Firestore/ListCollectionIds":   rule(listCollectionIDs),
	"/google.firestore.v1.Firestore/Listen":              rule(listen),
}

// rule adapts the rule of one message type. A message of another type, which no client sends, is refused.
func rule[Message any](check func(*scope, *Message) error) func(*scope, any) error {
	return func(s *scope, message any) error {
		m, ok := message.(*Message)
		if !ok || m == nil {
			return refuse(ErrDenied, "unexpected message %T", message)
		}
		return check(s, m)
	}
}

// checkFirestore returns nil if the scope allows method with this message, else a refusal.
func (s *scope) checkFirestore(method string, message any) error {
	check, ok := firestoreRules[method]
	if !ok {
		return refuse(ErrDenied, "method %s is not on the list", method)
	}
	return check(s, message)
}

func batchGetDocuments(s *scope, m *fs.BatchGetDocumentsRequest) error {
	if err := s.checkDatabase(m.GetDatabase()); err != nil {
		return err
	}
	for _, name := range m.GetDocuments() {
		if err := s.checkDocument(name); err != nil {
			return err
		}
	}
	return s.checkNewTransaction(m.GetNewTransaction())
}

func beginTransaction(s *scope, m *fs.BeginTransactionRequest) error {
	if err := s.checkDatabase(m.GetDatabase()); err != nil {
		return err
	}
	return s.checkTransaction(m.GetOptions())
}

// commit allows a read-only grant the empty commit that ends a read-only transaction.
func commit(s *scope, m *fs.CommitRequest) error {
	if err := s.checkDatabase(m.GetDatabase()); err != nil {
		return err
	}
	return s.checkWrites(m.GetWrites())
}

func rollback(s *scope, m *fs.RollbackRequest) error { return s.checkDatabase(m.GetDatabase()) }

func batchWrite(s *scope, m *fs.BatchWriteRequest) error {
	if err := s.checkDatabase(m.GetDatabase()); err != nil {
		return err
	}
	return s.checkWrites(m.GetWrites())
}

func runQuery(s *scope, m *fs.RunQueryRequest) error {
	if err := s.checkParent(m.GetParent()); err != nil {
		return err
	}
	return s.checkNewTransaction(m.GetNewTransaction())
}

func runAggregationQuery(s *scope, m *fs.RunAggregationQueryRequest) error {
	if err := s.checkParent(m.GetParent()); err != nil {
		return err
	}
	return s.checkNewTransaction(m.GetNewTransaction())
}

func partitionQuery(s *scope, m *fs.PartitionQueryRequest) error { return s.checkParent(m.GetParent()) }

func listDocuments(s *scope, m *fs.ListDocumentsRequest) error {
	if err := s.checkParent(m.GetParent()); err != nil {
		return err
	}
	// The collection's id becomes part of a path in the REST form of this call.
	if id := m.GetCollectionId(); dotted("/" + id) {
		return refuse(ErrForeign, "collection %q", id)
	}
	return nil
}

func listCollectionIDs(s *scope, m *fs.ListCollectionIdsRequest) error {
	return s.checkParent(m.GetParent())
}

func listen(s *scope, m *fs.ListenRequest) error {
	if err := s.checkDatabase(m.GetDatabase()); err != nil {
		return err
	}
	switch target := m.GetAddTarget().GetTargetType().(type) {
	case nil: // a removal
		return nil
	case *fs.Target_Query:
		return s.checkParent(target.Query.GetParent())
	case *fs.Target_Documents:
		for _, name := range target.Documents.GetDocuments() {
			if err := s.checkDocument(name); err != nil {
				return err
			}
		}
		return nil
	}
	return refuse(ErrDenied, "unknown kind of listen target")
}

func (s *scope) checkDatabase(name string) error {
	if name != s.database {
		return refuse(ErrForeign, "database %q", name)
	}
	return nil
}

func (s *scope) checkDocument(name string) error {
	if !s.document(name) {
		return refuse(ErrForeign, "document %q", name)
	}
	return nil
}

func (s *scope) checkParent(name string) error {
	if !s.parent(name) {
		return refuse(ErrForeign, "parent %q", name)
	}
	return nil
}

// checkTransaction refuses a transaction that could write on a grant that cannot. No options mean read-write.
func (s *scope) checkTransaction(o *fs.TransactionOptions) error {
	if s.only != "" {
		return refuse(ErrForeign, "a transaction")
	}
	if s.readOnly && o.GetReadOnly() == nil {
		return refuse(ErrReadOnly, "a read-write transaction")
	}
	return nil
}

// checkNewTransaction is checkTransaction for a read that may, or may not, begin one.
func (s *scope) checkNewTransaction(o *fs.TransactionOptions) error {
	if o == nil {
		return nil
	}
	return s.checkTransaction(o)
}

func (s *scope) checkWrites(writes []*fs.Write) error {
	for _, w := range writes {
		var name string
		switch op := w.GetOperation().(type) {
		case *fs.Write_Update:
			name = op.Update.GetName()
		case *fs.Write_Delete:
			name = op.Delete
		case *fs.Write_Transform:
			name = op.Transform.GetDocument()
		default:
			return refuse(ErrDenied, "unknown kind of write")
		}
		if err := s.checkDocument(name); err != nil {
			return err
		}
		if s.readOnly {
			return refuse(ErrReadOnly, "a write to %q", name)
		}
	}
	return nil
}
