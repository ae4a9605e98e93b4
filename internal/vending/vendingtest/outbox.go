package vendingtest

import (
	"bytes"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/hybrid"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/sealing/sealingtest"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// openOutbox has the world's events published, by web@. Nobody hears them until a test subscribes.
func (w *World) openOutbox(tb testing.TB) {
	tb.Helper()
	w.TicketKeyset = string(sealingtest.KeySets(tb, aead.AES256GCMKeyTemplate())[0])
	own, err := keyset.NewHandle(hybrid.DHKEM_X25519_HKDF_SHA256_HKDF_SHA256_AES_256_GCM_Key_Template())
	must(tb, err)
	public, err := own.Public()
	must(tb, err)
	var secret, open bytes.Buffer
	must(tb, insecurecleartextkeyset.Write(own, keyset.NewJSONWriter(&secret)))
	must(tb, public.WriteWithNoSecrets(keyset.NewJSONWriter(&open)))
	w.HandoverKeyset, w.AdapterKeyset = secret.String(), open.String()

	adapter, err := sealing.NewRecipient([]byte(w.AdapterKeyset))
	must(tb, err)
	topic, err := w.Web.Topic(tb.Context(), setup.UploadsTopic)
	must(tb, err)
	w.Outbox = &vending.Outbox{
		Topic: topic, Tickets: events.NewTickets(sealingtest.Open(tb, []byte(w.TicketKeyset))), Adapter: adapter,
	}
}
