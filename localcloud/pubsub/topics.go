package pubsub

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/emptypb"
)

// publisher is google.pubsub.v1.Publisher. What it does not implement answers Unimplemented.
type publisher struct {
	pubsubpb.UnimplementedPublisherServer
	s *Service
}

// checkTopic refuses settings that the service could not keep its word on.
func checkTopic(t *pubsubpb.Topic) error {
	switch {
	case t.MessageStoragePolicy != nil:
		return unsupported("message storage policies")
	case t.KmsKeyName != "":
		return unsupported("customer-managed encryption keys")
	case t.SchemaSettings != nil:
		return unsupported("schemas")
	case t.MessageRetentionDuration != nil:
		return unsupported("message retention by topics")
	case t.IngestionDataSourceSettings != nil:
		return unsupported("ingestion from other sources")
	case len(t.MessageTransforms) > 0:
		return unsupported("message transforms")
	case len(t.Tags) > 0:
		return unsupported("tags")
	}
	return checkLabels(t.Labels)
}

func checkLabels(labels map[string]string) error {
	if len(labels) > 64 {
		return invalid("There are at most 64 labels.")
	}
	for k, v := range labels {
		if k == "" || len(k) > 63 || len(v) > 63 || k+v != strings.ToLower(k+v) {
			return invalid("Invalid label: %q.", k)
		}
	}
	return nil
}

func (p publisher) CreateTopic(_ context.Context, req *pubsubpb.Topic) (*pubsubpb.Topic, error) {
	if _, err := projectOf(topics, req.Name); err != nil {
		return nil, err
	}
	if err := checkTopic(req); err != nil {
		return nil, err
	}
	p.s.administering.Lock()
	defer p.s.administering.Unlock()
	t := &pubsubpb.Topic{Name: req.Name, Labels: req.Labels, State: pubsubpb.Topic_ACTIVE}
	if _, err := p.s.store.Topic(t.Name); err != nil {
		// Left over from a topic of this name whose deletion a crash cut short: nobody gets its
		// rights.
		if err := p.s.cfg.IAM.DeletePolicy(t.Name); err != nil {
			return nil, err
		}
	}
	return t, refusal(p.s.store.CreateTopic(t))
}

func (p publisher) GetTopic(_ context.Context, req *pubsubpb.GetTopicRequest) (*pubsubpb.Topic, error) {
	t, err := p.s.store.Topic(req.Topic)
	return t, refusal(err)
}

// UpdateTopic changes labels, the one setting there is.
func (p publisher) UpdateTopic(_ context.Context, req *pubsubpb.UpdateTopicRequest) (*pubsubpb.Topic, error) {
	if len(req.GetUpdateMask().GetPaths()) == 0 {
		return nil, invalid("The update_mask must be specified and non-empty.")
	}
	t, err := p.s.store.UpdateTopic(req.Topic.Name, func(t *pubsubpb.Topic) error {
		changed := proto.CloneOf(t)
		if err := merge(changed, req.Topic, req.UpdateMask.Paths, nil); err != nil {
			return err
		}
		if err := checkTopic(changed); err != nil {
			return err
		}
		t.Labels = changed.Labels
		return nil
	})
	return t, refusal(err)
}

func (p publisher) DeleteTopic(_ context.Context, req *pubsubpb.DeleteTopicRequest) (*emptypb.Empty, error) {
	p.s.administering.Lock()
	defer p.s.administering.Unlock()
	if err := p.s.store.DeleteTopic(req.Topic); err != nil {
		return nil, refusal(err)
	}
	return &emptypb.Empty{}, p.s.cfg.IAM.DeletePolicy(req.Topic)
}

func (p publisher) ListTopics(_ context.Context, req *pubsubpb.ListTopicsRequest) (*pubsubpb.ListTopicsResponse, error) {
	page, more, err := p.s.store.Topics(req.Project+"/topics/", req.PageToken, pageSize(req.PageSize))
	if err != nil {
		return nil, refusal(err)
	}
	res := &pubsubpb.ListTopicsResponse{Topics: page}
	if more {
		res.NextPageToken = page[len(page)-1].Name
	}
	return res, nil
}

func (p publisher) ListTopicSubscriptions(_ context.Context, req *pubsubpb.ListTopicSubscriptionsRequest) (*pubsubpb.ListTopicSubscriptionsResponse, error) {
	page, more, err := p.s.store.Attached(req.Topic, req.PageToken, pageSize(req.PageSize))
	if err != nil {
		return nil, refusal(err)
	}
	res := &pubsubpb.ListTopicSubscriptionsResponse{Subscriptions: page}
	if more {
		res.NextPageToken = page[len(page)-1]
	}
	return res, nil
}

func pageSize(asked int32) int {
	if asked <= 0 {
		return 100
	}
	return int(min(asked, 1000))
}

// merge replaces the fields of to that the mask names by those of from. Fields that cannot change
// are refused, and so is a path into a field.
func merge(to, from proto.Message, paths, fixed []string) error {
	dst, src := to.ProtoReflect(), from.ProtoReflect()
	for _, path := range paths {
		f := dst.Descriptor().Fields().ByName(protoreflect.Name(path))
		if f == nil || path == "name" || slices.Contains(fixed, path) {
			return invalid("Invalid update_mask provided in the request: %q is not a field that can be updated.", path)
		}
		if src.Has(f) {
			dst.Set(f, src.Get(f))
		} else {
			dst.Clear(f)
		}
	}
	return nil
}
