package iam

import (
	"context"
	"strings"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// How many accounts a page of a list has.
const (
	defaultAccountsPage = 20
	maxAccountsPage     = 100
)

// adminServer is the IAM Admin API. What it does not implement answers Unimplemented.
type adminServer struct {
	adminpb.UnimplementedIAMServer
	s *Service
}

// accountOf cuts the e-mail address or unique id out of "projects/{project}/serviceAccounts/{id}",
// where the project may be "-". The error is InvalidArgument.
func accountOf(name string) (project, id string, err error) {
	parts := strings.Split(name, "/")
	if len(parts) != 4 || parts[0] != "projects" || parts[2] != "serviceAccounts" || parts[1] == "" || parts[3] == "" {
		return "", "", status.Errorf(codes.InvalidArgument,
			"%q is not the name of a service account: projects/{project}/serviceAccounts/{e-mail or unique id}.", name)
	}
	return parts[1], parts[3], nil
}

// find returns the account that name names. The errors are InvalidArgument and NotFound.
func (s *Service) find(name string) (*account, error) {
	project, id, err := accountOf(name)
	if err != nil {
		return nil, err
	}
	a := s.account(id)
	if a == nil || project != "-" && project != ProjectOf(a.Email) {
		return nil, noAccount(id)
	}
	return a, nil
}

func (s *Service) accountMessage(a *account) *adminpb.ServiceAccount {
	return &adminpb.ServiceAccount{
		Name:        accountName(a.Email),
		ProjectId:   ProjectOf(a.Email),
		UniqueId:    a.UniqueID,
		Email:       a.Email,
		DisplayName: a.DisplayName,
		Description: a.Description,
		//lint:ignore SA1019 deprecated, and still filled in by Google
		Etag:           a.Etag,
		Oauth2ClientId: a.UniqueID,
		Disabled:       a.Disabled,
	}
}

func (as adminServer) ListServiceAccounts(_ context.Context, req *adminpb.ListServiceAccountsRequest) (*adminpb.ListServiceAccountsResponse, error) {
	size := min(int(req.PageSize), maxAccountsPage)
	if size <= 0 {
		size = defaultAccountsPage
	}
	res := &adminpb.ListServiceAccountsResponse{}
	project := strings.TrimPrefix(req.Name, "projects/")
	for _, a := range as.s.accounts() {
		if ProjectOf(a.Email) != project || a.Email <= req.PageToken {
			continue
		}
		if len(res.Accounts) == size {
			res.NextPageToken = res.Accounts[size-1].Email
			break
		}
		res.Accounts = append(res.Accounts, as.s.accountMessage(a))
	}
	return res, nil
}

func (as adminServer) GetServiceAccount(_ context.Context, req *adminpb.GetServiceAccountRequest) (*adminpb.ServiceAccount, error) {
	a, err := as.s.find(req.Name)
	if err != nil {
		return nil, err
	}
	return as.s.accountMessage(a), nil
}

func (as adminServer) CreateServiceAccount(_ context.Context, req *adminpb.CreateServiceAccountRequest) (*adminpb.ServiceAccount, error) {
	a, err := as.s.createAccount(strings.TrimPrefix(req.Name, "projects/"), req.AccountId, req.GetServiceAccount().GetDisplayName(), req.GetServiceAccount().GetDescription())
	if err != nil {
		return nil, err
	}
	return as.s.accountMessage(a), nil
}

func (as adminServer) PatchServiceAccount(_ context.Context, req *adminpb.PatchServiceAccountRequest) (*adminpb.ServiceAccount, error) {
	a, err := as.s.find(req.GetServiceAccount().GetName())
	if err != nil {
		return nil, err
	}
	if len(req.GetUpdateMask().GetPaths()) == 0 {
		return nil, status.Error(codes.InvalidArgument, "An update mask is required.")
	}
	a, err = as.s.editAccount(a.Email, func(a *account) error {
		for _, path := range req.UpdateMask.Paths {
			switch path {
			case "display_name":
				a.DisplayName = req.ServiceAccount.DisplayName
			case "description":
				a.Description = req.ServiceAccount.Description
			default:
				return status.Errorf(codes.InvalidArgument, "Field %q cannot be updated.", path)
			}
		}
		return checkTexts(a.DisplayName, a.Description)
	})
	if err != nil {
		return nil, err
	}
	return as.s.accountMessage(a), nil
}

func (as adminServer) DeleteServiceAccount(_ context.Context, req *adminpb.DeleteServiceAccountRequest) (*emptypb.Empty, error) {
	a, err := as.s.find(req.Name)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, as.s.deleteAccount(a.Email)
}

func (as adminServer) DisableServiceAccount(_ context.Context, req *adminpb.DisableServiceAccountRequest) (*emptypb.Empty, error) {
	return as.setDisabled(req.Name, true)
}

func (as adminServer) EnableServiceAccount(_ context.Context, req *adminpb.EnableServiceAccountRequest) (*emptypb.Empty, error) {
	return as.setDisabled(req.Name, false)
}

func (as adminServer) setDisabled(name string, disabled bool) (*emptypb.Empty, error) {
	a, err := as.s.find(name)
	if err != nil {
		return nil, err
	}
	_, err = as.s.editAccount(a.Email, func(a *account) error {
		a.Disabled = disabled
		return nil
	})
	return &emptypb.Empty{}, err
}

// keyMessage is what everybody who may see a key sees of it.
func (s *Service) keyMessage(a *account, k *key) *adminpb.ServiceAccountKey {
	m := &adminpb.ServiceAccountKey{
		Name:            accountName(a.Email) + "/keys/" + k.ID,
		KeyAlgorithm:    adminpb.ServiceAccountKeyAlgorithm_KEY_ALG_RSA_2048,
		ValidAfterTime:  timestamppb.New(k.Created),
		ValidBeforeTime: timestamppb.New(k.Expires),
		KeyOrigin:       adminpb.ServiceAccountKeyOrigin_GOOGLE_PROVIDED,
		KeyType:         adminpb.ListServiceAccountKeysRequest_USER_MANAGED,
		Disabled:        k.Disabled,
	}
	if k.System {
		m.KeyType = adminpb.ListServiceAccountKeysRequest_SYSTEM_MANAGED
	}
	return m
}
