package iam

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// keyOf cuts "projects/{project}/serviceAccounts/{id}/keys/{key}" in two. The error is
// InvalidArgument.
func keyOf(name string) (accountName, key string, err error) {
	accountName, key, ok := strings.Cut(name, "/keys/")
	if !ok || key == "" || strings.Contains(key, "/") {
		return "", "", status.Errorf(codes.InvalidArgument,
			"%q is not the name of a key: projects/{project}/serviceAccounts/{e-mail or unique id}/keys/{key}.", name)
	}
	return accountName, key, nil
}

func (as adminServer) ListServiceAccountKeys(_ context.Context, req *adminpb.ListServiceAccountKeysRequest) (*adminpb.ListServiceAccountKeysResponse, error) {
	a, err := as.s.find(req.Name)
	if err != nil {
		return nil, err
	}
	res := &adminpb.ListServiceAccountKeysResponse{}
	for _, k := range a.Keys {
		if m := as.s.keyMessage(a, k); len(req.KeyTypes) == 0 || slices.Contains(req.KeyTypes, m.KeyType) {
			res.Keys = append(res.Keys, m)
		}
	}
	return res, nil
}

func (as adminServer) GetServiceAccountKey(_ context.Context, req *adminpb.GetServiceAccountKeyRequest) (*adminpb.ServiceAccountKey, error) {
	name, id, err := keyOf(req.Name)
	if err != nil {
		return nil, err
	}
	a, err := as.s.find(name)
	if err != nil {
		return nil, err
	}
	k := a.key(id)
	if k == nil {
		return nil, noKey(id)
	}
	m := as.s.keyMessage(a, k)
	switch req.PublicKeyType {
	case adminpb.ServiceAccountPublicKeyType_TYPE_X509_PEM_FILE:
		m.PublicKeyData = k.certificatePEM()
	case adminpb.ServiceAccountPublicKeyType_TYPE_RAW_PUBLIC_KEY:
		der, err := x509.MarshalPKIXPublicKey(k.public)
		if err != nil {
			return nil, err
		}
		m.PublicKeyData = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	return m, nil
}

func (k *key) certificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate})
}

// CreateServiceAccountKey answers with the key file, for the one and only time.
func (as adminServer) CreateServiceAccountKey(_ context.Context, req *adminpb.CreateServiceAccountKeyRequest) (*adminpb.ServiceAccountKey, error) {
	if t := req.PrivateKeyType; t > adminpb.ServiceAccountPrivateKeyType_TYPE_GOOGLE_CREDENTIALS_FILE || t == adminpb.ServiceAccountPrivateKeyType_TYPE_PKCS12_FILE {
		return nil, status.Errorf(codes.InvalidArgument, "Private key type %s is not supported.", t)
	}
	if g := req.KeyAlgorithm; g != adminpb.ServiceAccountKeyAlgorithm_KEY_ALG_UNSPECIFIED && g != adminpb.ServiceAccountKeyAlgorithm_KEY_ALG_RSA_2048 {
		return nil, status.Errorf(codes.InvalidArgument, "Key algorithm %s is not supported.", g)
	}
	a, err := as.s.find(req.Name)
	if err != nil {
		return nil, err
	}
	k, file, err := as.s.createKey(a.Email)
	if err != nil {
		return nil, err
	}
	m := as.s.keyMessage(a, k)
	m.PrivateKeyType = adminpb.ServiceAccountPrivateKeyType_TYPE_GOOGLE_CREDENTIALS_FILE
	m.PrivateKeyData = file
	return m, nil
}

func (as adminServer) DeleteServiceAccountKey(_ context.Context, req *adminpb.DeleteServiceAccountKeyRequest) (*emptypb.Empty, error) {
	return as.editKey(req.Name, func(key) *key { return nil })
}

func (as adminServer) DisableServiceAccountKey(_ context.Context, req *adminpb.DisableServiceAccountKeyRequest) (*emptypb.Empty, error) {
	return as.editKey(req.Name, func(k key) *key { k.Disabled = true; return &k })
}

func (as adminServer) EnableServiceAccountKey(_ context.Context, req *adminpb.EnableServiceAccountKeyRequest) (*emptypb.Empty, error) {
	return as.editKey(req.Name, func(k key) *key { k.Disabled = false; return &k })
}

func (as adminServer) editKey(name string, edit func(key) *key) (*emptypb.Empty, error) {
	accountName, id, err := keyOf(name)
	if err != nil {
		return nil, err
	}
	a, err := as.s.find(accountName)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, as.s.editKey(a.Email, id, edit)
}
