package gcloud

import (
	"context"
	"net/http"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/storage"
	"google.golang.org/api/option"
)

// OpenStorage returns a Storage client of creds that sends through transport, which authorizes each request. The client is
// given creds as well: without them it would look for the machine's own, and sign as those.
func OpenStorage(origin string, creds *auth.Credentials, transport http.RoundTripper) (*storage.Client, error) {
	return storage.NewClient(context.Background(),
		option.WithAuthCredentials(creds),
		option.WithHTTPClient(&http.Client{Transport: transport}),
		option.WithEndpoint(origin+"/storage/v1/"),
		storage.WithJSONReads(),
		storage.WithDisabledClientMetrics())
}
