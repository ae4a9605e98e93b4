package storage_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"
	"go.etcd.io/bbolt"
	"google.golang.org/api/option"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage"
)

func TestARestartKeepsEverything(t *testing.T) {
	c := newCloud(t)
	_, key, bucket := c.tenant("tn-aaaaaaaaaa")
	var want []*gcs.ObjectAttrs
	for i := range 10 {
		want = append(want, write(t, bucket.Object(fmt.Sprint("o", i)), random(1000*i)))
	}
	c.clock.advance(-50 * time.Second) // a clock set back must not bring a generation back
	c.restart()
	bucket = c.client(key).Bucket(project + "-tn-aaaaaaaaaa")
	for _, w := range want {
		got, err := bucket.Object(w.Name).Attrs(t.Context())
		must(t, err)
		if got.Generation != w.Generation || got.CRC32C != w.CRC32C || got.Metadata["colour"] != "red" || !got.Created.Equal(w.Created) {
			t.Errorf("%+v became %+v", w, got)
		}
		read(t, bucket.Object(w.Name))
	}
	last := want[len(want)-1]
	if next := write(t, bucket.Object("next"), nil); next.Generation <= last.Generation {
		t.Errorf("generation %d follows %d", next.Generation, last.Generation)
	}
}

// contents are the names of the files that hold contents.
func (c *cloud) contents() []string {
	c.t.Helper()
	files, err := os.ReadDir(filepath.Join(c.dir, "storage", "blobs"))
	must(c.t, err)
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

func TestNoContentOutlivesItsObject(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	o := bucket.Object("o")
	write(t, o, []byte("first"))
	write(t, o, []byte("second"))
	if _, err := tryWrite(o.If(gcs.Conditions{DoesNotExist: true}), []byte("third")); code(err) != 412 {
		t.Error(err)
	}
	if n := len(c.contents()); n != 1 {
		t.Errorf("one object has %d contents", n)
	}
	must(t, o.Delete(t.Context()))
	if n := len(c.contents()); n != 0 {
		t.Errorf("no object has %d contents", n)
	}
}

func TestTheFolderBelongsToOneProcess(t *testing.T) {
	c := newCloud(t)
	if s, err := storage.Open(storage.Config{Dir: filepath.Join(c.dir, "storage"), Project: project, IAM: c.iam}); err == nil {
		s.Close()
		t.Error("a second service opened the folder")
	}
}

// serveUntilKilled is the process that TestAKilledProcessLosesNothing kills.
func serveUntilKilled(dir string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	db, err := bbolt.Open(filepath.Join(dir, "cloud.db"), 0o600, &bbolt.Options{Timeout: 10 * time.Second})
	fail(err)
	auth, err := iam.Open(iam.Config{DB: db, Project: project})
	fail(err)
	ps, err := pubsub.Open(pubsub.Config{Dir: filepath.Join(dir, "pubsub"), IAM: auth})
	fail(err)
	s, err := storage.Open(storage.Config{Dir: filepath.Join(dir, "storage"), Project: project, IAM: auth, PubSub: ps})
	fail(err)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	fmt.Println("http://" + lis.Addr().String())
	fail(http.Serve(lis, s))
}

func TestAKilledProcessLosesNothing(t *testing.T) {
	c := newCloud(t)
	_, key, _ := c.tenant("tn-aaaaaaaaaa")
	told := c.listener("uploads")
	c.notify(project+"-tn-aaaaaaaaaa", &gcs.Notification{TopicID: "uploads", EventTypes: []string{gcs.ObjectFinalizeEvent}})
	c.close()
	defer c.open()

	acknowledged := map[string][]byte{}
	for round := range 3 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "STORAGE_TEST_SERVE="+c.dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		must(t, err)
		must(t, child.Start())
		line, err := bufio.NewReader(out).ReadString('\n')
		must(t, err)
		client, err := gcs.NewClient(t.Context(), option.WithEndpoint(strings.TrimSpace(line)+"/storage/v1/"), option.WithAuthCredentials(c.credentials(key)))
		must(t, err)
		bucket := client.Bucket(project + "-tn-aaaaaaaaaa").Retryer(gcs.WithPolicy(gcs.RetryNever))
		for name, content := range acknowledged {
			if got := read(t, bucket.Object(name)); !bytes.Equal(got, content) {
				t.Errorf("%s has %d bytes, not %d", name, len(got), len(content))
			}
		}
		writeUntilKilled(bucket, child, round, acknowledged)
		child.Wait()
		client.Close()
	}
	if len(acknowledged) < 3*20 {
		t.Errorf("only %d writes were acknowledged", len(acknowledged))
	}

	// What was written and not acknowledged is whole, or is not there; and of what is not there no
	// content is left.
	c.open()
	bucket := c.client(key).Bucket(project + "-tn-aaaaaaaaaa")
	objects := 0
	it := bucket.Objects(t.Context(), nil)
	for o, err := it.Next(); err == nil; o, err = it.Next() {
		objects++
		if got := read(t, bucket.Object(o.Name)); int64(len(got)) != o.Size {
			t.Errorf("%s has %d bytes of %d", o.Name, len(got), o.Size)
		}
	}
	if n := len(c.contents()); objects < len(acknowledged) || n != objects {
		t.Errorf("%d acknowledged, %d objects, %d contents", len(acknowledged), objects, n)
	}
	// Whoever waits to be told of them is told of each.
	for missing := maps.Clone(acknowledged); len(missing) > 0; {
		delete(missing, told.await(t).Message.Attributes["objectId"])
	}
	c.close()
}

// writeUntilKilled writes from several goroutines, and kills the process once enough writes were
// acknowledged, while others are under way.
func writeUntilKilled(bucket *gcs.BucketHandle, child *exec.Cmd, round int, acknowledged map[string][]byte) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var mu sync.Mutex
	var wg sync.WaitGroup
	done := 0
	for worker := range 4 {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				name := fmt.Sprintf("%d-%d-%d", round, worker, i)
				content := random(1 + i*4096)
				w := bucket.Object(name).NewWriter(ctx)
				w.Write(content)
				if w.Close() != nil {
					return
				}
				mu.Lock()
				acknowledged[name] = content
				if done++; done == 24 {
					child.Process.Kill()
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}
