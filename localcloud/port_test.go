package localcloud_test

import (
	"net/http"
	"testing"

	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/auth/credentials/impersonate"
	"cloud.google.com/go/auth/httptransport"
	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// One port serves accounts and users: IAM Credentials by its paths, Identity Platform by all
// others.
func TestIdentityPort(t *testing.T) {
	cloud := localcloudtest.New(t)
	ctx := t.Context()
	const scope = "https://www.googleapis.com/auth/cloud-platform"
	web, webKey := createAccount(t, cloud, "web-server")
	vending, _ := createAccount(t, cloud, "vending-machine")

	// Web may become vending, by vending's own policy.
	accounts, err := admin.NewIamClient(ctx, localcloudtest.GRPC(cloud, cloud.OwnerKey())...)
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	policy, err := accounts.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: vending.Name})
	if err != nil {
		t.Fatal(err)
	}
	policy.Add("serviceAccount:"+web.Email, "roles/iam.serviceAccountTokenCreator")
	if _, err := accounts.SetIamPolicy(ctx, &admin.SetIamPolicyRequest{Resource: vending.Name, Policy: policy}); err != nil {
		t.Fatal(err)
	}

	self, err := credentials.NewCredentialsFromJSON(credentials.ServiceAccount, webKey, &credentials.DetectOptions{
		UseSelfSignedJWT: true, Scopes: []string{scope},
	})
	if err != nil {
		t.Fatal(err)
	}
	client, err := httptransport.NewClient(&httptransport.Options{
		Credentials: self, BaseRoundTripper: localcloudtest.Transport(cloud),
	})
	if err != nil {
		t.Fatal(err)
	}
	for target, allowed := range map[string]bool{vending.Email: true, web.Email: false} {
		c, err := impersonate.NewCredentials(&impersonate.CredentialsOptions{TargetPrincipal: target, Scopes: []string{scope}, Client: client})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Token(ctx); (err == nil) != allowed {
			t.Errorf("web as %s: %v", target, err)
		}
	}

	users := &http.Client{Transport: localcloudtest.Transport(cloud)}
	res, err := users.Get("https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("certificates of Identity Platform: %d", res.StatusCode)
	}
}
