package iam

import (
	"strings"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

const (
	iamService       = "iam.googleapis.com"
	iamAudience      = "https://iam.googleapis.com/"
	projectsService  = "cloudresourcemanager.googleapis.com"
	projectsAudience = "https://cloudresourcemanager.googleapis.com/"
)

// Register adds the IAM Admin API, Resource Manager's Projects and IAMPolicy to a gRPC server,
// which must have the interceptors of s in place, with rules that include Rules.
func (s *Service) Register(g *grpc.Server) {
	adminpb.RegisterIAMServer(g, &adminServer{s: s})
	resourcemanagerpb.RegisterProjectsServer(g, projectsServer{s: s})
	iampb.RegisterIAMPolicyServer(g, policyServer{s: s})
}

// Rules is the permission map of the services that Register adds: a row for each of their methods,
// those among them that answer Unimplemented.
func (s *Service) Rules() map[string]Rule {
	rules := s.policyRules()
	admin := func(permission string, resource func(string, proto.Message) (Resource, error), methods ...string) {
		for _, m := range methods {
			rules["/google.iam.admin.v1.IAM/"+m] = Rule{Audience: iamAudience, Permission: permission, Resource: resource}
		}
	}
	admin("iam.serviceAccounts.list", onProject, "ListServiceAccounts")
	admin("iam.serviceAccounts.create", onProject, "CreateServiceAccount")
	admin("iam.serviceAccounts.get", s.onAccount, "GetServiceAccount")
	admin("iam.serviceAccounts.update", s.onAccount, "PatchServiceAccount", "UpdateServiceAccount")
	admin("iam.serviceAccounts.delete", s.onAccount, "DeleteServiceAccount")
	admin("iam.serviceAccounts.undelete", s.onAccount, "UndeleteServiceAccount")
	admin("iam.serviceAccounts.disable", s.onAccount, "DisableServiceAccount")
	admin("iam.serviceAccounts.enable", s.onAccount, "EnableServiceAccount")
	admin("iam.serviceAccounts.getIamPolicy", s.onAccount, "GetIamPolicy")
	admin("iam.serviceAccounts.setIamPolicy", s.granting(s.onAccount), "SetIamPolicy")
	admin("iam.serviceAccounts.signBlob", s.onAccount, "SignBlob")
	admin("iam.serviceAccounts.signJwt", s.onAccount, "SignJwt")
	admin("iam.serviceAccountKeys.list", s.onAccount, "ListServiceAccountKeys")
	admin("iam.serviceAccountKeys.get", s.onAccount, "GetServiceAccountKey")
	admin("iam.serviceAccountKeys.create", s.onAccount, "CreateServiceAccountKey", "UploadServiceAccountKey")
	admin("iam.serviceAccountKeys.delete", s.onAccount, "DeleteServiceAccountKey")
	admin("iam.serviceAccountKeys.disable", s.onAccount, "DisableServiceAccountKey")
	admin("iam.serviceAccountKeys.enable", s.onAccount, "EnableServiceAccountKey")
	admin("iam.roles.create", onProject, "CreateRole")
	admin("iam.roles.update", onProject, "UpdateRole")
	admin("iam.roles.delete", onProject, "DeleteRole")
	admin("iam.roles.undelete", onProject, "UndeleteRole")
	admin("iam.roles.get", onProject, "GetRole")
	admin("iam.roles.list", onProject, "ListRoles")
	for _, m := range []string{"GetRole", "ListRoles"} {
		rule := rules["/google.iam.admin.v1.IAM/"+m]
		rule.AnyoneFor = predefined
		rules["/google.iam.admin.v1.IAM/"+m] = rule
	}
	admin("resourcemanager.projects.getIamPolicy", onProject, "LintPolicy", "QueryAuditableServices")
	for _, m := range []string{"TestIamPermissions", "QueryGrantableRoles", "QueryTestablePermissions"} {
		rules["/google.iam.admin.v1.IAM/"+m] = Rule{Audience: iamAudience, Anyone: true}
	}

	projects := func(permission string, methods ...string) {
		for _, m := range methods {
			rules["/google.cloud.resourcemanager.v3.Projects/"+m] = Rule{
				Audience: projectsAudience, Permission: permission, Resource: s.granting(s.onNamedProject),
			}
		}
	}
	projects("resourcemanager.projects.get", "GetProject")
	projects("resourcemanager.projects.getIamPolicy", "GetIamPolicy")
	projects("resourcemanager.projects.setIamPolicy", "SetIamPolicy")
	projects("resourcemanager.projects.list", "ListProjects", "SearchProjects")
	projects("resourcemanager.projects.create", "CreateProject")
	projects("resourcemanager.projects.update", "UpdateProject")
	projects("resourcemanager.projects.move", "MoveProject")
	projects("resourcemanager.projects.delete", "DeleteProject")
	projects("resourcemanager.projects.undelete", "UndeleteProject")
	rules["/google.cloud.resourcemanager.v3.Projects/TestIamPermissions"] = Rule{Audience: projectsAudience, Anyone: true}
	return rules
}

// onProject is the project that a request is about: the one it names, else ours.
func onProject(project string, req proto.Message) (Resource, error) {
	name := "projects/" + project
	if parts := strings.Split(requestName(req), "/"); len(parts) >= 2 && parts[0] == "projects" {
		name = "projects/" + parts[1]
	}
	return projectResource(name), nil
}

// onNamedProject is the project that a Resource Manager request names, by id or by number.
func (s *Service) onNamedProject(_ string, req proto.Message) (Resource, error) {
	return projectResource(s.projectName(requestName(req))), nil
}

func projectResource(name string) Resource {
	return Resource{
		Service: projectsService,
		Type:    projectsService + "/Project",
		Name:    name,
		Holders: []string{name},
	}
}

// onAccount is the account that a request names, by itself or by one of its keys.
func (s *Service) onAccount(_ string, req proto.Message) (Resource, error) {
	name := requestName(req)
	if strings.Contains(name, "/keys/") {
		var err error
		if name, _, err = keyOf(name); err != nil {
			return Resource{}, err
		}
	}
	return s.accountResource(name)
}

// accountResource is the account that name names. One that does not exist is asked for like one
// that does, so that only those who could see it learn that. The error is InvalidArgument.
func (s *Service) accountResource(name string) (Resource, error) {
	project, id, err := accountOf(name)
	if err != nil {
		return Resource{}, err
	}
	a := s.account(id)
	if project == "-" {
		project = s.cfg.Project
		switch {
		case a != nil:
			project = ProjectOf(a.Email)
		case ProjectOf(id) != "":
			project = ProjectOf(id)
		}
	}
	r := Resource{Service: iamService, Type: iamService + "/ServiceAccount", Name: "projects/" + project + "/serviceAccounts/" + id}
	if a != nil && project == ProjectOf(a.Email) {
		r.Name = accountName(a.Email)
	}
	r.asked = name
	r.Holders = []string{r.Name, "projects/" + project}
	return r, nil
}

// AccountResource is the account of that e-mail address as a resource. One that does not exist is
// asked for on its project. It is for services that act as an account in somebody's name: that
// needs iam.serviceAccounts.actAs. The error is InvalidArgument.
func (s *Service) AccountResource(email string) (Resource, error) {
	if ProjectOf(email) == "" {
		return Resource{}, status.Errorf(codes.InvalidArgument, "%q is not the e-mail address of a service account.", email)
	}
	return s.accountResource(accountName(email))
}

// requestName is what a request names, in whichever of its fields.
func requestName(req proto.Message) string {
	switch m := req.(type) {
	case interface{ GetName() string }:
		return m.GetName()
	case interface{ GetResource() string }:
		return m.GetResource()
	case interface{ GetParent() string }:
		return m.GetParent()
	case *adminpb.PatchServiceAccountRequest:
		return m.GetServiceAccount().GetName()
	}
	return ""
}
