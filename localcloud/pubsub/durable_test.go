package pubsub_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gps "cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"go.etcd.io/bbolt"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// serveUntilKilled is the process that TestAKilledProcessLosesNoMessage kills.
func serveUntilKilled(dir string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	db, err := bbolt.Open(filepath.Join(dir, "cloud.db"), 0o600, &bbolt.Options{Timeout: 10 * time.Second})
	fail(err)
	_, _, g, err := serve(db, dir, time.Now)
	fail(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	fmt.Println(l.Addr())
	fail(g.Serve(l))
}

// What a publisher was told is taken is delivered, though the process was killed in the middle of
// its work, again and again.
func TestAKilledProcessLosesNoMessage(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	sub := w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic})
	w.close()

	var mu sync.Mutex
	taken := map[string]string{}
	for round := range 4 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childDir+"="+w.dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		must(t, err)
		must(t, child.Start())
		addr, err := bufio.NewReader(out).ReadString('\n')
		must(t, err)
		client, err := gps.NewClient(t.Context(), project, option.WithEndpoint(strings.TrimSpace(addr)),
			option.WithAuthCredentialsJSON(option.ServiceAccount, w.owner),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		enough := make(chan struct{})
		var once sync.Once
		var writers sync.WaitGroup
		for n := range 4 {
			writers.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					text := fmt.Sprintf("%d-%d-%d", round, n, i)
					res, err := client.TopicAdminClient.Publish(ctx, &pubsubpb.PublishRequest{Topic: topic, Messages: []*pubsubpb.PubsubMessage{{Data: []byte(text)}}})
					if err != nil {
						return
					}
					mu.Lock()
					taken[res.MessageIds[0]] = text
					mu.Unlock()
					if i == 20 {
						once.Do(func() { close(enough) })
					}
				}
			})
		}
		<-enough
		must(t, child.Process.Kill())
		_ = child.Wait() // killed, it says
		cancel()
		writers.Wait()
		client.Close()
	}

	w.open(w.addr)
	admin := w.client(w.owner).SubscriptionAdminClient
	got := map[string]string{}
	for {
		messages := w.pull(sub)
		if len(messages) == 0 {
			break
		}
		var acks []string
		for _, m := range messages {
			if _, twice := got[m.Message.MessageId]; twice {
				t.Errorf("message %s came twice within its deadline", m.Message.MessageId)
			}
			got[m.Message.MessageId] = string(m.Message.Data)
			acks = append(acks, m.AckId)
		}
		must(t, admin.Acknowledge(t.Context(), &pubsubpb.AcknowledgeRequest{Subscription: sub, AckIds: acks}))
	}
	for id, text := range taken {
		if got[id] != text {
			t.Errorf("message %s, %q, is lost", id, text)
		}
	}
	if len(taken) < 80 {
		t.Errorf("only %d messages were taken", len(taken))
	}
}

// What was out when the service stopped is delivered again: a push at once, a pull after its
// deadline.
func TestARestartRedelivers(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	pulled := w.subscribe(&pubsubpb.Subscription{Name: "puller", Topic: topic})
	slow := newHanging(t)
	w.subscribe(&pubsubpb.Subscription{Name: "pushed", Topic: topic, PushConfig: push(slow.URL), AckDeadlineSeconds: 600,
		DeadLetterPolicy: &pubsubpb.DeadLetterPolicy{DeadLetterTopic: topic}})
	id := w.publish(topic, "hello", nil)
	first := w.await(pulled)
	awaitPush(t, slow.asked)
	w.restart()
	if again := awaitPush(t, slow.asked); again.Message.MessageID != id || again.DeliveryAttempt != 2 {
		t.Errorf("pushed after the restart: %s", again.body)
	}
	if got := w.pull(pulled); len(got) != 0 {
		t.Errorf("pulled again before the deadline: %v", got)
	}
	w.advance(11 * time.Second)
	second := w.await(pulled)
	if second.Message.MessageId != first.Message.MessageId || second.AckId == first.AckId {
		t.Errorf("pulled %v, then %v", first, second)
	}
	// An acknowledgement that comes late still counts.
	must(t, w.client(w.owner).SubscriptionAdminClient.Acknowledge(t.Context(), &pubsubpb.AcknowledgeRequest{Subscription: pulled, AckIds: []string{first.AckId}}))
	w.advance(30 * time.Minute)
	if got := w.pull(pulled); len(got) != 0 {
		t.Errorf("pulled after it was acknowledged: %v", got)
	}
}
