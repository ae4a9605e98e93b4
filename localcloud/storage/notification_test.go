package storage_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	vkit "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	gcs "cloud.google.com/go/storage"
	"github.com/google/go-cmp/cmp"
)

// told is a message that arrived at a listener.
type told struct {
	Message struct {
		Attributes map[string]string `json:"attributes"`
		Data       []byte            `json:"data"`
	} `json:"message"`
}

type listener struct{ received chan told }

func (l listener) await(t *testing.T) told {
	t.Helper()
	select {
	case m := <-l.received:
		return m
	case <-time.After(30 * time.Second):
		t.Fatal("no notification came")
		return told{}
	}
}

func topicName(id string) string { return "projects/" + project + "/topics/" + id }

func (c *cloud) topics() *vkit.TopicAdminClient {
	c.t.Helper()
	client, err := vkit.NewTopicAdminClient(c.t.Context(), c.grpc...)
	must(c.t, err)
	c.t.Cleanup(func() { client.Close() })
	return client
}

// topic makes a topic to which those accounts may publish.
func (c *cloud) topic(id string, publishers ...string) {
	c.t.Helper()
	_, err := c.topics().CreateTopic(c.t.Context(), &pubsubpb.Topic{Name: topicName(id)})
	must(c.t, err)
	c.publishers(id, publishers...)
}

// publishers sets who may publish to a topic.
func (c *cloud) publishers(id string, publishers ...string) {
	c.t.Helper()
	var members []string
	for _, email := range publishers {
		members = append(members, "serviceAccount:"+email)
	}
	_, err := c.topics().SetIamPolicy(c.t.Context(), &iampb.SetIamPolicyRequest{Resource: topicName(id), Policy: &iampb.Policy{
		Bindings: []*iampb.Binding{{Role: "roles/pubsub.publisher", Members: members}},
	}})
	must(c.t, err)
}

// listener makes a topic that Cloud Storage may publish to, and listens to it by a push endpoint.
func (c *cloud) listener(id string) listener {
	c.t.Helper()
	agent, err := c.client(c.owner).ServiceAccount(c.t.Context(), project)
	must(c.t, err)
	c.topic(id, agent)
	l := listener{make(chan told, 10_000)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m told
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		l.received <- m
	}))
	c.t.Cleanup(server.Close)
	client, err := vkit.NewSubscriptionAdminClient(c.t.Context(), c.grpc...)
	must(c.t, err)
	defer client.Close()
	_, err = client.CreateSubscription(c.t.Context(), &pubsubpb.Subscription{
		Name: "projects/" + project + "/subscriptions/" + id, Topic: topicName(id), PushConfig: &pubsubpb.PushConfig{PushEndpoint: server.URL},
	})
	must(c.t, err)
	return l
}

// notify gives a bucket a notification configuration, as the owner.
func (c *cloud) notify(bucket string, n *gcs.Notification) *gcs.Notification {
	c.t.Helper()
	n.TopicProjectID = project
	if n.PayloadFormat == "" {
		n.PayloadFormat = gcs.JSONPayload
	}
	made, err := c.client(c.owner).Bucket(bucket).AddNotification(c.t.Context(), n)
	must(c.t, err)
	return made
}

