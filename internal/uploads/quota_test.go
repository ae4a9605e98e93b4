package uploads_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// room is a process in which each tenant may keep so many bytes.
func room(t *testing.T, w *vendingtest.World, quota int64, now func() time.Time) func(vendingtest.Person) *uploads.Repository {
	m := w.NewMachine(t, vending.MachineConfig{Quotas: vending.Quotas{Default: quota}, Now: now})
	return func(p vendingtest.Person) *uploads.Repository {
		t.Helper()
		g, err := m.Vend(t.Context(), w.Principal(t, p))
		if err != nil {
			t.Fatal(err)
		}
		return uploads.NewRepository(g)
	}
}

// announce announces a file of so many bytes.
func announce(ctx context.Context, r *uploads.Repository, size int64) (uploads.Upload, error) {
	u, _, err := r.Create(ctx, uploads.Intent{Name: "a.bin", Size: size}, nil)
	return u, err
}

// erase deletes a file for good, by way of the bin where it has arrived.
func erase(ctx context.Context, r *uploads.Repository, id uploads.ID) error {
	if b, err := r.Bin(ctx, id); err != nil || b.At.IsZero() {
		return err
	}
	return r.Delete(ctx, id)
}

func wantUsed(t *testing.T, what string, r *uploads.Repository, want int64) {
	t.Helper()
	if u, err := r.Usage(t.Context()); err != nil || u.Bytes != want {
		t.Errorf("%s: %d bytes are used, want %d; %v", what, u.Bytes, want, err)
	}
}

func TestQuota(t *testing.T) { vendingtest.EachIsolation(t, testQuota) }

