package uploads_test

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// The stories of files that are sent in parts. TestRepository tells them.

// bigFile is two parts and a bit.
func bigFile() string {
	b := make([]byte, 2*uploads.PartSize+5)
	_, _ = rand.Read(b)
	return string(b)
}

// sendPart has a part signed and sends it.
func (d desk) sendPart(t *testing.T, u uploads.Upload, content string, number int) int {
	t.Helper()
	signed, err := d.SignParts(t.Context(), u.ID, []int{number})
	if err != nil {
		t.Fatal(err)
	}
	from := (number - 1) * uploads.PartSize
	resp, _ := send(t, signed[0].SignedRequest, content[from:min(from+uploads.PartSize, len(content))])
	return resp.StatusCode
}

func inParts(t *testing.T, w *vendingtest.World) {
	editor, content := sit(t, w, w.Globex.Editor), bigFile()
	content = png + content[len(png):]
	u, signed := editor.announce(t, "big.bin", "image/png", content)
	if u.Parts != (uploads.Parts{Size: uploads.PartSize, Count: 3}) || signed.URL != "" || u.State != uploads.Pending {
		t.Fatalf("%+v %v", u, signed)
	}
	if all, err := editor.SignParts(t.Context(), u.ID, []int{1, 2, 3}); err != nil || len(all) != 3 || all[2].Number != 3 ||
		all[2].Headers["x-goog-content-length-range"] != "5,5" {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, n := range []int{3, 1} {
		if code := editor.sendPart(t, u, content, n); code != http.StatusOK {
			t.Fatalf("part %d: HTTP %d", n, code)
		}
	}
	if _, err := editor.Complete(t.Context(), u.ID); !errors.Is(err, uploads.ErrNotUploaded) {
		t.Errorf("completing with a part missing: %v", err)
	}
	// A browser that comes back asks what is there, and goes on.
	if how, there, err := sit(t, w, w.Globex.Editor).Arrived(t.Context(), u.ID); err != nil || !slices.Equal(there, []int{1, 3}) || how != u.Parts {
		t.Errorf("%v %v, %v", how, there, err)
	}
	if code := editor.sendPart(t, u, content, 2); code != http.StatusOK {
		t.Fatalf("HTTP %d", code)
	}
	stored, err := editor.Complete(t.Context(), u.ID)
	if err != nil || stored.State != uploads.Stored || stored.Generation == 0 || stored.CRC32C == 0 {
		t.Fatalf("%+v, %v", stored, err)
	}
	if again, err := editor.Complete(t.Context(), u.ID); err != nil || again.Generation != stored.Generation {
		t.Errorf("completing twice: %+v, %v", again, err)
	}
	if _, err := editor.SignParts(t.Context(), u.ID, []int{1}); !errors.Is(err, uploads.ErrNoParts) {
		t.Errorf("a part of a stored file: %v", err)
	}
	down, err := editor.Download(t.Context(), u.ID, false)
	if err != nil {
		t.Fatal(err)
	}
	if resp, body := send(t, down, ""); resp.StatusCode != http.StatusOK || body != content || resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("%s %d bytes, %s", resp.Status, len(body), resp.Header.Get("Content-Type"))
	}
	if err := editor.erase(t, u.ID); err != nil {
		t.Fatal(err)
	}
	if _, place, _ := editor.exists(t, u); place {
		t.Error("the object outlives the deletion")
	}
}

func partsThatAreNone(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor, content := sit(t, w, w.Globex.Editor), bigFile()
	u, _ := editor.announce(t, "big.bin", "", content)
	for _, numbers := range [][]int{nil, {0}, {4}, {-1}, {1, 4}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}} {
		if _, err := editor.SignParts(ctx, u.ID, numbers); !errors.Is(err, uploads.ErrInvalid) {
			t.Errorf("%v: %v, want ErrInvalid", numbers, err)
		}
	}
	small, _ := editor.announce(t, "a.txt", "", "hello")
	if _, err := editor.SignParts(ctx, small.ID, []int{1}); !errors.Is(err, uploads.ErrNoParts) {
		t.Errorf("a part of a small file: %v", err)
	}
	if _, _, err := editor.Arrived(ctx, small.ID); !errors.Is(err, uploads.ErrNoParts) {
		t.Errorf("parts of a small file: %v", err)
	}
	for name, other := range map[string]desk{"another tenant": sit(t, w, w.Acme.Editor), "nobody knows it": editor} {
		id := u.ID
		if name == "nobody knows it" {
			id = uploads.NewID()
		}
		if _, err := other.SignParts(ctx, id, []int{1}); !errors.Is(err, uploads.ErrNotFound) {
			t.Errorf("%s: signing: %v", name, err)
		}
		if _, _, err := other.Arrived(ctx, id); !errors.Is(err, uploads.ErrNotFound) {
			t.Errorf("%s: listing: %v", name, err)
		}
	}
	viewer := sit(t, w, w.Globex.Viewer)
	if _, err := viewer.SignParts(ctx, u.ID, []int{1}); !errors.Is(err, uploads.ErrForbidden) {
		t.Errorf("a viewer signs: %v", err)
	}
	if _, there, err := viewer.Arrived(ctx, u.ID); err != nil || len(there) != 0 {
		t.Errorf("a viewer asks: %v, %v", there, err)
	}
}

