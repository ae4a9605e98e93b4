package localcloud_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apiv1 "cloud.google.com/go/firestore/apiv1"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/storage"
	"golang.org/x/oauth2/google"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

func TestClockGoesForward(t *testing.T) {
	clock := localcloudtest.New(t).Clock()
	before := clock.Now()
	must(t, clock.Advance(time.Hour))
	if now := clock.Now(); now.Before(before.Add(time.Hour)) || now.After(before.Add(time.Hour+time.Minute)) {
		t.Errorf("an hour after %v it is %v", before, now)
	}
	year := before.AddDate(1, 0, 0)
	must(t, clock.Set(year))
	for name, back := range map[string]error{
		"Advance": clock.Advance(-time.Nanosecond), "Set": clock.Set(before),
	} {
		if !errors.Is(back, localcloud.ErrBackwards) {
			t.Errorf("%s went back: %v", name, back)
		}
	}
	if now := clock.Now(); now.Before(year) {
		t.Errorf("after %v it is %v", year, now)
	}
}

// What ends in time ends by the cloud's clock. Each test holds something, which still() looks at.
func TestClockMovesEveryService(t *testing.T) {
	for _, test := range []struct {
		name   string
		before time.Duration // it is not over yet
		after  time.Duration // and later it is
		begin  func(*testing.T, *localcloud.Cloud) (still func() bool)
	}{
		{"access token", 59 * time.Minute, 2 * time.Minute, heldToken},
		{"signed URL", 9 * time.Minute, 2 * time.Minute, heldURL},
		{"resumable upload", 6 * 24 * time.Hour, 25 * time.Hour, heldUpload},
		{"transaction", 50 * time.Second, time.Minute, heldTransaction},
		{"locked address", 4 * time.Minute, 2 * time.Minute, heldLock},
		{"message in hand", 8 * time.Second, 5 * time.Second, heldMessage},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud := localcloudtest.New(t)
			prepareWriters(t, cloud)
			still := test.begin(t, cloud)
			must(t, cloud.Clock().Advance(test.before))
			if !still() {
				t.Fatalf("over after %v", test.before)
			}
			must(t, cloud.Clock().Advance(test.after))
			if still() {
				t.Errorf("not over %v later", test.after)
			}
		})
	}
}

func heldToken(t *testing.T, cloud *localcloud.Cloud) func() bool {
	signed, err := google.JWTConfigFromJSON(cloud.OwnerKey(), cloudPlatform)
	must(t, err)
	token, err := signed.TokenSource(t.Context()).Token()
	must(t, err)
	return func() bool {
		_, err := cloud.IAM().Authenticate(t.Context(), "Bearer "+token.AccessToken, "https://firestore.googleapis.com/")
		return err == nil
	}
}

