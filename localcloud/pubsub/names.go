package pubsub

import (
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

const (
	service  = "pubsub.googleapis.com"
	audience = "https://" + service + "/"
)

// The kinds of resources, as they stand in names.
const (
	topics        = "topics"
	subscriptions = "subscriptions"
)

// idForm is what Google asks of the id of a topic or subscription. It must not begin with goog,
// either.
//
// https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
var idForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._~+%-]{2,254}$`)

// projectOf cuts the project out of a name of that kind. The error is InvalidArgument.
func projectOf(kind, name string) (string, error) {
	parts := strings.Split(name, "/")
	if len(parts) != 4 || parts[0] != "projects" || parts[1] == "" || parts[2] != kind || !idForm.MatchString(parts[3]) || strings.HasPrefix(parts[3], "goog") {
		return "", status.Errorf(codes.InvalidArgument, "Invalid resource name given (name=%s): want projects/{project}/%s/{id}, with an id "+
			"of 3 to 255 letters, digits and -._~+%%, a letter first, not goog.", name, kind)
	}
	return parts[1], nil
}

// resource is the topic or subscription of that name, as a permission is asked on it. The error is
// InvalidArgument.
func resource(kind, name string) (iam.Resource, error) {
	project, err := projectOf(kind, name)
	if err != nil {
		return iam.Resource{}, err
	}
	types := map[string]string{topics: "/Topic", subscriptions: "/Subscription"}
	return iam.Resource{
		Service: service,
		Type:    service + types[kind],
		Name:    name,
		Holders: []string{name, "projects/" + project},
	}, nil
}

// onProject is a project, as Pub/Sub asks permissions on it.
func onProject(project string) iam.Resource {
	name := "projects/" + project
	return iam.Resource{Service: service, Type: "cloudresourcemanager.googleapis.com/Project", Name: name, Holders: []string{name}}
}
