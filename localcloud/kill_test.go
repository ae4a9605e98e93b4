package localcloud_test

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// kills is how often TestKill kills the cloud, unless the variable KILLS says otherwise.
const kills = 40

// What a client was told is done is there, and nothing is half there, however often and whenever
// the process is killed in the middle of its work.
func TestKill(t *testing.T) {
	rounds := kills
	if v := os.Getenv("KILLS"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			t.Fatalf("KILLS: %v", err)
		}
		rounds = n
	}
	dir := t.TempDir()
	cloud := localcloudtest.Open(t, dir)
	received := prepareWriters(t, cloud)
	if err := cloud.Close(); err != nil {
		t.Fatal(err)
	}
	var books []*book
	for round := range rounds {
		process := startChild(t, dir)
		// The clients are of the closed cloud, whose addresses are the child's.
		writers, done := openWriters(t, cloud, received)
		if round == 0 {
			for _, w := range writers {
				must(t, w.write(t.Context(), 0)) // one that nothing disturbs, for machines too slow for the others
				books = append(books, &book{told: []bool{true}})
			}
		}
		for i, w := range writers {
			books[i].checkNew(t, w)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var working sync.WaitGroup
		for i, w := range writers {
			working.Go(func() { books[i].fill(ctx, w) })
		}
		time.Sleep(time.Duration(50+rand.IntN(250)) * time.Millisecond) // the moment
		process.kill()
		cancel()
		working.Wait()
		done()
		if t.Failed() {
			t.Fatalf("after kill %d", round)
		}
	}

	writers, done := openWriters(t, localcloudtest.Open(t, dir), received)
	defer done()
	for i, w := range writers {
		books[i].checkNew(t, w)
		books[i].checkAll(t, w)
		t.Logf("%s: %d acknowledged of %d begun", w.name, books[i].acknowledged(), len(books[i].told))
	}
}

// book is what was written by one writer, write by write: whether the cloud acknowledged it.
type book struct {
	told    []bool
	checked int
}

// fill writes until a write fails.
func (b *book) fill(ctx context.Context, w writer) {
	for ctx.Err() == nil {
		err := w.write(ctx, len(b.told))
		b.told = append(b.told, err == nil)
		if err != nil {
			return
		}
	}
}

func (b *book) acknowledged() (n int) {
	for _, told := range b.told {
		if told {
			n++
		}
	}
	return n
}

// checkNew checks what has not been checked yet.
func (b *book) checkNew(t *testing.T, w writer) {
	t.Helper()
	b.check(t, w, b.checked)
	b.checked = len(b.told)
}

func (b *book) checkAll(t *testing.T, w writer) {
	t.Helper()
	b.check(t, w, 0)
}

func (b *book) check(t *testing.T, w writer, from int) {
	t.Helper()
	for n := from; n < len(b.told); n++ {
		found, err := w.read(t.Context(), n)
		switch {
		case err != nil:
			t.Errorf("%s %d: %v", w.name, n, err)
		case b.told[n] && found != whole:
			t.Errorf("%s %d was acknowledged, and is %s", w.name, n, found)
		case found == half:
			t.Errorf("%s %d was not acknowledged, and is half there", w.name, n)
		}
	}
}