// do sends a request without credentials and returns the status of its answer.
func do(t *testing.T, method, url, body string, header ...string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	must(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	must(t, res.Body.Close())
	return res.StatusCode
}

func signedURL(t *testing.T, cloud *localcloud.Cloud, opts storage.SignedURLOptions) string {
	t.Helper()
	opts.Scheme, opts.Insecure, opts.Style = storage.SigningSchemeV4, true, storage.PathStyle()
	opts.Hostname = cloud.Endpoints().Storage[len("http://"):]
	url, err := storageClient(t, cloud, cloud.OwnerKey()).Bucket(bucketName(writersTenant)).SignedURL("o", &opts)
	must(t, err)
	return url
}

func heldURL(t *testing.T, cloud *localcloud.Cloud) func() bool {
	url := signedURL(t, cloud, storage.SignedURLOptions{Method: http.MethodPut, Expires: time.Now().Add(10 * time.Minute)})
	return func() bool { return do(t, http.MethodPut, url, "content") == http.StatusOK }
}

func heldUpload(t *testing.T, cloud *localcloud.Cloud) func() bool {
	url := signedURL(t, cloud, storage.SignedURLOptions{
		Method: http.MethodPost, Expires: time.Now().Add(10 * time.Minute), Headers: []string{"x-goog-resumable:start"},
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, nil)
	must(t, err)
	req.Header.Set("x-goog-resumable", "start")
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	must(t, res.Body.Close())
	session := res.Header.Get("Location")
	if session == "" {
		t.Fatalf("the upload did not begin: %s", res.Status)
	}
	return func() bool {
		return do(t, http.MethodPut, session, "", "Content-Range", "bytes */*") == http.StatusPermanentRedirect
	}
}

// A jump of the clock removes what an upload had received from the disk, though nobody asks for it.
func TestClockRemovesOldUploads(t *testing.T) {
	dir := t.TempDir()
	cloud := localcloudtest.Open(t, dir)
	prepareWriters(t, cloud)
	heldUpload(t, cloud)
	contents := func() int {
		files, err := os.ReadDir(filepath.Join(dir, "storage", "blobs"))
		must(t, err)
		return len(files)
	}
	for _, step := range []struct {
		ahead time.Duration
		want  int
	}{{6 * 24 * time.Hour, 1}, {25 * time.Hour, 0}} {
		must(t, cloud.Clock().Advance(step.ahead))
		if n := contents(); n != step.want {
			t.Errorf("%v later there are %d contents, not %d", step.ahead, n, step.want)
		}
	}
}

func heldTransaction(t *testing.T, cloud *localcloud.Cloud) func() bool {
	const database = projectName + "/databases/" + writersTenant
	c, err := apiv1.NewClient(t.Context(), localcloudtest.GRPC(cloud, cloud.OwnerKey())...)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	tx, err := c.BeginTransaction(t.Context(), &firestorepb.BeginTransactionRequest{Database: database})
	must(t, err)
	return func() bool {
		stream, err := c.BatchGetDocuments(t.Context(), &firestorepb.BatchGetDocumentsRequest{
			Database: database, Documents: []string{database + "/documents/notes/n"},
			ConsistencySelector: &firestorepb.BatchGetDocumentsRequest_Transaction{Transaction: tx.Transaction},
		})
		if err == nil {
			_, err = stream.Recv()
		}
		return err == nil
	}
}

// heldLock is over once the right password opens the account again.
func heldLock(t *testing.T, cloud *localcloud.Cloud) func() bool {
	signed, err := google.JWTConfigFromJSON(cloud.OwnerKey(), cloudPlatform)
	must(t, err)
	token, err := signed.TokenSource(t.Context()).Token()
	must(t, err)
	const right = `{"email": "someone@example.com", "password": "correct horse"}`
	people := cloud.Endpoints().Identity + "/v1/projects/" + localcloudtest.Project + "/accounts"
	if status := do(t, http.MethodPost, people, right, "Authorization", "Bearer "+token.AccessToken); status != http.StatusOK {
		t.Fatalf("no account was made: %d", status)
	}
	signIn := func(body string) int {
		body = strings.Replace(body, "}", `, "returnSecureToken": true}`, 1)
		return do(t, http.MethodPost, cloud.Endpoints().Identity+"/v1/accounts:signInWithPassword?key="+cloud.APIKey(), body)
	}
	for range 10 {
		signIn(strings.Replace(right, "correct", "wrong", 1))
	}
	return func() bool { return signIn(right) != http.StatusOK }
}

// heldMessage is over once the message comes again.
func heldMessage(t *testing.T, cloud *localcloud.Cloud) func() bool {
	topics, err := pubsub.NewTopicAdminClient(t.Context(), localcloudtest.GRPC(cloud, cloud.OwnerKey())...)
	must(t, err)
	defer topics.Close()
	_, err = topics.Publish(t.Context(), &pubsubpb.PublishRequest{
		Topic: writersTopic, Messages: []*pubsubpb.PubsubMessage{{Data: []byte("m")}},
	})
	must(t, err)
	subscriptions, err := pubsub.NewSubscriptionAdminClient(t.Context(), localcloudtest.GRPC(cloud, cloud.OwnerKey())...)
	must(t, err)
	t.Cleanup(func() { subscriptions.Close() })
	comes := func() bool {
		res, err := subscriptions.Pull(t.Context(), &pubsubpb.PullRequest{
			//lint:ignore SA1019 an empty answer is what we look for
			Subscription: writersSub, MaxMessages: 1, ReturnImmediately: true,
		})
		must(t, err)
		return len(res.ReceivedMessages) == 1
	}
	if !comes() {
		t.Fatal("no message came")
	}
	return func() bool { return !comes() }
}
