package pubsub_test

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	gps "cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"go.etcd.io/bbolt"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub"
)

const (
	project  = "demo"
	tokenURI = "http://127.0.0.1:1/token" // nobody asks there
)

func topicName(id string) string        { return "projects/" + project + "/topics/" + id }
func subscriptionName(id string) string { return "projects/" + project + "/subscriptions/" + id }

// world is Pub/Sub and the IAM that it asks, both real, in one folder, with a clock that the test
// moves.
type world struct {
	t     *testing.T
	dir   string
	db    *bbolt.DB
	iam   *iam.Service
	ps    *pubsub.Service
	grpc  *grpc.Server
	addr  string
	certs *httptest.Server // where ID tokens are verified
	owner []byte

	asOwner *gps.Client

	mu    sync.Mutex
	ahead time.Duration
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	w.certs = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.iam.Handler().ServeHTTP(rw, r) }))
	t.Cleanup(w.certs.Close)
	w.found()
	w.open("127.0.0.1:0")
	t.Cleanup(w.close)
	return w
}

// founded is what every world begins with, an owner with a key: making one takes longer than most
// tests.
var founded struct {
	sync.Once
	db, owner []byte
}

func (w *world) found() {
	w.t.Helper()
	path := filepath.Join(w.dir, "cloud.db")
	founded.Do(func() {
		db, err := bbolt.Open(path, 0o600, nil)
		must(w.t, err)
		auth, err := iam.Open(iam.Config{DB: db, Project: project, TokenURI: tokenURI})
		must(w.t, err)
		founded.owner, err = auth.NewOwnerKey()
		must(w.t, errors.Join(err, db.Close()))
		founded.db, err = os.ReadFile(path)
		must(w.t, err)
	})
	must(w.t, os.WriteFile(path, founded.db, 0o600))
	w.owner = founded.owner
}

func (w *world) open(addr string) {
	w.t.Helper()
	var err error
	w.db, err = bbolt.Open(filepath.Join(w.dir, "cloud.db"), 0o600, &bbolt.Options{Timeout: 10 * time.Second})
	must(w.t, err)
	w.iam, w.ps, w.grpc, err = serve(w.db, w.dir, w.now)
	must(w.t, err)
	l, err := net.Listen("tcp", addr)
	must(w.t, err)
	w.addr = l.Addr().String()
	go w.grpc.Serve(l)
	w.asOwner = w.client(w.owner)
}

// serve makes a gRPC server of IAM and Pub/Sub on a folder.
func serve(db *bbolt.DB, dir string, now func() time.Time) (*iam.Service, *pubsub.Service, *grpc.Server, error) {
	auth, err := iam.Open(iam.Config{DB: db, Project: project, TokenURI: tokenURI, Now: now})
	if err != nil {
		return nil, nil, nil, err
	}
	ps, err := pubsub.Open(pubsub.Config{
		Dir: filepath.Join(dir, "pubsub"), IAM: auth, Now: now, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, nil, nil, err
	}
	auth.ServePolicies(ps.PolicyKinds()...)
	rules := auth.Rules()
	for method, rule := range pubsub.Rules() {
		rules[method] = rule
	}
	g := grpc.NewServer(grpc.UnaryInterceptor(auth.UnaryInterceptor(rules)), grpc.StreamInterceptor(auth.StreamInterceptor(rules)),
		grpc.MaxRecvMsgSize(pubsub.MaxRequestBytes))
	auth.Register(g)
	ps.Register(g)
	return auth, ps, g, nil
}

func (w *world) close() {
	w.grpc.Stop()
	must(w.t, w.ps.Close())
	must(w.t, w.db.Close())
}

// restart closes the services and opens them again, on the same folder and port.
func (w *world) restart() {
	w.t.Helper()
	w.close()
	w.open(w.addr)
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead)
}

// advance moves the cloud's clock. Clients keep the real one.
func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead += d
}

func (w *world) options(key []byte) []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint(w.addr),
		option.WithAuthCredentialsJSON(option.ServiceAccount, key),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

// client is Google's own, with that key.
func (w *world) client(key []byte) *gps.Client {
	w.t.Helper()
	c, err := gps.NewClient(w.t.Context(), project, w.options(key)...)
	must(w.t, err)
	w.t.Cleanup(func() { c.Close() })
	return c
}

// account makes an account and returns its e-mail address and a key.
func (w *world) account(id string) (email string, key []byte) {
	w.t.Helper()
	c, err := admin.NewIamClient(w.t.Context(), w.options(w.owner)...)
	must(w.t, err)
	defer c.Close()
	a, err := c.CreateServiceAccount(w.t.Context(), &adminpb.CreateServiceAccountRequest{Name: "projects/" + project, AccountId: id})
	must(w.t, err)
	k, err := c.CreateServiceAccountKey(w.t.Context(), &adminpb.CreateServiceAccountKeyRequest{Name: a.Name})
	must(w.t, err)
	return a.Email, k.PrivateKeyData
}

