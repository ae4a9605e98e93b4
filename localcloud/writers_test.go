package localcloud_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	apiv1 "cloud.google.com/go/firestore/apiv1"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	scheduler "cloud.google.com/go/scheduler/apiv1"
	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"cloud.google.com/go/storage"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/identitytoolkit/v1"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// presence is how much of a write is there.
type presence string

const (
	absent presence = "absent"
	half   presence = "half there"
	whole  presence = "whole"
)

// writer writes numbered things of one service through an official client.
type writer struct {
	name  string
	write func(ctx context.Context, n int) error
	read  func(ctx context.Context, n int) (presence, error)
}

const (
	writersTenant = "tn-aaaaaaaaaa"
	writersTopic  = projectName + "/topics/written"
	writersSub    = projectName + "/subscriptions/written"
)

// prepareWriters makes what the writers write to. received is for what was ever pulled, by data: a
// message that was pulled is acknowledged, and is not to be had again.
func prepareWriters(t *testing.T, cloud *localcloud.Cloud) (received *sync.Map) {
	t.Helper()
	createTenant(t, cloud, writersTenant)
	topics, err := pubsub.NewTopicAdminClient(t.Context(), localcloudtest.GRPC(cloud, cloud.OwnerKey())...)
	if err != nil {
		t.Fatal(err)
	}
	defer topics.Close()
	if _, err := topics.CreateTopic(t.Context(), &pubsubpb.Topic{Name: writersTopic}); err != nil {
		t.Fatal(err)
	}
	subscriptions, err := pubsub.NewSubscriptionAdminClient(t.Context(), localcloudtest.GRPC(cloud, cloud.OwnerKey())...)
	if err != nil {
		t.Fatal(err)
	}
	defer subscriptions.Close()
	if _, err := subscriptions.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: writersSub, Topic: writersTopic}); err != nil {
		t.Fatal(err)
	}
	return new(sync.Map)
}

// openWriters returns one writer for each kind of write, and what closes their clients.
func openWriters(t *testing.T, cloud *localcloud.Cloud, received *sync.Map) (_ []writer, done func()) {
	t.Helper()
	ctx, key := t.Context(), cloud.OwnerKey()
	documents, err := apiv1.NewClient(ctx, localcloudtest.GRPC(cloud, key)...)
	must(t, err)
	accounts, err := admin.NewIamClient(ctx, localcloudtest.GRPC(cloud, key)...)
	must(t, err)
	topics, err := pubsub.NewTopicAdminClient(ctx, localcloudtest.GRPC(cloud, key)...)
	must(t, err)
	subscriptions, err := pubsub.NewSubscriptionAdminClient(ctx, localcloudtest.GRPC(cloud, key)...)
	must(t, err)
	jobs, err := scheduler.NewCloudSchedulerClient(ctx, localcloudtest.GRPC(cloud, key)...)
	must(t, err)
	objects, err := storage.NewClient(ctx, option.WithEndpoint(cloud.Endpoints().Storage+"/storage/v1/"),
		option.WithAuthCredentialsJSON(option.ServiceAccount, key), storage.WithJSONReads())
	must(t, err)
	signed, err := google.JWTConfigFromJSON(key, cloudPlatform)
	must(t, err)
	hosts := context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{Transport: localcloudtest.Transport(cloud)})
	users, err := identitytoolkit.NewService(ctx, option.WithHTTPClient(oauth2.NewClient(hosts, signed.TokenSource(hosts))))
	must(t, err)

	bucket := objects.Bucket(bucketName(writersTenant))
	return []writer{
			commits(documents), uploads(bucket, "media", 0), uploads(bucket, "resumable", 256<<10), deletions(bucket),
			people(users), accountKeys(accounts), messages(topics, subscriptions, received), schedules(jobs),
		}, func() {
			for _, c := range []io.Closer{documents, accounts, topics, subscriptions, jobs, objects} {
				c.Close()
			}
		}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// commits write three documents at a time.
