package sealing_test

import (
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/mac"

	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/sealing/sealingtest"
)

func TestWeakSealingKeys(t *testing.T) {
	for name, keys := range map[string][]byte{
		"nothing":                {},
		"no JSON":                []byte("secret-looking"),
		"empty":                  []byte(`{"primaryKeyId":1,"key":[]}`),
		"AES-128":                sealingtest.KeySets(t, aead.AES128GCMKeyTemplate())[0],
		"AES-128 beside AES-256": sealingtest.KeySets(t, aead.AES128GCMKeyTemplate(), aead.AES256GCMKeyTemplate())[1],
		"not an AEAD":            sealingtest.KeySets(t, mac.HMACSHA256Tag256KeyTemplate())[0],
	} {
		_, err := sealing.NewKeys(keys)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error repeats the keys: %v", name, err)
		}
	}
}
