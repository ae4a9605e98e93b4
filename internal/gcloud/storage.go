package gcloud

import (
	"context"
	"net/http"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/storage"
	"google.golang.org/api/option"
)

// OpenStorage returns a Storage client of creds that sends through transport, which authorizes each
// request. The client is given creds as well: without them it would look for the machine's own, and
// sign as those.
//
// A request that does the same twice as once is sent again, a few times, if it meets a passing
// fault. Without these bounds the client goes on until its context ends.
func OpenStorage(origin string, creds *auth.Credentials, transport http.RoundTripper) (*storage.Client, error) {
	client, err := storage.NewClient(context.Background(),
		option.WithAuthCredentials(creds),
		option.WithHTTPClient(&http.Client{Transport: transport}),
		option.WithEndpoint(origin+"/storage/v1/"),
		storage.WithJSONReads(),
		storage.WithDisabledClientMetrics())
	if err != nil {
		return nil, err
	}
	client.SetRetry(storage.WithBackoff(backOff()), storage.WithMaxAttempts(1+maxRepeats))
	return client, nil
}
