package uploads_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestSuspensionOfARunningUpload: a tenant is suspended in the middle of a file of 40 MiB. What was
// signed before still goes through, a part each, while it may be begun. Nothing is signed any more,
// and the parts become no file. docs/trust.md says so.
func TestSuspensionOfARunningUpload(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	editor, content := sit(t, w, w.Acme.Editor), make([]byte, 5*uploads.PartSize)
	u, _ := editor.announce(t, "forty.bin", "", string(content))
	if code := editor.sendPart(t, u, string(content), 1); code != http.StatusOK {
		t.Fatalf("HTTP %d", code)
	}
	signed, err := editor.SignParts(ctx, u.ID, []int{2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	running, more := io.Pipe() // part 2 is on its way
	sent := make(chan int)
	go func() { sent <- put(t, signed[0].SignedRequest, running) }()
	if _, err := more.Write(content[:uploads.PartSize/2]); err != nil {
		t.Fatal(err)
	}

	if err := tenancytest.SetStatus(ctx, w.Registry, w.Acme.ID, tenant.Suspended); err != nil {
		t.Fatal(err)
	}
	through := 0
	if _, err := editor.SignParts(ctx, u.ID, []int{5}); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("a part is signed after the suspension: %v", err)
	}
	if _, err := more.Write(content[uploads.PartSize/2 : uploads.PartSize]); err != nil {
		t.Fatal(err)
	}
	more.Close()
	if <-sent == http.StatusOK { // the part that was on its way
		through++
	}
	if put(t, signed[1].SignedRequest, bytes.NewReader(content[:uploads.PartSize])) == http.StatusOK { // signed, and not begun yet
		through++
	}
	w.Cloud.Clock().Advance(time.Minute + time.Second)
	if code := put(t, signed[2].SignedRequest, bytes.NewReader(content[:uploads.PartSize])); code == http.StatusOK {
		t.Error("a part goes through a minute after it was signed")
	}
	if through != 2 {
		t.Errorf("%d parts went through after the suspension, want the 2 that were signed and begun in time", through)
	}
	if _, err := editor.Complete(ctx, u.ID); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("completing: %v", err)
	}

	// The tenant is active again: the upload goes on where it was.
	if err := tenancytest.SetStatus(ctx, w.Registry, w.Acme.ID, tenant.Active); err != nil {
		t.Fatal(err)
	}
	if _, there, err := editor.Arrived(ctx, u.ID); err != nil || len(there) != 3 {
		t.Errorf("%v, %v; want three parts", there, err)
	}
}

// put sends a part by a signed request, and returns the status of the answer.
func put(t *testing.T, r vending.SignedRequest, body io.Reader) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.Method, r.URL, body)
	if err != nil {
		t.Error(err)
		return 0
	}
	req.ContentLength = uploads.PartSize
	for name, value := range r.Headers {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
