package signing

import (
	"cloud.google.com/go/storage"
)

func All(b *storage.BucketHandle) {
	_, _ = storage.SignedURL("b", "o", nil)                  // want "sign: storage.SignedURL"
	_, _ = b.SignedURL("o", nil)                             // want "sign: storage.BucketHandle.SignedURL"
	_, _ = b.GenerateSignedPostPolicyV4("o", nil)            // want "sign: storage.BucketHandle.GenerateSignedPostPolicyV4"
	_, _ = storage.GenerateSignedPostPolicyV4("b", "o", nil) // want "sign: storage.GenerateSignedPostPolicyV4"
}
