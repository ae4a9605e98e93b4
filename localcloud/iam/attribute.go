package iam

import (
	"errors"
	"maps"
	"reflect"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/protobuf/proto"
)

// The API attributes: what a service tells conditions about a request, beside its resource.
//
// https://cloud.google.com/iam/docs/conditions-attribute-reference#api-attributes
const (
	// ObjectListPrefix is the prefix that a list of objects asks for: a string.
	ObjectListPrefix = "storage.googleapis.com/objectListPrefix"
	// ModifiedGrantsByRole are the roles of which a new allow policy grants more or less than the
	// old: a list of strings.
	ModifiedGrantsByRole = "iam.googleapis.com/modifiedGrantsByRole"
)

// ModifiedGrants are the attributes of a request that replaces the policy of holder by pb. Who asks
// [Service.Check] for the permission to set a policy adds them to the resource: a condition that
// limits the roles that may be granted is true of a request that says nothing of them, as it is on
// Google for what does not know the attribute.
func (s *Service) ModifiedGrants(holder string, pb *iampb.Policy) map[string]any {
	s.mu.RLock()
	old := s.state.policies[holder]
	s.mu.RUnlock()
	var before *iampb.Policy
	if old != nil {
		before = old.pb
	}
	return map[string]any{ModifiedGrantsByRole: modifiedRoles(before, normalize(pb))}
}

// granting is resource for a message that replaces the resource's policy.
func (s *Service) granting(resource func(string, proto.Message) (Resource, error)) func(string, proto.Message) (Resource, error) {
	return func(project string, req proto.Message) (Resource, error) {
		r, err := resource(project, req)
		if m, ok := req.(*iampb.SetIamPolicyRequest); ok && err == nil {
			r.Attributes = s.ModifiedGrants(r.Name, m.GetPolicy())
		}
		return r, err
	}
}

// modifiedRoles returns the roles whose bindings differ, in order.
func modifiedRoles(before, after *iampb.Policy) []string {
	was, is := bindingsByRole(before), bindingsByRole(after)
	modified := []string{}
	for role := range is {
		if !maps.Equal(was[role], is[role]) {
			modified = append(modified, role)
		}
	}
	for role := range was {
		if is[role] == nil {
			modified = append(modified, role)
		}
	}
	slices.Sort(modified)
	return modified
}

// bindingsByRole is the set of members and conditions of each role.
func bindingsByRole(pb *iampb.Policy) map[string]map[[2]string]bool {
	all := map[string]map[[2]string]bool{}
	for _, b := range pb.GetBindings() {
		condition, _ := proto.MarshalOptions{Deterministic: true}.Marshal(b.GetCondition())
		for _, m := range b.GetMembers() {
			if all[b.GetRole()] == nil {
				all[b.GetRole()] = map[[2]string]bool{}
			}
			all[b.GetRole()][[2]string{m, string(condition)}] = true
		}
	}
	return all
}

// apiType is the type of the variable api, of which a condition can get attributes and nothing
// else.
var apiType = cel.OpaqueType("google.iam.api")

// api is the value of that variable: the attributes of a request, by name.
type api map[string]any

func (a api) ConvertToNative(reflect.Type) (any, error) {
	return nil, errors.New("api has no native form")
}
func (a api) ConvertToType(ref.Type) ref.Val { return types.NewErr("api has no other type") }
func (a api) Equal(ref.Val) ref.Val          { return types.False }
func (a api) Type() ref.Type                 { return apiType }
func (a api) Value() any                     { return map[string]any(a) }

// getAttribute is api.getAttribute(name, default): the default when the request has no such
// attribute, and an error when the attribute is of another type than the default, so that the
// condition is false.
func getAttribute(args ...ref.Val) ref.Val {
	value, ok := args[0].(api)[string(args[1].(types.String))]
	if !ok {
		return args[2]
	}
	v := types.DefaultTypeAdapter.NativeToValue(value)
	if v.Type().TypeName() != args[2].Type().TypeName() {
		return types.NewErr("attribute %v is not of type %s", args[1], args[2].Type().TypeName())
	}
	return v
}

// hasOnly reports whether the second list has all that is in the first.
func hasOnly(list, allowed ref.Val) ref.Val {
	for it := list.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		if allowed.(traits.Lister).Contains(it.Next()) != types.True {
			return types.False
		}
	}
	return types.True
}
