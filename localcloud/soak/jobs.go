package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"cloud.google.com/go/firestore"
	fsadmin "cloud.google.com/go/firestore/apiv1/admin"
	fsadminpb "cloud.google.com/go/firestore/apiv1/admin/adminpb"
	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/storage"
	"google.golang.org/api/identitytoolkit/v1"
	"google.golang.org/api/option"
)

// documents writes, counts, queries and watches a collection.
func documents(ctx context.Context, p *process) ([]job, error) {
	databases, err := fsadmin.NewFirestoreAdminClient(ctx, p.grpc()...)
	if err != nil {
		return nil, err
	}
	defer databases.Close()
	op, err := databases.CreateDatabase(ctx, &fsadminpb.CreateDatabaseRequest{
		Parent: "projects/" + project, DatabaseId: "soak",
		Database: &fsadminpb.Database{LocationId: "nam5", Type: fsadminpb.Database_FIRESTORE_NATIVE},
	})
	if err != nil {
		return nil, err
	}
	if _, err := op.Wait(ctx); err != nil {
		return nil, err
	}
	c, err := firestore.NewClientWithDatabase(ctx, project, "soak", p.grpc()...)
	if err != nil {
		return nil, err
	}
	notes := c.Collection("notes")
	doc := func(n int) *firestore.DocumentRef { return notes.Doc(fmt.Sprintf("%09d", n)) }
	turn := func(ctx context.Context, n int) error {
		err := c.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
			return errors.Join(tx.Set(doc(n), map[string]any{"n": n, "text": "soaking"}), tx.Delete(doc(n-kept)))
		})
		if err != nil {
			return err
		}
		_, err = notes.Where("n", ">", n-10).OrderBy("n", firestore.Desc).Documents(ctx).GetAll()
		return err
	}
	const every = 200 * time.Millisecond
	if err := crowd(ctx, notes.Doc("crowd")); err != nil {
		return nil, err
	}
	written, err := age(ctx, p, every, turn)
	if err != nil {
		return nil, err
	}
	watched := notes.Snapshots(ctx)
	return []job{
		{"documents", every, func(ctx context.Context, n int) error { return turn(ctx, written+n) }},
		{"watching", time.Millisecond, func(context.Context, int) error {
			_, err := watched.Next()
			return err
		}},
	}, nil
}

// objects uploads, at once and in parts, reads and deletes.
func objects(ctx context.Context, p *process) ([]job, error) {
	c, err := storage.NewClient(ctx, option.WithEndpoint(p.Storage+"/storage/v1/"),
		option.WithAuthCredentialsJSON(option.ServiceAccount, p.ownerKey), storage.WithJSONReads())
	if err != nil {
		return nil, err
	}
	bucket := c.Bucket(project + "-soak")
	if err := bucket.Create(ctx, project, nil); err != nil {
		return nil, err
	}
	object := func(n int) *storage.ObjectHandle { return bucket.Object(fmt.Sprintf("o/%09d", n)) }
	const kept = 10 // beside more of them, what else grows in the folder would not show
	return []job{{"objects", 300 * time.Millisecond, func(ctx context.Context, n int) error {
		w, size := object(n).NewWriter(ctx), 10<<10
		w.ChunkSize = 0
		if n%2 == 0 {
			w.ChunkSize, size = 256<<10, 310<<10
		}
		_, err := w.Write(bytes.Repeat([]byte("s"), size))
		if err := errors.Join(err, w.Close()); err != nil {
			return err
		}
		r, err := object(n).NewReader(ctx)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return err
		}
		if n < kept {
			return r.Close()
		}
		return errors.Join(r.Close(), object(n-kept).Delete(ctx))
	}}}, nil
}

// users makes people, looks them up and deletes them.
func users(ctx context.Context, p *process) ([]job, error) {
	client, err := p.http(ctx)
	if err != nil {
		return nil, err
	}
	s, err := identitytoolkit.NewService(ctx, client)
	if err != nil {
		return nil, err
	}
	of := identitytoolkit.NewProjectsAccountsService(s)
	id := func(n int) string { return fmt.Sprintf("person-%09d", n) }
	return []job{{"users", 300 * time.Millisecond, func(ctx context.Context, n int) error {
		_, err := s.Projects.Accounts(project, &identitytoolkit.GoogleCloudIdentitytoolkitV1SignUpRequest{
			LocalId: id(n), Email: id(n) + "@example.com", DisplayName: "Soaking",
		}).Context(ctx).Do()
		if err != nil {
			return err
		}
		if _, err := of.Lookup(project, &identitytoolkit.GoogleCloudIdentitytoolkitV1GetAccountInfoRequest{
			Email: []string{id(n) + "@example.com"},
		}).Context(ctx).Do(); err != nil || n < kept {
			return err
		}
		_, err = of.Delete(project, &identitytoolkit.GoogleCloudIdentitytoolkitV1DeleteAccountRequest{
			LocalId: id(n - kept),
		}).Context(ctx).Do()
		return err
	}}}, nil
}

// accounts makes service accounts with keys and deletes them.
func accounts(ctx context.Context, p *process) ([]job, error) {
	c, err := admin.NewIamClient(ctx, p.grpc()...)
	if err != nil {
		return nil, err
	}
	return []job{{"accounts", 2 * time.Second, func(ctx context.Context, n int) error {
		a, err := c.CreateServiceAccount(ctx, &adminpb.CreateServiceAccountRequest{
			Name: "projects/" + project, AccountId: fmt.Sprintf("account-%06d", n),
		})
		if err != nil {
			return err
		}
		if _, err := c.CreateServiceAccountKey(ctx, &adminpb.CreateServiceAccountKeyRequest{Name: a.Name}); err != nil {
			return err
		}
		return c.DeleteServiceAccount(ctx, &adminpb.DeleteServiceAccountRequest{Name: a.Name})
	}}}, nil
}

// messages publishes, pulls and acknowledges.
func messages(ctx context.Context, p *process) ([]job, error) {
	const topic, subscription = "projects/" + project + "/topics/soak", "projects/" + project + "/subscriptions/soak"
	topics, err := pubsub.NewTopicAdminClient(ctx, p.grpc()...)
	if err != nil {
		return nil, err
	}
	if _, err := topics.CreateTopic(ctx, &pubsubpb.Topic{Name: topic}); err != nil {
		return nil, err
	}
	subscriptions, err := pubsub.NewSubscriptionAdminClient(ctx, p.grpc()...)
	if err != nil {
		return nil, err
	}
	if _, err := subscriptions.CreateSubscription(ctx, &pubsubpb.Subscription{Name: subscription, Topic: topic}); err != nil {
		return nil, err
	}
	return []job{{"messages", 200 * time.Millisecond, func(ctx context.Context, _ int) error {
		if _, err := topics.Publish(ctx, &pubsubpb.PublishRequest{
			Topic: topic, Messages: []*pubsubpb.PubsubMessage{{Data: []byte("soaking")}},
		}); err != nil {
			return err
		}
		res, err := subscriptions.Pull(ctx, &pubsubpb.PullRequest{Subscription: subscription, MaxMessages: 100})
		if err != nil {
			return err
		}
		var ids []string
		for _, m := range res.ReceivedMessages {
			ids = append(ids, m.AckId)
		}
		return subscriptions.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{Subscription: subscription, AckIds: ids})
	}}}, nil
}
