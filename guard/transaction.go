package guard

import (
	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// reads returns the verbs that a read needs: in a transaction, or where it begins one. A read in a
// read-write transaction locks what it reads. A transaction that was not given to the sender is
// refused.
func (r request) reads(transaction []byte, begins *fs.TransactionOptions) (need Verbs, err error) {
	need = Read
	if len(transaction) > 0 && r.Tracks() {
		locks, ok := r.issued.transaction(transaction)
		if !ok {
			return 0, errForeignTransaction
		}
		if locks {
			need |= Append
		}
	}
	if begins != nil {
		locks, err := r.begins(begins)
		if err != nil {
			return 0, err
		}
		if locks {
			need |= Append
		}
	}
	return need, nil
}

var errForeignTransaction = refuse(ErrForeign, "a transaction that was not begun here")

// begins judges the options of a new transaction, and reports whether it locks what it reads. No
// options mean read-write.
func (r request) begins(o *fs.TransactionOptions) (locks bool, err error) {
	if err := known(o); err != nil {
		return false, err
	}
	switch mode := o.GetMode().(type) {
	case *fs.TransactionOptions_ReadOnly_:
		return false, known(mode.ReadOnly)
	case *fs.TransactionOptions_ReadWrite_:
		if err := known(mode.ReadWrite); err != nil {
			return false, err
		}
		if again := mode.ReadWrite.GetRetryTransaction(); len(again) > 0 && r.Tracks() {
			if _, ok := r.issued.transaction(again); !ok {
				return false, errForeignTransaction
			}
		}
	case nil:
	default:
		return false, refuse(ErrRefused, "unknown kind of transaction")
	}
	if !r.most.Has(Append) {
		return false, refuse(ErrNotPermitted, "a read-write transaction")
	}
	return true, nil
}

// locks reports whether the transaction that a request begins, if it begins one, locks what is read
// in it.
func locks(request any) bool {
	var o *fs.TransactionOptions
	switch m := request.(type) {
	case *fs.BeginTransactionRequest:
		o = m.GetOptions()
	case interface{ GetNewTransaction() *fs.TransactionOptions }:
		o = m.GetNewTransaction()
	}
	return o.GetReadOnly() == nil
}
