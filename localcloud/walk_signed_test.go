package localcloud_test

import (
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/storage"
)

// A signed URL is a credential too: it ends with the key that signed it, and with the account.
func TestSignedURLEndsWithItsSigner(t *testing.T) {
	w := newWalk(t)
	for id, end := range map[string][2]string{
		"tn-signer0001": {"google.iam.admin.v1.IAM/DisableServiceAccountKey", `{"name": "{key}"}`},
		"tn-signer0002": {"google.iam.admin.v1.IAM/DeleteServiceAccountKey", `{"name": "{key}"}`},
		"tn-signer0003": {"google.iam.admin.v1.IAM/DisableServiceAccount", `{"name": "{account}"}`},
		"tn-signer0004": {"google.iam.admin.v1.IAM/DeleteServiceAccount", `{"name": "{account}"}`},
	} {
		t.Run(end[0], func(t *testing.T) {
			key := createTenant(t, w.cloud, id)
			f := keyOf(t, key)
			if err := put(t, storageClient(t, w.cloud, key).Bucket(bucketName(id)), "notes/n", "content"); err != nil {
				t.Fatal(err)
			}
			host := w.cloud.Endpoints().Storage[len("http://"):]
			url, err := storage.SignedURL(bucketName(id), "notes/n", &storage.SignedURLOptions{
				GoogleAccessID: f.Email, PrivateKey: []byte(f.Private), Method: http.MethodGet, Expires: time.Now().Add(time.Minute),
				Scheme: storage.SigningSchemeV4, Hostname: host, Insecure: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			get := func() int {
				t.Helper()
				res, err := http.Get(url)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				return res.StatusCode
			}
			if got := get(); got != http.StatusOK {
				t.Fatalf("while the signer is good: %d", got)
			}
			w.must(end[0], w.named(id, "", f.ID, f.UniqueID), end[1])
			if got := get(); got != http.StatusForbidden && got != http.StatusUnauthorized {
				t.Errorf("afterwards: %d", got)
			}
		})
	}
}
