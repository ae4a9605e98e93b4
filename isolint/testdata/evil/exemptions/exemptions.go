package exemptions

import (
	"context"
	"os"

	"cloud.google.com/go/storage"
)

func All(ctx context.Context) {
	//isolint:allow client
	_, _ = storage.NewClient(ctx) // want "client: storage.NewClient" want:-1 "exemption: gives no reason"
	//isolint:allow everything because I say so
	_, _ = storage.NewClient(ctx) // want "client: storage.NewClient" want:-1 "exemption: names no rule"
	//isolint:ignore client because I say so
	_, _ = storage.NewClient(ctx) // want "client: storage.NewClient" want:-1 "exemption: want //isolint:allow, a rule and a reason"
	//isolint:allow file of another rule
	_, _ = storage.NewClient(ctx) // want "client: storage.NewClient" want:-1 "exemption: nothing here offends rule file"
	//isolint:allow exemption of the exemptions
	_ = ctx // want:-1 "exemption: names no rule"

	//isolint:allow file it is too far away

	_, _ = os.ReadFile("x") // want "file: os.ReadFile" want:-2 "exemption: nothing here offends rule file"
}