func TestNotifications(t *testing.T) {
	c := newCloud(t)
	_, _, bucket := c.tenant("tn-aaaaaaaaaa")
	name := project + "-tn-aaaaaaaaaa"
	l := c.listener("uploads")
	n := c.notify(name, &gcs.Notification{TopicID: "uploads", ObjectNamePrefix: "in/", CustomAttributes: map[string]string{"colour": "red"}})

	write(t, bucket.Object("elsewhere"), []byte("x"))
	first := write(t, bucket.Object("in/o"), []byte("first"))
	second := write(t, bucket.Object("in/o"), []byte("second!"))
	changed, err := bucket.Object("in/o").Update(t.Context(), gcs.ObjectAttrsToUpdate{ContentType: "a/b"})
	must(t, err)
	_, err = bucket.Object("in/p").CopierFrom(bucket.Object("in/o")).Run(t.Context())
	must(t, err)
	must(t, bucket.Object("in/o").Delete(t.Context()))

	type event struct {
		Type, Object, Generation, Overwrote, By, Size string
	}
	number := func(g int64) string { return fmt.Sprint(g) }
	want := map[event]bool{
		{"OBJECT_FINALIZE", "in/o", number(first.Generation), "", "", "5"}:                        true,
		{"OBJECT_FINALIZE", "in/o", number(second.Generation), number(first.Generation), "", "7"}: true,
		{"OBJECT_DELETE", "in/o", number(first.Generation), "", number(second.Generation), "5"}:   true,
		{"OBJECT_METADATA_UPDATE", "in/o", number(changed.Generation), "", "", "7"}:               true,
		{"OBJECT_FINALIZE", "in/p", "", "", "", "7"}:                                              true,
		{"OBJECT_DELETE", "in/o", number(second.Generation), "", "", "7"}:                         true,
	}
	got := map[event]bool{}
	for range want {
		m := l.await(t).Message
		a := m.Attributes
		var o struct{ Kind, Name, Bucket, Size, Generation string }
		if err := json.Unmarshal(m.Data, &o); err != nil || o.Kind != "storage#object" || o.Name != a["objectId"] || o.Bucket != name || o.Generation != a["objectGeneration"] {
			t.Errorf("the payload of %v is %s", a, m.Data)
		}
		e := event{a["eventType"], a["objectId"], a["objectGeneration"], a["overwroteGeneration"], a["overwrittenByGeneration"], o.Size}
		if e.Object == "in/p" {
			e.Generation = ""
		}
		got[e] = true
		if _, err := time.Parse(time.RFC3339, a["eventTime"]); err != nil || a["bucketId"] != name || a["colour"] != "red" || a["payloadFormat"] != "JSON_API_V1" ||
			a["notificationConfig"] != "projects/_/buckets/"+name+"/notificationConfigs/"+n.ID {
			t.Errorf("the attributes are %v", a)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A bucket that keeps versions says that it archived what it did not delete.
func TestNotificationsOfVersions(t *testing.T) {
	c := newCloud(t)
	c.bucket("versions", &gcs.BucketAttrs{VersioningEnabled: true})
	l := c.listener("uploads")
	c.notify("versions", &gcs.Notification{TopicID: "uploads", PayloadFormat: gcs.NoPayload, EventTypes: []string{gcs.ObjectArchiveEvent, gcs.ObjectDeleteEvent}})
	o := c.client(c.owner).Bucket("versions").Object("o")
	first := write(t, o, []byte("first"))
	second := write(t, o, []byte("second"))
	m := l.await(t).Message
	if a := m.Attributes; len(m.Data) != 0 || a["payloadFormat"] != "NONE" || a["eventType"] != "OBJECT_ARCHIVE" ||
		a["objectGeneration"] != fmt.Sprint(first.Generation) || a["overwrittenByGeneration"] != fmt.Sprint(second.Generation) {
		t.Errorf("%v, payload %q", a, m.Data)
	}
	must(t, o.Generation(first.Generation).Delete(t.Context()))
	if a := l.await(t).Message.Attributes; a["eventType"] != "OBJECT_DELETE" || a["objectGeneration"] != fmt.Sprint(first.Generation) {
		t.Errorf("%v", a)
	}
}

func TestNotificationConfigurations(t *testing.T) {
	c := newCloud(t)
	_, key, _ := c.tenant("tn-aaaaaaaaaa")
	name := project + "-tn-aaaaaaaaaa"
	c.listener("uploads")
	b := c.client(c.owner).Bucket(name)
	before, err := b.Attrs(t.Context())
	must(t, err)
	made := c.notify(name, &gcs.Notification{TopicID: "uploads", EventTypes: []string{gcs.ObjectDeleteEvent}, ObjectNamePrefix: "in/", CustomAttributes: map[string]string{"a": "b"}})
	gone := c.notify(name, &gcs.Notification{TopicID: "uploads"})
	must(t, b.DeleteNotification(t.Context(), gone.ID))
	if err := b.DeleteNotification(t.Context(), gone.ID); code(err) != 404 {
		t.Errorf("deleting it twice: %v", err)
	}
	c.restart()
	b = c.client(c.owner).Bucket(name)
	all, err := b.Notifications(t.Context())
	must(t, err)
	if diff := cmp.Diff(map[string]*gcs.Notification{made.ID: made}, all); diff != "" {
		t.Error(diff)
	}
	after, err := b.Attrs(t.Context())
	must(t, err)
	if before.MetaGeneration != after.MetaGeneration {
		t.Errorf("metageneration %d became %d", before.MetaGeneration, after.MetaGeneration)
	}
	if next := c.notify(name, &gcs.Notification{TopicID: "uploads"}); next.ID == gone.ID {
		t.Error("an id was used twice")
	}
	tenants := c.client(key).Bucket(name)
	_, err = tenants.Notifications(t.Context())
	if code(err) != 403 {
		t.Errorf("listed without storage.buckets.get: %v", err)
	}
	_, err = tenants.AddNotification(t.Context(), &gcs.Notification{TopicProjectID: project, TopicID: "uploads", PayloadFormat: gcs.JSONPayload})
	if code(err) != 403 {
		t.Errorf("made without storage.buckets.update: %v", err)
	}
	if err := tenants.DeleteNotification(t.Context(), made.ID); code(err) != 403 {
		t.Errorf("deleted without storage.buckets.update: %v", err)
	}
}

func TestANotificationIsRefused(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("notified", nil)
	c.listener("uploads")
	c.topic("closed")
	add := func(n gcs.Notification) error {
		if n.TopicProjectID == "" {
			n.TopicProjectID = project
		}
		if n.TopicID == "" {
			n.TopicID = "uploads"
		}
		if n.PayloadFormat == "" {
			n.PayloadFormat = gcs.NoPayload
		}
		_, err := b.AddNotification(t.Context(), &n)
		return err
	}
	for what, test := range map[string]struct {
		n    gcs.Notification
		want int
	}{
		"a topic that the agent may not publish to": {gcs.Notification{TopicID: "closed"}, 403},
		"a topic that is not there":                 {gcs.Notification{TopicID: "missing"}, 403},
		"a topic of another project":                {gcs.Notification{TopicProjectID: "elsewhere"}, 403},
		"no topic":                                  {gcs.Notification{TopicID: "a/b"}, 400},
		"an unknown event":                          {gcs.Notification{EventTypes: []string{"OBJECT_READ"}}, 400},
		"an event twice":                            {gcs.Notification{EventTypes: []string{gcs.ObjectDeleteEvent, gcs.ObjectDeleteEvent}}, 400},
		"an unknown payload":                        {gcs.Notification{PayloadFormat: "XML"}, 400},
		"a reserved attribute":                      {gcs.Notification{CustomAttributes: map[string]string{"googx": "y"}}, 400},
	} {
		if err := add(test.n); code(err) != test.want {
			t.Errorf("%s: %v, want %d", what, err, test.want)
		}
	}
	for range 10 {
		must(t, add(gcs.Notification{EventTypes: []string{gcs.ObjectDeleteEvent}}))
	}
	if err := add(gcs.Notification{EventTypes: []string{gcs.ObjectDeleteEvent}}); code(err) != 400 {
		t.Errorf("an eleventh for one event: %v", err)
	}
	if err := add(gcs.Notification{}); code(err) != 400 {
		t.Errorf("an eleventh for one event, by wanting all: %v", err)
	}
	must(t, add(gcs.Notification{EventTypes: []string{gcs.ObjectFinalizeEvent}}))
}

// What the topic's policy says when the event is delivered counts. A refused event waits; it is not
// lost.
func TestTheAgentIsAskedAtEachDelivery(t *testing.T) {
	c := newCloud(t)
	b := c.bucket("notified", nil)
	l, open := c.listener("uploads"), c.listener("z-open")
	c.notify("notified", &gcs.Notification{TopicID: "uploads"})
	c.notify("notified", &gcs.Notification{TopicID: "z-open"})
	c.publishers("uploads")
	write(t, b.Object("o"), []byte("x"))
	open.await(t) // topics are told in the order of their names, and none holds up another
	denied := false
	for _, d := range c.iam.Decisions(1000) {
		denied = denied || d.Caller == c.iam.StorageAgent().Email && !d.Allowed && d.Resource == topicName("uploads")
	}
	if n := len(l.received); n != 0 || !denied {
		t.Errorf("%d arrived; denied: %v", n, denied)
	}
	c.publishers("uploads", c.iam.StorageAgent().Email)
	if got := l.await(t).Message.Attributes["objectId"]; got != "o" {
		t.Errorf("object %q", got)
	}
}
