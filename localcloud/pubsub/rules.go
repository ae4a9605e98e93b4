package pubsub

import (
	"strings"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// Rules is the permission map of the services that Register adds: a row for each of their methods,
// those among them that answer Unimplemented. What a method needs on a second resource, its handler
// asks.
//
// https://cloud.google.com/pubsub/docs/access-control#required_permissions
func Rules() map[string]iam.Rule {
	rules := map[string]iam.Rule{}
	row := func(service, permission string, on func(string, proto.Message) (iam.Resource, error), methods ...string) {
		for _, m := range methods {
			rules["/google.pubsub.v1."+service+"/"+m] = iam.Rule{Audience: audience, Permission: permission, Resource: on}
		}
	}
	row("Publisher", "pubsub.topics.create", onOwnProject, "CreateTopic")
	row("Publisher", "pubsub.topics.list", onOwnProject, "ListTopics")
	row("Publisher", "pubsub.topics.get", onTopic, "GetTopic", "ListTopicSubscriptions", "ListTopicSnapshots")
	row("Publisher", "pubsub.topics.update", onTopic, "UpdateTopic")
	row("Publisher", "pubsub.topics.delete", onTopic, "DeleteTopic")
	row("Publisher", "pubsub.topics.publish", onTopic, "Publish")
	row("Publisher", "pubsub.topics.detachSubscription", onOwnProject, "DetachSubscription")

	row("Subscriber", "pubsub.subscriptions.create", onOwnProject, "CreateSubscription")
	row("Subscriber", "pubsub.subscriptions.list", onOwnProject, "ListSubscriptions")
	row("Subscriber", "pubsub.subscriptions.get", onSubscription, "GetSubscription")
	row("Subscriber", "pubsub.subscriptions.update", onSubscription, "UpdateSubscription", "ModifyPushConfig")
	row("Subscriber", "pubsub.subscriptions.delete", onSubscription, "DeleteSubscription")
	row("Subscriber", "pubsub.subscriptions.consume", onSubscription, "Pull", "StreamingPull", "Acknowledge", "ModifyAckDeadline", "Seek")
	for method, permission := range map[string]string{"GetSnapshot": "get", "ListSnapshots": "list", "CreateSnapshot": "create", "UpdateSnapshot": "update", "DeleteSnapshot": "delete"} {
		row("Subscriber", "pubsub.snapshots."+permission, onOwnProject, method)
	}
	for method, permission := range map[string]string{
		"CreateSchema": "create", "GetSchema": "get", "ListSchemas": "list", "ListSchemaRevisions": "listRevisions", "CommitSchema": "commit",
		"RollbackSchema": "rollback", "DeleteSchemaRevision": "delete", "DeleteSchema": "delete", "ValidateSchema": "validate", "ValidateMessage": "validate",
	} {
		row("SchemaService", "pubsub.schemas."+permission, onOwnProject, method)
	}
	stream := rules["/google.pubsub.v1.Subscriber/StreamingPull"]
	stream.NamedOnce = true
	rules["/google.pubsub.v1.Subscriber/StreamingPull"] = stream
	return rules
}

// named is what a request names, in whichever of its fields.
func named(req proto.Message) string {
	switch m := req.(type) {
	case interface{ GetProject() string }:
		return m.GetProject()
	case interface{ GetParent() string }:
		return m.GetParent()
	case *pubsubpb.UpdateTopicRequest:
		return m.GetTopic().GetName()
	case *pubsubpb.UpdateSubscriptionRequest:
		return m.GetSubscription().GetName()
	case *pubsubpb.UpdateSnapshotRequest:
		return m.GetSnapshot().GetName()
	case interface{ GetName() string }: // before GetTopic: a Subscription has both
		return m.GetName()
	case interface{ GetTopic() string }:
		return m.GetTopic()
	case interface{ GetSubscription() string }:
		return m.GetSubscription()
	case interface{ GetSnapshot() string }:
		return m.GetSnapshot()
	}
	return ""
}

// onOwnProject is the project that a request names, by itself or with what lies in it.
func onOwnProject(_ string, req proto.Message) (iam.Resource, error) {
	parts := strings.Split(named(req), "/")
	if len(parts) < 2 || parts[0] != "projects" || parts[1] == "" {
		return iam.Resource{}, status.Errorf(codes.InvalidArgument, "%q names nothing in a project.", named(req))
	}
	return onProject(parts[1]), nil
}

func onTopic(_ string, req proto.Message) (iam.Resource, error) { return resource(topics, named(req)) }

func onSubscription(_ string, req proto.Message) (iam.Resource, error) {
	return resource(subscriptions, named(req))
}