// bind adds a binding to a resource's policy, through the service.
func (w *world) bind(resource, email, role string) {
	w.t.Helper()
	c := w.asOwner.TopicAdminClient
	p, err := c.GetIamPolicy(w.t.Context(), &iampb.GetIamPolicyRequest{Resource: resource})
	must(w.t, err)
	p.Bindings = append(p.Bindings, &iampb.Binding{Role: role, Members: []string{"serviceAccount:" + email}})
	_, err = c.SetIamPolicy(w.t.Context(), &iampb.SetIamPolicyRequest{Resource: resource, Policy: p})
	must(w.t, err)
}

// topic makes a topic as the owner.
func (w *world) topic(id string) string {
	w.t.Helper()
	t, err := w.asOwner.TopicAdminClient.CreateTopic(w.t.Context(), &pubsubpb.Topic{Name: topicName(id)})
	must(w.t, err)
	return t.Name
}

// subscribe makes a subscription as the owner.
func (w *world) subscribe(sub *pubsubpb.Subscription) string {
	w.t.Helper()
	sub.Name = subscriptionName(sub.Name)
	made, err := w.asOwner.SubscriptionAdminClient.CreateSubscription(w.t.Context(), sub)
	must(w.t, err)
	return made.Name
}

// publish publishes as the owner and returns the message's id.
func (w *world) publish(topic, text string, attributes map[string]string) string {
	w.t.Helper()
	res, err := w.asOwner.TopicAdminClient.Publish(w.t.Context(), &pubsubpb.PublishRequest{
		Topic: topic, Messages: []*pubsubpb.PubsubMessage{{Data: []byte(text), Attributes: attributes}},
	})
	must(w.t, err)
	return res.MessageIds[0]
}

// pull pulls once, as the owner. It does not wait for messages.
func (w *world) pull(subscription string) []*pubsubpb.ReceivedMessage {
	w.t.Helper()
	res, err := w.asOwner.SubscriptionAdminClient.Pull(w.t.Context(), &pubsubpb.PullRequest{
		//lint:ignore SA1019 an empty answer is one that we want to see
		Subscription: subscription, MaxMessages: 100, ReturnImmediately: true,
	})
	must(w.t, err)
	return res.ReceivedMessages
}

// await pulls until there is a message.
func (w *world) await(subscription string) *pubsubpb.ReceivedMessage {
	w.t.Helper()
	res, err := w.asOwner.SubscriptionAdminClient.Pull(w.t.Context(), &pubsubpb.PullRequest{Subscription: subscription, MaxMessages: 1})
	must(w.t, err)
	if len(res.ReceivedMessages) != 1 {
		w.t.Fatalf("%s has no message", subscription)
	}
	return res.ReceivedMessages[0]
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, what string, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Errorf("%s: %v, want code %s", what, err, want)
	}
}

// childDir names the variable that makes this test binary serve Pub/Sub on a folder, until it is
// killed.
const childDir = "PUBSUB_TEST_SERVE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		serveUntilKilled(dir)
	}
	os.Exit(m.Run())
}

// info is what there is to see of a subscription.
func (w *world) info(subscription string) pubsub.SubscriptionInfo {
	w.t.Helper()
	all, err := w.ps.Subscriptions()
	must(w.t, err)
	for _, info := range all {
		if info.Name == subscription {
			return info
		}
	}
	w.t.Fatalf("there is no %s", subscription)
	return pubsub.SubscriptionInfo{}
}

// waiting returns how many messages a subscription has that nobody has acknowledged.
func (w *world) waiting(subscription string) int {
	w.t.Helper()
	return w.info(subscription).Waiting
}

// awaitEmpty waits until every message of a subscription has been acknowledged, or has gone
// elsewhere.
func (w *world) awaitEmpty(subscription string) {
	w.t.Helper()
	w.until(subscription+" is not empty", func() bool { return w.waiting(subscription) == 0 })
}

// awaitFailure waits until a push of a subscription has failed after the given time, and returns
// when.
func (w *world) awaitFailure(subscription string, after time.Time) (at time.Time) {
	w.t.Helper()
	w.until("no push of "+subscription+" failed", func() bool {
		at = w.info(subscription).Failure.Time
		return at.After(after)
	})
	return at
}

func (w *world) until(otherwise string, happened func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !happened(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatal(otherwise)
		}
	}
}

// update changes a subscription as the owner.
func (w *world) update(sub *pubsubpb.Subscription, paths ...string) *pubsubpb.Subscription {
	w.t.Helper()
	sub, err := w.asOwner.SubscriptionAdminClient.UpdateSubscription(w.t.Context(), &pubsubpb.UpdateSubscriptionRequest{
		Subscription: sub, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths},
	})
	must(w.t, err)
	return sub
}
