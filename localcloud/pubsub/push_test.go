package pubsub_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/idtoken"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
)

// pushed is a push request as an endpoint received it.
type pushed struct {
	header http.Header
	body   []byte

	Message struct {
		Attributes  map[string]string `json:"attributes"`
		Data        []byte            `json:"data"`
		MessageID   string            `json:"messageId"`
		OrderingKey string            `json:"orderingKey"`
		PublishTime time.Time         `json:"publishTime"`
	} `json:"message"`
	Subscription    string `json:"subscription"`
	DeliveryAttempt int    `json:"deliveryAttempt"`
}

// endpoint is a push endpoint that keeps what it receives.
type endpoint struct {
	*httptest.Server
	received chan pushed

	mu       sync.Mutex
	statuses []int // what it answers next, one after the other; then 204
}

func newEndpoint(t *testing.T, statuses ...int) *endpoint {
	e := &endpoint{received: make(chan pushed, 1000), statuses: statuses}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := pushed{header: r.Header.Clone()}
		p.body, _ = io.ReadAll(r.Body)
		_ = json.Unmarshal(p.body, &p) // a bare payload is no envelope
		w.WriteHeader(e.next())
		e.received <- p
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) next() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.statuses) == 0 {
		return http.StatusNoContent
	}
	status := e.statuses[0]
	e.statuses = e.statuses[1:]
	return status
}

func (e *endpoint) await(t *testing.T) pushed {
	t.Helper()
	return awaitPush(t, e.received)
}

func awaitPush(t *testing.T, pushes <-chan pushed) pushed {
	t.Helper()
	select {
	case p := <-pushes:
		return p
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was pushed")
		return pushed{}
	}
}

func push(url string) *pubsubpb.PushConfig { return &pubsubpb.PushConfig{PushEndpoint: url} }

func TestAPushArrivesAndIsAcknowledged(t *testing.T) {
	w := newWorld(t)
	e := newEndpoint(t)
	topic := w.topic("news")
	email, _ := w.account("pusher")
	sub := w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic, PushConfig: &pubsubpb.PushConfig{
		PushEndpoint:         e.URL + "/push?token=x",
		AuthenticationMethod: &pubsubpb.PushConfig_OidcToken_{OidcToken: &pubsubpb.PushConfig_OidcToken{ServiceAccountEmail: email}},
	}})
	res, err := w.client(w.owner).TopicAdminClient.Publish(t.Context(), &pubsubpb.PublishRequest{Topic: topic, Messages: []*pubsubpb.PubsubMessage{{
		Data: []byte("hello"), Attributes: map[string]string{"colour": "red"}, OrderingKey: "k", MessageId: "not mine to say",
	}}})
	must(t, err)
	got := e.await(t)
	if string(got.Message.Data) != "hello" || got.Message.MessageID != res.MessageIds[0] || got.Subscription != sub || got.Message.OrderingKey != "k" ||
		time.Since(got.Message.PublishTime).Abs() > time.Minute || got.DeliveryAttempt != 0 || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("pushed %s with %v", got.body, got.header)
	}
	if diff := cmp.Diff(map[string]string{"colour": "red"}, got.Message.Attributes); diff != "" {
		t.Error(diff)
	}

	// The token is one of Google's by everything that Google's own validator looks at.
	token, ok := strings.CutPrefix(got.header.Get("Authorization"), "Bearer ")
	if !ok {
		t.Fatalf("Authorization: %q", got.header.Get("Authorization"))
	}
	validator, err := idtoken.NewValidator(t.Context(), option.WithHTTPClient(&http.Client{Transport: w.toCerts()}))
	must(t, err)
	payload, err := validator.Validate(t.Context(), token, e.URL+"/push?token=x")
	must(t, err)
	if payload.Issuer != "https://accounts.google.com" || payload.Claims["email"] != email || payload.Claims["email_verified"] != true {
		t.Errorf("the token says %+v", payload)
	}
	if _, err := validator.Validate(t.Context(), token, e.URL+"/other"); err == nil {
		t.Error("the token is good for another audience")
	}

	// An acknowledged message does not come again: neither after the deadline nor after a restart.
	w.awaitEmpty(sub)
	w.advance(time.Hour)
	w.restart()
	next := w.publish(topic, "next", nil)
	if got := e.await(t); got.Message.MessageID != next {
		t.Errorf("message %s came, not %s", got.Message.MessageID, next)
	}
}