func commits(c *apiv1.Client) writer {
	const database = projectName + "/databases/" + writersTenant
	parts := func(n int) (names []string) {
		for _, id := range []string{"a", "b", "c"} {
			names = append(names, fmt.Sprintf("%s/documents/groups/%06d/parts/%s", database, n, id))
		}
		return names
	}
	return writer{"commit", func(ctx context.Context, n int) error {
		req := &firestorepb.CommitRequest{Database: database}
		for _, name := range parts(n) {
			req.Writes = append(req.Writes, &firestorepb.Write{
				Operation: &firestorepb.Write_Update{Update: &firestorepb.Document{Name: name}},
			})
		}
		_, err := c.Commit(ctx, req)
		return err
	}, func(ctx context.Context, n int) (presence, error) {
		stream, err := c.BatchGetDocuments(ctx, &firestorepb.BatchGetDocumentsRequest{Database: database, Documents: parts(n)})
		if err != nil {
			return half, err
		}
		found := 0
		for {
			res, err := stream.Recv()
			switch {
			case errors.Is(err, io.EOF):
				return presenceOf(found, 3), nil
			case err != nil:
				return half, err
			case res.GetFound() != nil:
				found++
			}
		}
	}}
}

func presenceOf(found, of int) presence {
	switch found {
	case 0:
		return absent
	case of:
		return whole
	}
	return half
}

// contentOf is the content of an object; one of chunks has three of them.
func contentOf(name string, chunk int) []byte {
	return bytes.Repeat([]byte(name+" "), (2*chunk+2000)/len(name))
}

func upload(ctx context.Context, o *storage.ObjectHandle, chunk int) error {
	w := o.NewWriter(ctx)
	w.ChunkSize = chunk
	_, err := w.Write(contentOf(o.ObjectName(), chunk))
	return errors.Join(err, w.Close())
}

