package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"golang.org/x/oauth2/google"
)

// authSuite is the Firebase Admin SDK's integration tests of accounts, tenants, identity providers
// and tokens.
var authSuite = suite{
	name:   "auth",
	module: "firebase.google.com/go/v4",
	pkg:    "firebase.google.com/go/v4/integration/auth",
	tests:  "^Test",
	depth:  1,
	count:  35,
	edits: []edit{{
		// Every client there, that of certificates among them, begins with a copy of the default
		// transport. What it would send to Google over TLS it sends to the local cloud, as it is.
		file: "integration/auth/auth_test.go",
		old:  "	flag.Parse()\n",
		new: `	flag.Parse()
	http.DefaultTransport.(*http.Transport).DialTLSContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, os.Getenv("CONFORMANCE_ENDPOINT"))
	}
`,
	}, {
		file: "integration/auth/auth_test.go",
		old:  "	\"math/rand\"\n",
		new:  "	\"math/rand\"\n	\"net\"\n",
	}},
	prepare: prepareAuth,
}

// prepareAuth makes the account that the tests are, puts its key and the web API key where they
// read them, and switches on what their instructions ask for: sign-in by a link.
func prepareAuth(ctx context.Context, w *world) ([]string, error) {
	key, err := w.account(ctx, "auth-tests", "roles/identityplatform.admin", "roles/iam.serviceAccountTokenCreator")
	if err != nil {
		return nil, err
	}
	for name, content := range map[string][]byte{
		"integration_cert.json":  key,
		"integration_apikey.txt": []byte(w.cloud.APIKey()),
	} {
		if _, err := w.file(filepath.Join("module", "testdata", name), content); err != nil {
			return nil, err
		}
	}
	identity := w.cloud.Endpoints().Identity
	return []string{
		"CONFORMANCE_ENDPOINT=" + strings.TrimPrefix(identity, "http://"),
		"FIREBASE_AUTH_EMULATOR_HOST=",
		"FIREBASE_CONFIG=",
	}, allowEmailLinks(ctx, w)
}

func allowEmailLinks(ctx context.Context, w *world) error {
	owner, err := google.JWTConfigFromJSON(w.cloud.OwnerKey(), "https://www.googleapis.com/auth/cloud-platform")
	if err != nil {
		return err
	}
	url := w.cloud.Endpoints().Identity + "/v2/" + projectName + "/config?updateMask=signIn.email"
	req, err := http.NewRequestWithContext(ctx, http.MethodPatch, url,
		strings.NewReader(`{"signIn":{"email":{"enabled":true,"passwordRequired":false}}}`))
	if err != nil {
		return err
	}
	resp, err := owner.Client(ctx).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("allowing sign-in by a link: %s", resp.Status)
	}
	return nil
}
