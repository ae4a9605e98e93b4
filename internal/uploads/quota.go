package uploads

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/location"
)

// A tenant may keep so many bytes of files: see vending.Quotas. What is used is the sum of the
// sizes of its records. A size is counted when the file is announced and taken back when its record
// gives the size up, each in the transaction that writes the record. So a crash leaves both or
// neither.
//
// The count is kept in a few documents, for each takes about one write a second. Each has an equal
// part of the quota, and as long as a file fits into the part of one, no other is looked at. When
// it does not, all are read and what is used is spread over them anew. So no two callers who
// announce files at once can be given more than the quota, whichever documents they meet.
//
// A job of SettleKind counts the records from time to time: files from before there was a count,
// and whatever else the count has missed, are in it from then on.

// shards is over how many documents the count is spread.
const shards = 8

// recountEvery is how far apart the counts of the records are.
const recountEvery = time.Hour

// recountTries is how often one job counts them while files come and go.
const recountTries = 3

// ErrQuota reports a file for which the tenant has no room left. It comes as a *QuotaError.
var ErrQuota = errors.New("uploads: the tenant's quota is used up")

// ErrUncounted reports a count that this version of the program cannot read. Nothing more is taken
// until a job has counted the files anew.
var ErrUncounted = errors.New("uploads: what is used of the quota cannot be read")

// QuotaError is ErrQuota with what there is.
type QuotaError struct {
	Size  int64 // of the file, in bytes
	Usage Usage // without the file
}

func (e *QuotaError) Error() string {
	return fmt.Sprintf("%v: %d bytes are asked for, and %d of %d are used", ErrQuota, e.Size, e.Usage.Bytes, e.Usage.Quota)
}

// Unwrap returns ErrQuota.
func (e *QuotaError) Unwrap() error { return ErrQuota }

// Usage is how much of its quota a tenant uses, in bytes. A file counts from the moment that it is
// announced until it is given up or deleted for good, in the bin too, and so does each version.
type Usage struct {
	Bytes int64
	Quota int64
}

// IsHigh reports whether people are told: from four fifths of the quota on.
func (u Usage) IsHigh() bool { return u.Bytes >= u.Quota/5*4 }

// shard is one document of the count.
type shard struct {
	Bytes   int64     `firestore:"bytes"`
	Quota   int64     `firestore:"quota"` // of which it has its part; 0: more is used than the quota, so it has none
	Counted time.Time `firestore:"counted,omitempty"`
}

// part is the i-th of the equal parts of n.
func part(n int64, i int) int64 {
	p := n / shards
	if int64(i) < n%shards {
		p++
	}
	return p
}

// spread returns the count of used bytes, spread over its documents, for a quota.
func spread(used, quota int64, counted time.Time) []shard {
	if used > quota {
		quota = 0
	}
	all := make([]shard, shards)
	for i := range all {
		all[i] = shard{part(used, i), quota, counted}
	}
	return all
}

// readShard returns what is in snap; the zero shard if there is nothing.
func readShard(snap *firestore.DocumentSnapshot, err error) (s shard, _ error) {
	if status.Code(err) == codes.NotFound || err == nil && !snap.Exists() {
		return shard{}, nil
	}
	if err != nil {
		return shard{}, fmt.Errorf("uploads: usage: %w", err)
	}
	if err := snap.DataTo(&s); err != nil || s.Bytes < 0 {
		return shard{}, fmt.Errorf("%w: %w", ErrUncounted, &document.Unreadable{Collection: location.Usage, ID: snap.Ref.ID, Fault: "form"})
	}
	return s, nil
}

func readShards(snaps []*firestore.DocumentSnapshot, err error) (all []shard, used int64, _ error) {
	if err != nil {
		return nil, 0, fmt.Errorf("uploads: usage: %w", err)
	}
	for _, snap := range snaps {
		s, err := readShard(snap, nil)
		if err != nil {
			return nil, 0, err
		}
		used += s.Bytes
		all = append(all, s)
	}
	return all, used, nil
}

func (r *Repository) shardRefs() (refs []*firestore.DocumentRef) {
	for i := range shards {
		refs = append(refs, r.db.Collection(location.Usage).Doc("files-"+strconv.Itoa(i)))
	}
	return refs
}

// shardOf is the document in which an upload is counted first.
func shardOf(id ID) (i int) {
	for _, c := range []byte(id.String()) {
		i += int(c)
	}
	return i % shards
}

// Usage returns how much of its quota the tenant uses. Any role may ask. ErrUncounted.
func (r *Repository) Usage(ctx context.Context) (Usage, error) {
	_, used, err := readShards(r.db.GetAll(ctx, r.shardRefs()))
	return Usage{used, r.grant.Quota()}, err
}