// toCerts sends requests for Google's certificates to the world.
func (w *world) toCerts() http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(w.certs.URL, "http://")
		return http.DefaultTransport.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestWhatAcknowledges(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		status int
		acks   bool
	}{{102, true}, {200, true}, {201, true}, {202, true}, {204, true}, {203, false}, {301, false}, {307, false}, {400, false}, {429, false}, {503, false}} {
		t.Run(fmt.Sprint(test.status), func(t *testing.T) {
			e := newEndpoint(t, test.status)
			topic := w.topic(fmt.Sprintf("t-%d", test.status))
			sub := w.subscribe(&pubsubpb.Subscription{Name: fmt.Sprintf("s-%d", test.status), Topic: topic, PushConfig: push(e.URL)})
			first := w.publish(topic, "first", nil)
			if got := e.await(t).Message.MessageID; got != first {
				t.Fatalf("message %s came, not %s", got, first)
			}
			if !test.acks {
				if got := e.await(t).Message.MessageID; got != first {
					t.Errorf("message %s came, not %s again", got, first)
				}
				return
			}
			w.awaitEmpty(sub)
			w.advance(time.Minute)
			second := w.publish(topic, "second", nil)
			if got := e.await(t).Message.MessageID; got != second {
				t.Errorf("message %s came, not %s", got, second)
			}
		})
	}
}

// A redirect is not an instruction: nothing arrives where it points.
func TestPushesFollowNoRedirect(t *testing.T) {
	w := newWorld(t)
	elsewhere := newEndpoint(t)
	asked := make(chan struct{}, 100)
	redirecting := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, elsewhere.URL, http.StatusTemporaryRedirect)
		asked <- struct{}{}
	}))
	t.Cleanup(redirecting.Close)
	topic := w.topic("news")
	w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic, PushConfig: push(redirecting.URL)})
	w.publish(topic, "hello", nil)
	for range 2 { // once, and again since it was not acknowledged
		select {
		case <-asked:
		case p := <-elsewhere.received:
			t.Fatalf("a redirect was followed with %s", p.body)
		}
	}
}

func TestBackOffFollowsTheRetryPolicy(t *testing.T) {
	w := newWorld(t)
	e := newEndpoint(t, 500, 500, 500)
	topic := w.topic("news")
	w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic, PushConfig: push(e.URL),
		RetryPolicy: &pubsubpb.RetryPolicy{MinimumBackoff: durationpb.New(100 * time.Second), MaximumBackoff: durationpb.New(300 * time.Second)}})
	id := w.publish(topic, "hello", nil)
	e.await(t)
	for _, wait := range []time.Duration{100, 200, 300} { // seconds: doubled, up to the maximum
		w.settled(e)
		w.advance((wait - 10) * time.Second)
		w.settled(e)
		w.advance(11 * time.Second)
		if got := e.await(t); got.Message.MessageID != id {
			t.Fatalf("message %s came", got.Message.MessageID)
		}
	}
}

// settled has another subscription deliver a message twice. That takes the scheduler a back-off of
// 100 ms and a look at its queue: as long as a due message of any subscription has to wait, and
// none has come.
func (w *world) settled(e *endpoint) {
	w.t.Helper()
	other := newEndpoint(w.t, http.StatusInternalServerError)
	id := fmt.Sprintf("x%d", time.Now().UnixNano())
	topic := w.topic(id)
	w.subscribe(&pubsubpb.Subscription{Name: id, Topic: topic, PushConfig: push(other.URL)})
	w.publish(topic, "tick", nil)
	for range 2 {
		other.await(w.t)
	}
	if n := len(e.received); n != 0 {
		w.t.Errorf("%d messages came before their time", n)
	}
}

func TestBarePayload(t *testing.T) {
	w := newWorld(t)
	e := newEndpoint(t)
	topic := w.topic("news")
	for name, metadata := range map[string]bool{"bare": false, "annotated": true} {
		w.subscribe(&pubsubpb.Subscription{Name: name, Topic: topic, PushConfig: &pubsubpb.PushConfig{
			PushEndpoint: e.URL, Wrapper: &pubsubpb.PushConfig_NoWrapper_{NoWrapper: &pubsubpb.PushConfig_NoWrapper{WriteMetadata: metadata}},
		}})
	}
	id := w.publish(topic, "hello", map[string]string{"colour": "red", "Authorization": "Bearer forged", "Host": "evil.example", "bad name": "x"})
	seen := map[string]string{}
	for range 2 {
		p := e.await(t)
		if string(p.body) != "hello" || p.header.Get("Authorization") != "" {
			t.Errorf("pushed %q with %v", p.body, p.header)
		}
		seen[p.header.Get("X-Goog-Pubsub-Subscription-Name")] = p.header.Get("X-Goog-Pubsub-Message-Id") + p.header.Get("Colour")
	}
	if diff := cmp.Diff(map[string]string{"": "", subscriptionName("annotated"): id + "red"}, seen); diff != "" {
		t.Error(diff)
	}
}