func testQuota(t *testing.T, w *vendingtest.World) {
	const quota = 1003
	at := room(t, w, quota, nil)
	r := at(w.Acme.Editor)
	wantUsed(t, "at first", r, 0)

	t.Run("as much as there is, and no byte more", func(t *testing.T) {
		first, err := announce(t.Context(), r, 1000)
		if err != nil {
			t.Fatal(err)
		}
		_, err = announce(t.Context(), r, 4)
		full, ok := errors.AsType[*uploads.QuotaError](err)
		if !errors.Is(err, uploads.ErrQuota) || !ok || full.Size != 4 || full.Usage != (uploads.Usage{Bytes: 1000, Quota: quota}) {
			t.Errorf("4 bytes more: %v", err)
		}
		page, err := r.List(t.Context(), uploads.Cursor{}, 0)
		if err != nil || len(page.Items) != 1 {
			t.Errorf("what was refused is in the list: %d files, %v", len(page.Items), err)
		}
		last, err := announce(t.Context(), r, 3)
		if err != nil {
			t.Errorf("3 bytes more: %v", err)
		}
		wantUsed(t, "full", r, quota)
		if _, err := announce(t.Context(), at(w.Globex.Editor), quota); err != nil {
			t.Errorf("the neighbour has no room: %v", err)
		}
		for _, u := range []uploads.Upload{first, last} {
			if err := erase(t.Context(), r, u.ID); err != nil {
				t.Fatal(err)
			}
		}
		wantUsed(t, "all deleted", r, 0)
		if err := erase(t.Context(), r, first.ID); err != nil {
			t.Error(err)
		}
		wantUsed(t, "deleted twice", r, 0)
	})

	t.Run("a large file that is refused leaves nothing", func(t *testing.T) {
		if _, err := announce(t.Context(), r, uploads.PartSize+1); !errors.Is(err, uploads.ErrQuota) {
			t.Errorf("%v", err)
		}
		wantUsed(t, "refused", r, 0)
	})

	t.Run("many at once, of two processes, never take more than there is", func(t *testing.T) {
		other := room(t, w, quota, nil)(w.Acme.Admin)
		var given atomic.Int64
		var ids sync.Map
		var work sync.WaitGroup
		for i := range 24 {
			size := int64(60 + i)
			repo := r
			if i%2 == 0 {
				repo = other
			}
			work.Go(func() {
				u, err := announce(t.Context(), repo, size)
				if err == nil {
					given.Add(size)
					ids.Store(u.ID, true)
				}
			})
		}
		work.Wait()
		if n := given.Load(); n > quota || n == 0 {
			t.Errorf("%d bytes are given of %d", n, quota)
		}
		wantUsed(t, "afterwards", r, given.Load())
		ids.Range(func(id, _ any) bool {
			work.Go(func() {
				for {
					if err := erase(t.Context(), r, id.(uploads.ID)); err == nil || errors.Is(err, uploads.ErrNotFound) || t.Context().Err() != nil {
						return
					}
				}
			})
			return true
		})
		work.Wait()
		wantUsed(t, "all deleted at once", r, 0)
	})

	t.Run("a quota below what is used takes nothing until there is room", func(t *testing.T) {
		var all []uploads.Upload
		for range 4 {
			u, err := announce(t.Context(), r, 200)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, u)
		}
		less := room(t, w, 500, nil)(w.Acme.Editor)
		for _, u := range all[:2] {
			if _, err := announce(t.Context(), less, 1); !errors.Is(err, uploads.ErrQuota) {
				t.Errorf("%v", err)
			}
			if err := erase(t.Context(), less, u.ID); err != nil {
				t.Fatal(err)
			}
		}
		wantUsed(t, "below the quota again", less, 400)
		last, err := announce(t.Context(), less, 100)
		if err != nil {
			t.Error(err)
		}
		if _, err := announce(t.Context(), less, 1); !errors.Is(err, uploads.ErrQuota) {
			t.Errorf("full again: %v", err)
		}
		for _, u := range append(all[2:], last) {
			if err := erase(t.Context(), less, u.ID); err != nil {
				t.Fatal(err)
			}
		}
		wantUsed(t, "empty again", less, 0)
	})

	t.Run("what one file leaves is no room while more is used than the quota", func(t *testing.T) {
		var all []uploads.Upload
		for _, size := range []int64{10, 60, 730} {
			u, err := announce(t.Context(), r, size)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, u)
		}
		less := room(t, w, 500, nil)(w.Acme.Editor)
		for _, u := range all[:2] {
			if err := erase(t.Context(), less, u.ID); err != nil {
				t.Fatal(err)
			}
		}
		for range 64 { // whichever document of the count they meet
			if u, err := announce(t.Context(), less, 1); !errors.Is(err, uploads.ErrQuota) {
				t.Fatalf("%s is taken: %v", u.ID, err)
			}
		}
		if err := erase(t.Context(), less, all[2].ID); err != nil {
			t.Fatal(err)
		}
		wantUsed(t, "all deleted", less, 0)
	})

	t.Run("a program that only hands files in is held to it", func(t *testing.T) {
		_, secret, err := w.Authenticator.APIKeys().Create(t.Context(), w.Principal(t, w.Acme.Admin),
			tenancy.NewAPIKey{Scopes: tenant.ScopeIntakeWrite, Days: 1})
		if err != nil {
			t.Fatal(err)
		}
		p, err := w.Authenticator.Bearer(t.Context(), tenant.SelectID(w.Acme.ID), secret.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		g, err := w.NewMachine(t, vending.MachineConfig{Quotas: vending.Quotas{Of: map[tenant.ID]int64{w.Acme.ID: 10}}}).Vend(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		u, err := announce(t.Context(), uploads.NewRepository(g), 10)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := announce(t.Context(), uploads.NewRepository(g), 1); !errors.Is(err, uploads.ErrQuota) {
			t.Errorf("%v", err)
		}
		if err := erase(t.Context(), r, u.ID); err != nil {
			t.Fatal(err)
		}
		wantUsed(t, "deleted", r, 0)
	})
}

// TestQuotaIsGivenBack: however an upload ends, what it had reserved is free again, once.
func TestQuotaIsGivenBack(t *testing.T) { vendingtest.EachIsolation(t, testQuotaIsGivenBack) }

func testQuotaIsGivenBack(t *testing.T, w *vendingtest.World) {
	var ahead atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	r := room(t, w, 1<<30, nil)(w.Acme.Editor)
	settle := func() {
		t.Helper()
		g, err := w.NewMachine(t, vending.MachineConfig{Quotas: vending.Quotas{Default: 1 << 30}, Now: clock}).Vend(t.Context(), w.Principal(t, w.Acme.Editor))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := uploads.NewRepository(g).Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	put := func(id uploads.ID, content string) {
		t.Helper()
		object := w.Grant(t, w.Acme.Editor).Bucket().Object(uploads.Object(id)).NewWriter(t.Context())
		if _, err := object.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
		if err := object.Close(); err != nil {
			t.Fatal(err)
		}
	}
	begin := func(size int64) uploads.Upload {
		t.Helper()
		u, err := announce(t.Context(), r, size)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}

	u := begin(5)
	put(u.ID, "12345")
	if _, err := r.Complete(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	wantUsed(t, "stored", r, 5)
	if err := erase(t.Context(), r, u.ID); err != nil {
		t.Fatal(err)
	}
	wantUsed(t, "stored, then deleted", r, 0)

	u = begin(5)
	put(u.ID, "1234567")
	if _, err := r.Complete(t.Context(), u.ID); !errors.Is(err, uploads.ErrMismatch) {
		t.Fatal(err)
	}
	wantUsed(t, "another file than was announced", r, 5)
	settle()
	wantUsed(t, "another file, settled", r, 0)

	begin(7)
	begin(uploads.PartSize + 9)
	wantUsed(t, "announced", r, uploads.PartSize+16)
	ahead.Store(int64(25 * time.Hour))
	settle()
	wantUsed(t, "its signed request has died", r, uploads.PartSize+9)
	ahead.Store(int64(8 * 24 * time.Hour))
	settle()
	settle()
	wantUsed(t, "its parts were given up", r, 0)

	g := w.Grant(t, w.Acme.Editor)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := uploads.NewRepository(g).Create(ctx, uploads.Intent{Name: "a", Size: 3}, nil); err == nil {
		t.Error("a request that was over has announced a file")
	}
	wantUsed(t, "a request that was over", r, 0)
}

// TestQuotaOfTheBin: what is in the bin counts, and each version of a file, until it is deleted for
// good. So does it where the records are counted.
func TestQuotaOfTheBin(t *testing.T) { vendingtest.EachIsolation(t, testQuotaOfTheBin) }

func testQuotaOfTheBin(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor := sit(t, w, w.Acme.Editor)
	wantBoth := func(what string, want int64) {
		t.Helper()
		wantUsed(t, what, editor.Repository, want)
		if sum, err := uploads.Sum(ctx, editor.Repository); err != nil || sum != want {
			t.Errorf("%s: the records sum up to %d, want %d; %v", what, sum, want, err)
		}
	}
	first := editor.store(t, "a.txt", "one")
	file := editor.replace(t, first, "second")
	other := editor.store(t, "b.txt", "12345")
	wantBoth("two versions and another file", 3+6+5)
	if _, err := editor.Bin(ctx, file.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := editor.Bin(ctx, other.ID); err != nil {
		t.Fatal(err)
	}
	wantBoth("in the bin", 3+6+5)
	if _, err := editor.Restore(ctx, other.ID); err != nil {
		t.Fatal(err)
	}
	wantBoth("restored", 3+6+5)
	if err := editor.Delete(ctx, file.ID); err != nil {
		t.Fatal(err)
	}
	wantBoth("a file deleted for good, with its versions", 5)
	waiting, _ := editor.announce(t, "c.txt", "text/plain", "1234567")
	wantBoth("announced", 5+7)
	if _, err := editor.Bin(ctx, waiting.ID); err != nil {
		t.Fatal(err)
	}
	wantBoth("taken back before it arrived", 5)
}

// TestQuotaOfWhatWasNotSigned: an upload for which no request can be signed is taken back at once,
// and what it took of the quota is free again.
func TestQuotaOfWhatWasNotSigned(t *testing.T) {
	w := vendingtest.TwoTenants(t, vendingtest.Keyless)
	r := room(t, w, 1000, nil)(w.Acme.Editor)
	_, err := announce(t.Context(), r, 900)
	want(t, "a first file", err, nil)
	wantUsed(t, "after it", r, 900)
	signature := "POST /v1/projects/-/serviceAccounts/" + w.Acme.ServiceAccount + ":signBlob"
	f := w.Cloud.Faults().Add(fault.Rule{Method: signature, Code: codes.InvalidArgument})
	if _, err := announce(t.Context(), r, 50); err == nil || f.Hits() == 0 {
		t.Errorf("it was announced: %v, %d signatures were asked for", err, f.Hits())
	}
	wantUsed(t, "of what was not signed", r, 900)
	page, err := r.List(t.Context(), uploads.Cursor{}, 0)
	if err != nil || len(page.Items) != 1 {
		t.Errorf("%d files are listed, want 1: %v", len(page.Items), err)
	}
	f.Remove()
	_, err = announce(t.Context(), r, 100)
	want(t, "the rest", err, nil)
}