// count counts n bytes of an upload, or takes -n back, and returns what writes that: in a
// transaction reads come before writes. *QuotaError. Where the count cannot be read, ErrUncounted
// for what is to be counted, and nothing is written for what is taken back.
func (r *Repository) count(tx *firestore.Transaction, id ID, n int64) (write func() error, err error) {
	nothing := func() error { return nil }
	if n == 0 {
		return nothing, nil
	}
	quota, refs, i := r.grant.Quota(), r.shardRefs(), shardOf(id)
	one, err := readShard(tx.Get(refs[i]))
	if errors.Is(err, ErrUncounted) && n < 0 {
		return nothing, nil
	}
	if err != nil {
		return nil, err
	}
	if now := one.Bytes + n; one.Quota == quota && now >= 0 && now <= part(quota, i) {
		one.Bytes = now
		return func() error { return tx.Set(refs[i], one) }, nil
	}
	all, used, err := readShards(tx.GetAll(refs))
	switch {
	case errors.Is(err, ErrUncounted) && n < 0:
		return nothing, nil
	case err != nil:
		return nil, err
	case n > quota-used && n > 0:
		return nil, &QuotaError{n, Usage{used, quota}}
	}
	return func() error { return setShards(tx, refs, spread(max(0, used+n), quota, all[0].Counted)) }, nil
}

func setShards(tx *firestore.Transaction, refs []*firestore.DocumentRef, all []shard) error {
	for i, s := range all {
		if err := tx.Set(refs[i], s); err != nil {
			return err
		}
	}
	return nil
}

// uncounted reports whether the records are to be counted.
func (r *Repository) uncounted(ctx context.Context) (bool, error) {
	all, _, err := readShards(r.db.GetAll(ctx, r.shardRefs()))
	if errors.Is(err, ErrUncounted) {
		return true, nil
	}
	return err == nil && r.now().Sub(all[0].Counted) >= recountEvery, err
}

// recount counts the records, if that is due. If others change the count meanwhile, it tries a few
// times, and then leaves it to the next job.
func (r *Repository) recount(ctx context.Context) error {
	for range recountTries {
		if due, err := r.uncounted(ctx); err != nil || !due {
			return err
		}
		if err := r.recountOnce(ctx); err != nil {
			return err
		}
	}
	return nil
}

// recountOnce replaces the count by the sum of the records' sizes.
func (r *Repository) recountOnce(ctx context.Context) error {
	before, err := r.db.GetAll(ctx, r.shardRefs())
	if err != nil {
		return fmt.Errorf("uploads: usage: %w", err)
	}
	used, err := r.sum(ctx)
	if err != nil {
		return err
	}
	return r.replaceCount(ctx, before, used)
}

// sum adds up the sizes of all records. What is in the bin, and an earlier version of a file, has
// its size in what its record was. Both are of one moment, or a file on its way into the bin would
// be in both or in neither.
func (r *Repository) sum(ctx context.Context) (used int64, err error) {
	err = r.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		used = 0
		for _, path := range []string{"size", "was.size"} {
			sum, err := r.db.Collection(collection).NewAggregationQuery().WithSum(path, "bytes").Transaction(tx).Get(ctx)
			if err != nil {
				return fmt.Errorf("uploads: count: %w", err)
			}
			n, err := integer(sum["bytes"])
			if err != nil {
				return err
			}
			used += n
		}
		return nil
	}, firestore.ReadOnly)
	return used, err
}

// replaceCount replaces the count, unless it has changed since before was read. Every change of a
// size changes the count in the same transaction. So if the count has not changed while the records
// were summed, the sum is right.
func (r *Repository) replaceCount(ctx context.Context, before []*firestore.DocumentSnapshot, used int64) error {
	refs := r.shardRefs()
	err := r.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		now, err := tx.GetAll(refs)
		if err != nil {
			return err
		}
		for i, snap := range now {
			if !snap.UpdateTime.Equal(before[i].UpdateTime) {
				return nil
			}
		}
		return setShards(tx, refs, spread(used, r.grant.Quota(), document.Time(r.now())))
	})
	if err != nil {
		return fmt.Errorf("uploads: count: %w", err)
	}
	return nil
}

// integer is a sum as Firestore returns it: a whole number, for whole numbers are added.
func integer(v any) (int64, error) {
	if value, ok := v.(*firestorepb.Value); ok {
		if n, ok := value.GetValueType().(*firestorepb.Value_IntegerValue); ok && n.IntegerValue >= 0 {
			return n.IntegerValue, nil
		}
	}
	return 0, &document.Unreadable{Collection: collection, ID: "sum of sizes", Fault: "size"}
}
