package metadataserver

import (
	"context"
	"net/http"

	"cloud.google.com/go/compute/metadata" // want "credential: import of cloud.google.com/go/compute/metadata"
)

const path = "/computeMetadata/v1/instance/service-accounts/default/token"

func All(ctx context.Context) {
	_, _ = metadata.GetWithContext(ctx, "instance/service-accounts/default/token")
	_, _ = http.Get("http://metadata.google.internal" + path) // want "host: google.internal"
	_, _ = http.Get("http://169.254.169.254" + path)          // want "host: 169.254.169.254"
}