// An endpoint that never answers holds up its own subscription alone, and has a bounded number of
// requests.
func TestASlowEndpointHoldsUpNobodyElse(t *testing.T) {
	w := newWorld(t)
	var mu sync.Mutex
	open, most := 0, 0
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		open++
		most = max(most, open)
		mu.Unlock()
		<-release
		mu.Lock()
		open--
		mu.Unlock()
	}))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(release) })
	quick := newEndpoint(t)
	topic := w.topic("news")
	w.subscribe(&pubsubpb.Subscription{Name: "slow", Topic: topic, PushConfig: push(slow.URL)})
	w.subscribe(&pubsubpb.Subscription{Name: "quick", Topic: topic, PushConfig: push(quick.URL)})
	var messages []*pubsubpb.PubsubMessage
	for i := range 300 {
		messages = append(messages, &pubsubpb.PubsubMessage{Data: fmt.Append(nil, i)})
	}
	_, err := w.client(w.owner).TopicAdminClient.Publish(t.Context(), &pubsubpb.PublishRequest{Topic: topic, Messages: messages})
	must(t, err)
	for range messages {
		quick.await(t)
	}
	mu.Lock()
	defer mu.Unlock()
	if most == 0 || most > 100 {
		t.Errorf("the slow endpoint had %d requests at a time", most)
	}
}

func TestPushEndpointsAreLoopback(t *testing.T) {
	w := newWorld(t)
	topic := w.topic("news")
	for url, want := range map[string]codes.Code{
		"http://127.0.0.1:9/push":         codes.OK,
		"http://[::1]:9/":                 codes.OK,
		"https://localhost:9/":            codes.OK,
		"http://example.com/":             codes.InvalidArgument,
		"http://10.0.0.1/":                codes.InvalidArgument,
		"http://169.254.169.254/":         codes.InvalidArgument,
		"http://0.0.0.0:9/":               codes.InvalidArgument,
		"http://2130706433/":              codes.InvalidArgument,
		"http://localhost.evil.example/":  codes.InvalidArgument,
		"http://127.0.0.1@evil.example/":  codes.InvalidArgument,
		"http://user:secret@127.0.0.1:9/": codes.InvalidArgument,
		"ftp://127.0.0.1/":                codes.InvalidArgument,
		"127.0.0.1:9":                     codes.InvalidArgument,
	} {
		name := fmt.Sprintf("s%d", time.Now().UnixNano())
		_, err := w.client(w.owner).SubscriptionAdminClient.CreateSubscription(t.Context(), &pubsubpb.Subscription{
			Name: subscriptionName(name), Topic: topic, PushConfig: push(url),
		})
		wantCode(t, url, err, want)
	}
}

// No push leaves without the token that its subscription asks for.
func TestADisabledAccountSendsNothing(t *testing.T) {
	w := newWorld(t)
	e := newEndpoint(t)
	topic := w.topic("news")
	email, _ := w.account("pusher")
	w.subscribe(&pubsubpb.Subscription{Name: "reader", Topic: topic, PushConfig: &pubsubpb.PushConfig{PushEndpoint: e.URL,
		AuthenticationMethod: &pubsubpb.PushConfig_OidcToken_{OidcToken: &pubsubpb.PushConfig_OidcToken{ServiceAccountEmail: email}}}})
	accounts, err := admin.NewIamClient(t.Context(), w.options(w.owner)...)
	must(t, err)
	defer accounts.Close()
	name := "projects/" + project + "/serviceAccounts/" + email
	must(t, accounts.DisableServiceAccount(t.Context(), &adminpb.DisableServiceAccountRequest{Name: name}))
	w.publish(topic, "hello", nil)
	w.settled(e)
	must(t, accounts.EnableServiceAccount(t.Context(), &adminpb.EnableServiceAccountRequest{Name: name}))
	if p := e.await(t); p.header.Get("Authorization") == "" {
		t.Errorf("pushed with %v", p.header)
	}
}

// hanging is an endpoint that says nothing until its client is gone.
type hanging struct {
	*httptest.Server
	asked chan pushed
}

func newHanging(t *testing.T) *hanging {
	h := &hanging{asked: make(chan pushed, 100)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var p pushed
		p.body, _ = io.ReadAll(r.Body)
		_ = json.Unmarshal(p.body, &p)
		h.asked <- p
		<-r.Context().Done()
	}))
	t.Cleanup(h.CloseClientConnections)
	return h
}
