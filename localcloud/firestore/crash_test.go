package firestore_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	"google.golang.org/grpc"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
)

// folderVariable makes this test binary a server on that folder, for TestKill to kill.
const folderVariable = "FIRESTORE_TEST_SERVE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(folderVariable); dir != "" {
		serveUntilKilled(dir)
	}
	os.Exit(m.Run())
}

func serveUntilKilled(dir string) {
	server, err := firestore.Open(firestore.Config{Dir: dir, Project: project})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr())
	g := grpc.NewServer()
	server.Register(g)
	fmt.Println(g.Serve(listener))
	os.Exit(1)
}

// Writers commit pairs of documents that must always be equal, and the server is killed in the
// middle of it, again and again. Whatever was acknowledged must be there, and no pair may be half
// written.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	const writers = 4
	acknowledged := make([]int64, writers)
	for round := range 5 {
		process := exec.Command(os.Args[0])
		process.Env = append(os.Environ(), folderVariable+"="+dir)
		out, err := process.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		address, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		c := dial(t, strings.TrimSpace(address))
		if round == 0 {
			c.create("main")
		}
		db := c.client("main")
		verify(t, db, acknowledged)

		ended := make(chan bool)
		for w := range writers {
			go func() {
				defer func() { ended <- true }()
				for n := acknowledged[w] + 1; ; n++ {
					pair := map[string]any{"n": n}
					a, b := pairOf(db, w)
					if err := together(db, set(a, pair), set(b, pair)); err != nil {
						return
					}
					acknowledged[w] = n
				}
			}()
		}
		time.Sleep(time.Duration(20+rand.IntN(80)) * time.Millisecond) // let them write
		if err := process.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		process.Wait()
		c.conn.Close()
		for range writers {
			<-ended
		}
	}
	c, _ := start(t, dir)
	verify(t, c.client("main"), acknowledged)
	for w, n := range acknowledged {
		if n == 0 {
			t.Errorf("writer %d wrote nothing", w)
		}
	}
}

func pairOf(db *client.Client, writer int) (a, b *client.DocumentRef) {
	id := strconv.Itoa(writer)
	return db.Doc("pairs/" + id), db.Doc("pairs/" + id + "/other/" + id)
}

// verify checks each writer's pair, and counts a commit that was made but not acknowledged as
// acknowledged.
func verify(t *testing.T, db *client.Client, acknowledged []int64) {
	t.Helper()
	for w, want := range acknowledged {
		a, b := pairOf(db, w)
		snaps := must[[]*client.DocumentSnapshot](t)(db.GetAll(ctx, []*client.DocumentRef{a, b}))
		if !snaps[0].Exists() && !snaps[1].Exists() && want == 0 {
			continue
		}
		x, y := snaps[0].Data()["n"], snaps[1].Data()["n"]
		if x != y {
			t.Errorf("writer %d: half a commit: %v and %v", w, x, y)
		}
		n, _ := x.(int64)
		if n != want && n != want+1 {
			t.Errorf("writer %d: found %d, acknowledged %d", w, n, want)
		}
		acknowledged[w] = n
	}
}