// partsDeleted: what was signed before the deletion sends nothing after it, and nothing stays.
func partsDeleted(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor, content := sit(t, w, w.Globex.Editor), bigFile()
	u, _ := editor.announce(t, "big.bin", "", content)
	signed, err := editor.SignParts(ctx, u.ID, []int{3})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 2} {
		editor.sendPart(t, u, content, n)
	}
	if err := editor.erase(t, u.ID); err != nil {
		t.Fatal(err)
	}
	if resp, _ := send(t, signed[0].SignedRequest, content[2*uploads.PartSize:]); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a part of what is deleted: %s", resp.Status)
	}
	if _, err := editor.Complete(ctx, u.ID); !errors.Is(err, uploads.ErrNotFound) {
		t.Errorf("completing: %v", err)
	}
	if _, err := editor.SignParts(ctx, u.ID, []int{1}); !errors.Is(err, uploads.ErrNotFound) {
		t.Errorf("signing: %v", err)
	}
	if err := editor.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if _, place, record := editor.exists(t, u); place || record {
		t.Errorf("object %v, record %v", place, record)
	}
}

// partsSettled: all parts are there, and the browser never came back to say so.
func partsSettled(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor, content := sit(t, w, w.Globex.Editor), bigFile()
	u, _ := editor.announce(t, "big.bin", "", content)
	for n := range 3 {
		editor.sendPart(t, u, content, n+1)
	}
	if err := editor.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if got, err := editor.Get(ctx, u.ID); err != nil || got.State != uploads.Stored {
		t.Errorf("%+v, %v", got, err)
	}
}

// partsGivenUp: a file in parts is waited for as long as somebody goes on sending it, and a week.
func partsGivenUp(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	editor, content := sit(t, w, w.Globex.Editor), bigFile()
	u, _ := editor.announce(t, "big.bin", "", content)
	day := time.Now().Add(-25 * time.Hour)
	editor.edit(t, u, map[string]any{"created": day})
	if got, err := editor.Get(ctx, u.ID); err != nil || got.State != uploads.Unfinished {
		t.Errorf("left for a day: %+v, %v", got, err)
	}
	if code := editor.sendPart(t, u, content, 1); code != http.StatusOK {
		t.Fatalf("HTTP %d", code)
	}
	if got, err := editor.Get(ctx, u.ID); err != nil || got.State != uploads.Pending {
		t.Errorf("being sent again: %+v, %v", got, err)
	}
	due := time.Now().Add(-time.Second)
	editor.edit(t, u, map[string]any{"due": due})
	if err := editor.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if _, there, err := editor.Arrived(ctx, u.ID); err != nil || len(there) != 1 {
		t.Fatalf("given up after a day: %v, %v", there, err)
	}
	signed, err := editor.SignParts(ctx, u.ID, []int{2})
	if err != nil {
		t.Fatal(err)
	}
	week := time.Now().Add(-8 * 24 * time.Hour)
	editor.edit(t, u, map[string]any{"created": week, "due": due, "parts": map[string]any{"signed": week}})
	if err := editor.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if _, place, record := editor.exists(t, u); place || record {
		t.Errorf("after a week: object %v, record %v", place, record)
	}
	if resp, _ := send(t, signed[0].SignedRequest, content[uploads.PartSize:2*uploads.PartSize]); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a part of what is given up: %s", resp.Status)
	}
}

// twoComplete: of two that complete at once, both hear of one generation.
func twoComplete(t *testing.T, w *vendingtest.World) {
	editor, content := sit(t, w, w.Globex.Editor), bigFile()
	u, _ := editor.announce(t, "big.bin", "", content)
	for n := range 3 {
		editor.sendPart(t, u, content, n+1)
	}
	type answer struct {
		uploads.Upload
		err error
	}
	answers := make(chan answer, 4)
	for range cap(answers) {
		go func() {
			got, err := editor.Complete(t.Context(), u.ID)
			answers <- answer{got, err}
		}()
	}
	var generation int64
	for range cap(answers) {
		a := <-answers
		if errors.Is(a.err, uploads.ErrNotUploaded) { // it asked while another completed
			a.Upload, a.err = editor.Complete(t.Context(), u.ID)
		}
		if a.err != nil || a.State != uploads.Stored || generation != 0 && a.Generation != generation {
			t.Errorf("%+v, %v; want generation %d", a.Upload, a.err, generation)
		}
		generation = a.Generation
	}
}

// oneRequest: a file of the size of a part is sent by one request.
func oneRequest(t *testing.T, w *vendingtest.World) {
	editor, content := sit(t, w, w.Globex.Editor), bigFile()[:uploads.PartSize]
	u, signed := editor.announce(t, "whole.bin", "", content)
	if u.Parts != (uploads.Parts{}) || signed.URL == "" {
		t.Fatalf("%+v", u)
	}
	if resp, body := send(t, signed, content); resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", resp.Status, body)
	}
	if got, err := editor.Complete(t.Context(), u.ID); err != nil || got.State != uploads.Stored {
		t.Errorf("%+v, %v", got, err)
	}
}
