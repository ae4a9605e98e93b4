package vendingtest

import (
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"

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
	private, public := sealingtest.Pair(tb)
	w.HandoverKeyset, w.AdapterKeyset = string(private), string(public)

	adapter, err := sealing.NewRecipient([]byte(w.AdapterKeyset))
	must(tb, err)
	topic, err := w.Web.Topic(tb.Context(), setup.UploadsTopic)
	must(tb, err)
	w.Outbox = &vending.Outbox{
		Topic: topic, Tickets: events.NewTickets(sealingtest.Open(tb, []byte(w.TicketKeyset))), Adapter: adapter,
	}
}
