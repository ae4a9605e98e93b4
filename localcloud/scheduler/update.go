package scheduler

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// outputs are the fields that an update leaves as they are, whatever the request says of them.
var outputs = []string{"name", "user_update_time", "state", "status", "schedule_time", "last_attempt_time"}

// UpdateJob changes the fields of a job that the mask names; without a mask, those that the request
// sets. Whoever changes what a job sends, and as whom, needs iam.serviceAccounts.actAs on the
// account.
func (sr server) UpdateJob(ctx context.Context, req *schedulerpb.UpdateJobRequest) (*schedulerpb.Job, error) {
	paths := req.GetUpdateMask().GetPaths()
	if len(paths) == 0 {
		req.Job.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
			paths = append(paths, string(f.Name()))
			return true
		})
	}
	return sr.s.edit(req.Job.Name, func(j *job) error {
		was := proto.CloneOf(j.pb)
		for _, path := range paths {
			if err := copyField(j.pb.ProtoReflect(), req.Job.ProtoReflect(), path); err != nil {
				return err
			}
		}
		var err error
		if j.schedule, err = sr.s.complete(j.pb); err != nil {
			return err
		}
		now := sr.s.cfg.Now()
		j.pb.UserUpdateTime = timestamppb.New(now)
		j.due, _ = j.schedule.next(now)
		if proto.Equal(was.GetHttpTarget(), j.pb.GetHttpTarget()) {
			return nil
		}
		return sr.s.push.MayActAs(ctx, j.pb.GetHttpTarget().GetOidcToken().GetServiceAccountEmail())
	})
}

// copyField replaces the field of a job that path names, such as http_target.uri, by another job's.
// The error is InvalidArgument: there is no such field.
func copyField(to, from protoreflect.Message, path string) error {
	name, rest, inner := strings.Cut(path, ".")
	if slices.Contains(outputs, name) {
		return nil
	}
	return copyPath(to, from, path, name, rest, inner)
}

func copyPath(to, from protoreflect.Message, path, name, rest string, inner bool) error {
	f := to.Descriptor().Fields().ByName(protoreflect.Name(name))
	if f == nil || inner && (f.Kind() != protoreflect.MessageKind || f.IsMap()) {
		return invalid("Invalid update_mask provided in the request: %q names no field of a job.", path)
	}
	if inner {
		name, rest, inner := strings.Cut(rest, ".")
		return copyPath(to.Mutable(f).Message(), from.Get(f).Message(), path, name, rest, inner)
	}
	if !from.Has(f) {
		to.Clear(f)
		return nil
	}
	// A copy: what the request holds is not completed with the job.
	copied := proto.Clone(from.Interface()).ProtoReflect()
	to.Set(f, copied.Get(f))
	return nil
}
