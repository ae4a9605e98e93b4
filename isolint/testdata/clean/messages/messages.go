// Package messages builds messages whose names sound like more.
package messages

import (
	"context"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	iampb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"google.golang.org/genproto/googleapis/api/serviceconfig"
	"google.golang.org/genproto/googleapis/type/expr"
)

// Creator is what is needed of a client that was handed over.
type Creator interface {
	CreateServiceAccount(context.Context, *iampb.CreateServiceAccountRequest) (*iampb.ServiceAccount, error)
}

// Described is called Service, and is none.
var Described = &serviceconfig.Service{Name: "shop"}

// Create sends some.
func Create(ctx context.Context, c Creator) (*adminpb.Database, error) {
	_, err := c.CreateServiceAccount(ctx, &iampb.CreateServiceAccountRequest{ServiceAccount: &iampb.ServiceAccount{}})
	return &adminpb.Database{Name: (&expr.Expr{Title: "t"}).Title}, err
}
