package main

import (
	"context"
	"strings"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
)

// storageSuite is the tests of the Storage client over HTTP, through the XML and the JSON API.
// Those over gRPC are not among them: the local cloud's Cloud Storage does not speak it.
var storageSuite = suite{
	name:   "storage",
	module: "cloud.google.com/go/storage",
	pkg:    "cloud.google.com/go/storage",
	tests:  "^TestIntegration_",
	skip:   storageByGRPC,
	depth:  1,
	count:  86,
	edits: []edit{{
		// Every client there, that of signed URLs among them, begins with a copy of the default
		// transport. What it would send to Google over TLS it sends to the local cloud, as it is.
		file: "integration_test.go",
		old:  "	flag.Parse() // needed for testing.Short()\n",
		new: `	flag.Parse() // needed for testing.Short()
	http.DefaultTransport.(*http.Transport).DialTLSContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, os.Getenv("CONFORMANCE_ENDPOINT"))
	}
`,
	}, {
		file: "integration_test.go",
		old:  "	\"math/rand\"\n",
		new:  "	\"math/rand\"\n	\"net\"\n",
	}, {
		file: "integration_test.go",
		old:  `log.Fatalf("creating zonal bucket`,
		new:  `log.Printf("creating zonal bucket`,
	}, {
		file: "integration_test.go",
		old: `		"grpc": testConfigGRPC(ctx, t, opts...),
`,
	}, {
		// The service has no folders, and does not speak the gRPC in which the clean-up asks for
		// them.
		file: "integration_test.go",
		old:  "	// Delete any managed folders.\n",
		new: `	if os.Getenv("CONFORMANCE_ENDPOINT") != "" {
		return bkt.Delete(ctx)
	}
`,
	}, {
		file: "integration_test.go",
		old: `	withZonal := append(slices.Clone(opts), WithGRPCBidiReads(), WithAppendableUploads())
`,
	}, {
		file: "integration_test.go",
		old: `		"zonalBucket": testConfigGRPC(ctx, t, withZonal...),
`,
	}},
	prepare: prepareStorage,
	known:   knownStorage,
}

// prepareStorage makes the account that the tests are.
func prepareStorage(ctx context.Context, w *world) ([]string, error) {
	key, err := w.account(ctx, "storage-tests", "roles/storage.admin", "roles/owner")
	if err != nil {
		return nil, err
	}
	// One of them configures notifications to a topic that it takes for granted.
	topics, err := pubsub.NewTopicAdminClient(ctx, w.asOwner()...)
	if err != nil {
		return nil, err
	}
	defer topics.Close()
	if _, err := topics.CreateTopic(ctx, &pubsubpb.Topic{Name: projectName + "/topics/go-storage-notification-test"}); err != nil {
		return nil, err
	}
	if err := w.grant(ctx, "serviceAccount:"+w.cloud.IAM().StorageAgent().Email, []string{"roles/pubsub.publisher"}); err != nil {
		return nil, err
	}
	path, err := w.file("storage-tests.json", key)
	return []string{
		"CONFORMANCE_ENDPOINT=" + strings.TrimPrefix(w.cloud.Endpoints().Storage, "http://"),
		"GCLOUD_TESTS_GOLANG_PROJECT_ID=" + project,
		"GCLOUD_TESTS_GOLANG_KEY=" + path,
		"GOOGLE_APPLICATION_CREDENTIALS=" + path,
		"STORAGE_EMULATOR_HOST=",
	}, err
}
