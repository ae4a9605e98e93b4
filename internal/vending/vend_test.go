package vending_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

func TestWorld(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	g := w.Grant(t, w.Acme.Viewer)
	docs, err := g.Database().Collection("users").Documents(t.Context()).GetAll()
	if err != nil {
		t.Fatal(err)
	}
	t.Log(len(docs))
}
