package guard

import (
	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/proto"
)

// firestoreRules is the closed list of methods that may be called: those that the official client
// uses, each with a rule that looks at every name its message carries. A method without a rule is
// refused; so are pipelines, whose names hide in nested expressions.
//
// Field values are not looked at. A reference to a foreign document, stored as a value or compared
// with in a filter, is only text to the database: it opens nothing.
var firestoreRules = map[string]func(request, any) error{
	"/google.firestore.v1.Firestore/BatchGetDocuments":   of(batchGetDocuments),
	"/google.firestore.v1.Firestore/BeginTransaction":    of(beginTransaction),
	"/google.firestore.v1.Firestore/Commit":              of(commit),
	"/google.firestore.v1.Firestore/Rollback":            of(rollback),
	"/google.firestore.v1.Firestore/BatchWrite":          of(batchWrite),
	"/google.firestore.v1.Firestore/RunQuery":            of(runQuery),
	"/google.firestore.v1.Firestore/RunAggregationQuery": of(runAggregationQuery),
	"/google.firestore.v1.Firestore/PartitionQuery":      of(partitionQuery),
	"/google.firestore.v1.Firestore/ListDocuments":       of(listDocuments),
	"/google.firestore.v1.Firestore/ListCollectionIds":   of(listCollectionIDs),
	"/google.firestore.v1.Firestore/Listen":              of(listen),
}

// request is one message on its way through the rules.
type request struct {
	*Guard
	issued *Issued
}

// of adapts the rule of one message type. A message of another type, which no client sends, is
// refused; so is one with fields that this version of the client does not know.
func of[Message any, P interface {
	*Message
	proto.Message
}](check func(request, P) error) func(request, any) error {
	return func(r request, message any) error {
		m, ok := message.(P)
		if !ok || m == nil {
			return refuse(ErrRefused, "unexpected message %T", message)
		}
		if err := known(m); err != nil {
			return err
		}
		return check(r, m)
	}
}

// known refuses a message with unknown fields. They are sent behind the fields that are known, and
// the server takes the last of two: bytes in them could put another name in the place of one that
// was looked at.
func known(m proto.Message) error {
	if len(m.ProtoReflect().GetUnknown()) > 0 {
		return refuse(ErrRefused, "unknown fields in a %s", m.ProtoReflect().Descriptor().Name())
	}
	return nil
}

// Firestore returns nil if the scope permits to call method, by its full name, with this message;
// else a *Refusal. issued is what the sender was given before; nil if that is nothing.
func (g *Guard) Firestore(method string, message any, issued *Issued) error {
	check, ok := firestoreRules[method]
	if !ok {
		return refuse(ErrRefused, "method %s is not on the list", method)
	}
	return check(request{g, issued}, message)
}

// Method returns nil if method, by its full name, is one that the guard has a rule for; else a
// *Refusal.
func (g *Guard) Method(method string) error {
	if _, ok := firestoreRules[method]; !ok {
		return refuse(ErrRefused, "method %s is not on the list", method)
	}
	return nil
}

func batchGetDocuments(r request, m *fs.BatchGetDocumentsRequest) error {
	if err := r.checkDatabase(m.GetDatabase()); err != nil {
		return err
	}
	need, err := r.reads(m.GetTransaction(), m.GetNewTransaction())
	if err != nil {
		return err
	}
	for _, name := range m.GetDocuments() {
		if err := r.checkDocument(need, name); err != nil {
			return err
		}
	}
	return nil
}

func beginTransaction(r request, m *fs.BeginTransactionRequest) error {
	if err := r.checkDatabase(m.GetDatabase()); err != nil {
		return err
	}
	_, err := r.begins(m.GetOptions())
	return err
}

// commit lets everybody send the empty commit that ends a transaction.
func commit(r request, m *fs.CommitRequest) error {
	if err := r.checkDatabase(m.GetDatabase()); err != nil {
		return err
	}
	if _, err := r.reads(m.GetTransaction(), nil); err != nil {
		return err
	}
	return r.checkWrites(m.GetWrites(), true)
}

func rollback(r request, m *fs.RollbackRequest) error {
	if err := r.checkDatabase(m.GetDatabase()); err != nil {
		return err
	}
	_, err := r.reads(m.GetTransaction(), nil)
	return err
}

func batchWrite(r request, m *fs.BatchWriteRequest) error {
	if err := r.checkDatabase(m.GetDatabase()); err != nil {
		return err
	}
	return r.checkWrites(m.GetWrites(), false)
}

func listDocuments(r request, m *fs.ListDocumentsRequest) error {
	need, err := r.reads(m.GetTransaction(), nil)
	if err != nil {
		return err
	}
	if m.GetCollectionId() == "" {
		return refuse(ErrForeign, "a list of all collections")
	}
	if err := r.checkCollection(need, m.GetParent(), m.GetCollectionId(), false); err != nil {
		return err
	}
	return r.checkPage(m.GetPageToken())
}

func listCollectionIDs(r request, m *fs.ListCollectionIdsRequest) error {
	if err := r.checkCollection(Read, m.GetParent(), "", false); err != nil {
		return err
	}
	return r.checkPage(m.GetPageToken())
}

func listen(r request, m *fs.ListenRequest) error {
	if err := r.checkDatabase(m.GetDatabase()); err != nil {
		return err
	}
	target := m.GetAddTarget()
	if err := known(target); err != nil {
		return err
	}
	switch target := target.GetTargetType().(type) {
	case nil: // a removal
		return nil
	case *fs.Target_Query:
		if err := known(target.Query); err != nil {
			return err
		}
		return r.checkQuery(Read, target.Query.GetParent(), target.Query.GetStructuredQuery())
	case *fs.Target_Documents:
		if err := known(target.Documents); err != nil {
			return err
		}
		for _, name := range target.Documents.GetDocuments() {
			if err := r.checkDocument(Read, name); err != nil {
				return err
			}
		}
		return nil
	}
	return refuse(ErrRefused, "unknown kind of listen target")
}

func (g *Guard) checkDatabase(name string) error {
	if name != g.database {
		return refuse(ErrForeign, "database %q", name)
	}
	return nil
}

// checkDocument judges what is done with one document.
func (g *Guard) checkDocument(need Verbs, name string) error {
	have := g.Document(name)
	if have.Has(need) {
		return nil
	}
	if have == 0 {
		return refuse(ErrForeign, "document %q", name)
	}
	return refuse(ErrNotPermitted, "%v of document %q", need&^have, name)
}