func object(ctx context.Context, o *storage.ObjectHandle, chunk int) (presence, error) {
	r, err := o.NewReader(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) {
		return absent, nil
	}
	if err != nil {
		return half, err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if !bytes.Equal(content, contentOf(o.ObjectName(), chunk)) {
		return half, err
	}
	return whole, err
}

func uploads(b *storage.BucketHandle, name string, chunk int) writer {
	at := func(n int) *storage.ObjectHandle { return b.Object(fmt.Sprintf("%s/%06d", name, n)) }
	return writer{name + " upload",
		func(ctx context.Context, n int) error { return upload(ctx, at(n), chunk) },
		func(ctx context.Context, n int) (presence, error) { return object(ctx, at(n), chunk) }}
}

// deletions make an object and delete it: whole means that it is gone.
func deletions(b *storage.BucketHandle) writer {
	at := func(n int) *storage.ObjectHandle { return b.Object(fmt.Sprintf("deleted/%06d", n)) }
	return writer{"deletion", func(ctx context.Context, n int) error {
		if err := upload(ctx, at(n), 0); err != nil {
			return err
		}
		return at(n).Delete(ctx)
	}, func(ctx context.Context, n int) (presence, error) {
		there, err := object(ctx, at(n), 0)
		switch there {
		case absent:
			return whole, err
		case whole:
			return absent, err
		}
		return half, err
	}}
}

// people are accounts of Identity Platform, which are found by id and by address alike.
func people(s *identitytoolkit.Service) writer {
	email := func(n int) string { return fmt.Sprintf("person-%06d@example.com", n) }
	id := func(n int) string { return fmt.Sprintf("person-%06d", n) }
	return writer{"person", func(ctx context.Context, n int) error {
		_, err := s.Projects.Accounts(localcloudtest.Project, &identitytoolkit.GoogleCloudIdentitytoolkitV1SignUpRequest{
			LocalId: id(n), Email: email(n),
		}).Context(ctx).Do()
		return err
	}, func(ctx context.Context, n int) (presence, error) {
		found := 0
		for _, by := range []*identitytoolkit.GoogleCloudIdentitytoolkitV1GetAccountInfoRequest{
			{LocalId: []string{id(n)}}, {Email: []string{email(n)}},
		} {
			res, err := identitytoolkit.NewProjectsAccountsService(s).Lookup(localcloudtest.Project, by).Context(ctx).Do()
			if err != nil {
				return half, err
			}
			found += len(res.Users)
		}
		return presenceOf(found, 2), nil
	}}
}

// accountKeys make a service account and then its key, which are two writes: the account alone is
// no half.
func accountKeys(c *admin.IamClient) writer {
	name := func(n int) string {
		return fmt.Sprintf("%s/serviceAccounts/account-%06d@%s.iam.gserviceaccount.com", projectName, n, localcloudtest.Project)
	}
	return writer{"account and key", func(ctx context.Context, n int) error {
		if _, err := c.CreateServiceAccount(ctx, &adminpb.CreateServiceAccountRequest{
			Name: projectName, AccountId: fmt.Sprintf("account-%06d", n),
		}); err != nil {
			return err
		}
		_, err := c.CreateServiceAccountKey(ctx, &adminpb.CreateServiceAccountKeyRequest{Name: name(n)})
		return err
	}, func(ctx context.Context, n int) (presence, error) {
		keys, err := c.ListServiceAccountKeys(ctx, &adminpb.ListServiceAccountKeysRequest{
			Name: name(n), KeyTypes: []adminpb.ListServiceAccountKeysRequest_KeyType{adminpb.ListServiceAccountKeysRequest_USER_MANAGED},
		})
		if status.Code(err) == codes.NotFound {
			return absent, nil
		}
		return presenceOf(len(keys.GetKeys()), 1), err
	}}
}

// messages are published two at a time.
func messages(topics *pubsub.TopicAdminClient, subscriptions *pubsub.SubscriptionAdminClient, received *sync.Map) writer {
	data := func(n int) []string { return []string{fmt.Sprintf("%06d first", n), fmt.Sprintf("%06d second", n)} }
	pull := func(ctx context.Context) (int, error) {
		res, err := subscriptions.Pull(ctx, &pubsubpb.PullRequest{
			//lint:ignore SA1019 the end is what we look for
			Subscription: writersSub, MaxMessages: 1000, ReturnImmediately: true,
		})
		if err != nil || len(res.ReceivedMessages) == 0 {
			return 0, err
		}
		var ids []string
		for _, m := range res.ReceivedMessages {
			received.Store(string(m.Message.Data), true)
			ids = append(ids, m.AckId)
		}
		return len(ids), subscriptions.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{Subscription: writersSub, AckIds: ids})
	}
	return writer{"publication", func(ctx context.Context, n int) error {
		req := &pubsubpb.PublishRequest{Topic: writersTopic}
		for _, d := range data(n) {
			req.Messages = append(req.Messages, &pubsubpb.PubsubMessage{Data: []byte(d)})
		}
		_, err := topics.Publish(ctx, req)
		return err
	}, func(ctx context.Context, n int) (presence, error) {
		for more := 1; more > 0; {
			var err error
			if more, err = pull(ctx); err != nil {
				return half, err
			}
		}
		found := 0
		for _, d := range data(n) {
			if _, ok := received.Load(d); ok {
				found++
			}
		}
		return presenceOf(found, 2), nil
	}}
}

// schedules are jobs that are not due for a long time.
func schedules(c *scheduler.CloudSchedulerClient) writer {
	const location = projectName + "/locations/us-central1"
	name := func(n int) string { return fmt.Sprintf("%s/jobs/%06d", location, n) }
	return writer{"job", func(ctx context.Context, n int) error {
		_, err := c.CreateJob(ctx, &schedulerpb.CreateJobRequest{Parent: location, Job: &schedulerpb.Job{
			Name: name(n), Schedule: "0 0 29 2 *",
			Target: &schedulerpb.Job_HttpTarget{HttpTarget: &schedulerpb.HttpTarget{Uri: "http://127.0.0.1:1/"}},
		}})
		return err
	}, func(ctx context.Context, n int) (presence, error) {
		_, err := c.GetJob(ctx, &schedulerpb.GetJobRequest{Name: name(n)})
		if status.Code(err) == codes.NotFound {
			return absent, nil
		}
		return whole, err
	}}
}

// isFull reports whether a service says that the disk is full.
func isFull(err error) bool {
	return codeOf(err) == codes.FailedPrecondition && strings.Contains(err.Error(), "is full")
}
