// Package localcloudtest starts local clouds for tests and points Google's official clients at
// them.
package localcloudtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/bulkhead-saas/bulkhead/localcloud"
)

// Project is the project of the clouds that New starts.
const Project = "bulkhead-test"

// New starts a cloud in a folder of the test's own, and closes it when the test ends.
func New(tb testing.TB) *localcloud.Cloud {
	tb.Helper()
	return Open(tb, tb.TempDir())
}

// Open starts a cloud on dir, and closes it when the test ends. A port of the folder that the cloud
// of another test has taken meanwhile is waited for.
func Open(tb testing.TB, dir string) *localcloud.Cloud {
	tb.Helper()
	c, err := localcloud.Start(tb.Context(), Cheap(localcloud.Config{Dir: dir, Project: Project}))
	for range 50 {
		if err == nil || !strings.Contains(err.Error(), "is taken by another program") {
			break
		}
		time.Sleep(200 * time.Millisecond)
		c, err = localcloud.Start(tb.Context(), Cheap(localcloud.Config{Dir: dir, Project: Project}))
	}
	if err != nil {
		tb.Fatalf("localcloud.Start: %v", err)
	}
	tb.Cleanup(func() {
		if err := c.Close(); err != nil {
			tb.Errorf("closing the cloud: %v", err)
		}
	})
	return c
}

// GRPC is what a gRPC client needs to call the cloud with an account's key file.
func GRPC(c *localcloud.Cloud, key []byte) []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint(strings.TrimPrefix(c.Endpoints().GRPC, "http://")),
		option.WithAuthCredentialsJSON(option.ServiceAccount, key),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

// Transport sends requests for Google's addresses to the cloud: those of Cloud Storage to its
// storage port, all other *.googleapis.com to its identity port. Requests for other hosts are sent
// as they are.
func Transport(c *localcloud.Cloud) http.RoundTripper {
	return redirect{c.Endpoints()}
}

type redirect struct{ to localcloud.Endpoints }

func (t redirect) RoundTrip(r *http.Request) (*http.Response, error) {
	base := t.to.Identity
	switch host := r.URL.Hostname(); {
	case host == "storage.googleapis.com":
		base = t.to.Storage
	case !strings.HasSuffix(host, ".googleapis.com"):
		return http.DefaultTransport.RoundTrip(r)
	}
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = u.Scheme, u.Host, u.Host
	return http.DefaultTransport.RoundTrip(r)
}
