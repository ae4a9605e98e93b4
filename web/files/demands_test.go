package files_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/files"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// TestWithheldSentences: whatever is known of an inspection, whoever wants the file is told why it
// is withheld and what to do.
func TestWithheldSentences(t *testing.T) {
	noon := viewtest.Noon()
	for _, tt := range []struct {
		i    uploads.Inspection
		says string
	}{
		{uploads.Inspection{Progress: uploads.Harmful}, "Something was found in this one, so it stays here. Delete it."},
		{uploads.Inspection{Progress: uploads.Opaque}, "Some of this one could not be looked at, so it stays here. Send it anew without a password, or unpacked."},
		{uploads.Inspection{Progress: uploads.Waiting, MayAsk: true}, "This one has no verdict, and none follows by itself. Whoever sent it can have it inspected on its page."},
		{uploads.Inspection{Progress: uploads.Silent, MayAsk: true}, "This one has no verdict, and none follows by itself. Whoever sent it can have it inspected on its page."},
		{uploads.Inspection{Progress: uploads.NotAsked}, "Nobody can have this one inspected. Somebody who signs in can send it anew."},
		{uploads.Inspection{Progress: uploads.Inspecting, Deadline: noon}, "The verdict on this one comes by " + noon.UTC().Format("2 January 15:04") + " UTC, or its page says why not. Try again then."},
	} {
		r := new(door.Door).Table("", files.Feature{}).Refuse(&uploads.WithheldError{Inspection: tt.i})
		want := "This workspace gives a file out only once its inspection has found nothing in it. " + tt.says
		if r.Sentence != want || r.Status != http.StatusConflict {
			t.Errorf("%s:\n%d %s\nwant\n%s", tt.i.Progress, r.Status, r.Sentence, want)
		}
	}
}

func TestSizeSentence(t *testing.T) {
	r := new(door.Door).Table("", files.Feature{}).Refuse(&uploads.SizeError{Max: 2_000_000})
	want := "The file is larger than 2 MB, the most that this workspace takes. Send it in smaller files, or ask an admin for a higher limit."
	if r.Sentence != want || r.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d %s", r.Status, r.Sentence)
	}
}

// TestLimitsAreToldBeforeAByteIsSent: the page tells people and its script what is taken, and the
// server refuses what is not before it signs anything.
func TestLimitsAreToldBeforeAByteIsSent(t *testing.T) {
	h := webtest.Open(t)
	editor := h.SignIn(t, h.Acme.Editor)
	const path = "/t/acme/files"
	webtest.WantPage(t, "nothing is demanded", h.Call("GET", path, "", editor), 200, `data-types=""`)
	admin := uploads.NewRepository(h.Grant(t, h.Acme.Admin))
	set, err := admin.SetSettings(t.Context(), 0, uploads.Settings{MaxSize: 2_000_000, Types: []string{"text/plain", "image/png"}}, uploads.MaxSize)
	if err != nil {
		t.Fatal(err)
	}
	page := h.Call("GET", path, "", editor)
	for _, shows := range []string{
		`data-max-bytes="2000000"`, `data-types="image/png,text/plain"`, `accept="image/png,text/plain"`, "Only image/png, text/plain.",
		"This file is larger than 2 MB", "This workspace takes no files of this type. It takes image/png, text/plain.",
	} {
		webtest.WantPage(t, "the page", page, 200, shows)
	}
	for what, tt := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"too large":  {`{"name":"a","size":2000001,"type":"text/plain"}`, 413, "larger than 2 MB"},
		"wrong type": {`{"name":"a","size":1,"type":"application/pdf"}`, 422, "takes no files of this type"},
		"taken":      {`{"name":"a","size":2000000,"type":"text/plain"}`, 201, `"x-goog-content-length-range":"2000000,2000000"`},
	} {
		w := h.Call("POST", path, tt.body, editor, webtest.Header("Content-Type", "application/json"))
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.says) {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
	list, err := admin.List(t.Context(), uploads.Cursor{}, 10)
	if err != nil || len(list.Items) != 1 {
		t.Errorf("there are %d records, %v", len(list.Items), err)
	}
	if _, err = admin.SetSettings(t.Context(), set.Version, uploads.Settings{Types: []string{"image/png", uploads.AnyType}}, uploads.MaxSize); err != nil {
		t.Fatal(err)
	}
	if body := h.Call("GET", path, "", editor).Body.String(); !strings.Contains(body, `data-types=""`) || strings.Contains(body, "accept=") {
		t.Error("the browser holds files back whose type the platform calls otherwise")
	}
}

// stored is a file of acme's that has arrived.
func stored(t *testing.T, h *webtest.House) uploads.Upload {
	t.Helper()
	g := h.Grant(t, h.Acme.Editor)
	repo := uploads.NewRepository(g)
	u, _, err := repo.Create(t.Context(), uploads.Intent{Name: "plan.txt", Size: 5}, nil)
	if err != nil {
		t.Fatal(err)
	}
	object := g.Bucket().Object("uploads/" + u.ID.String()).NewWriter(t.Context())
	if _, err := object.Write([]byte("12345")); err != nil {
		t.Fatal(err)
	}
	if err := object.Close(); err != nil {
		t.Fatal(err)
	}
	if u, err = repo.Complete(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	return u
}

// TestWithheldFiles: a file without a verdict is not given out where the workspace demands one. The
// page says why, and leads admins alone to the settings. Settings that cannot be read give nothing
// out, and take nothing.
func TestWithheldFiles(t *testing.T) {
	h := webtest.Open(t)
	u := stored(t, h)
	list, file := "/t/acme/files", "/t/acme/files/"+u.ID.String()
	as := map[string]func(*http.Request){"admin": h.SignIn(t, h.Acme.Admin), "editor": h.SignIn(t, h.Acme.Editor), "viewer": h.SignIn(t, h.Acme.Viewer)}
	const link, button = `data-testid="file-settings-link"`, `data-testid="file-download"`
	for who, as := range as {
		webtest.WantPage(t, who+": the file", h.Call("GET", file, "", as), 200, button)
		if w := h.Call("GET", file+"/download", "", as); w.Code != http.StatusSeeOther {
			t.Errorf("%s: the download of a file that is not inspected: %d", who, w.Code)
		}
	}
	if _, err := uploads.NewRepository(h.Grant(t, h.Acme.Admin)).SetSettings(t.Context(), 0, uploads.Settings{OnlyInspected: true}, uploads.MaxSize); err != nil {
		t.Fatal(err)
	}
	withheld := func(status int, says string) {
		t.Helper()
		for who, as := range as {
			for what, w := range map[string]struct {
				at     string
				status int
			}{"its page": {file, 200}, "its download": {file + "/download", status}, "its download, knowing": {file + "/download?knowing=yes", status}} {
				answer := h.Call("GET", w.at, "", as)
				webtest.WantPage(t, who+": "+what, answer, w.status, says)
				if body := answer.Body.String(); strings.Contains(body, button) || strings.Contains(body, link) != (who == "admin") {
					t.Errorf("%s: %s has a button, or the link to the settings is not for admins alone", who, what)
				}
			}
			answer := h.Call("GET", list, "", as)
			webtest.WantPage(t, who+": the list", answer, 200, u.Name)
			if strings.Contains(answer.Body.String(), button) {
				t.Errorf("%s: the list offers a download", who)
			}
		}
		api := h.Call("GET", "/api/v1/uploads/"+u.ID.String()+"/download?knowing=true", "", h.Bearer(t, h.Acme.Viewer, "acme"))
		if api.Code != status || !strings.Contains(api.Body.String(), says) {
			t.Errorf("over the API: %d %s", api.Code, api.Body)
		}
	}
	withheld(http.StatusConflict, "This workspace gives a file out only once its inspection has found nothing in it.")

	g := h.Grant(t, h.Acme.Admin)
	entry := audit.Entry{Action: "settings.files", Kind: "settings", ID: "files"}
	err := audit.Of(g).Change(t.Context(), entry, func(_ context.Context, tx *firestore.Transaction, _ *audit.Entry) error {
		return tx.Set(g.Database().Collection("settings").Doc("files"), map[string]any{"changed": time.Now(), "types": 7})
	})
	if err != nil {
		t.Fatal(err)
	}
	withheld(http.StatusServiceUnavailable, "cannot be read, so no file is taken or given out")
	if body := h.Call("GET", list, "", as["editor"]).Body.String(); strings.Contains(body, `data-testid="upload-area"`) || !strings.Contains(body, "cannot be read") {
		t.Error("the page offers to upload")
	}
}

// TestQuotaIsTold: whoever may upload is told before there is no room, admins always see how much
// is used, and what does not fit is refused in a sentence.
func TestQuotaIsTold(t *testing.T) {
	h := webtest.Open(t)
	editor, admin := h.SignIn(t, h.Acme.Editor), h.SignIn(t, h.Acme.Admin)
	used := func(bytes int64) {
		t.Helper()
		_, err := h.Grant(t, h.Acme.Admin).Database().Collection("usage").Doc("files-0").Set(t.Context(), map[string]any{"bytes": bytes})
		if err != nil {
			t.Fatal(err)
		}
	}
	const path, banner = "/t/acme/files", `data-testid="storage"`
	used(vending.DefaultQuota/5*4 - 1)
	if body := h.Call("GET", path, "", editor).Body.String(); strings.Contains(body, banner) {
		t.Error("people are warned too early")
	}
	used(vending.DefaultQuota / 5 * 4)
	webtest.WantPage(t, "nearly full", h.Call("GET", path, "", editor), 200, "80 GB of 100 GB are used.")
	if body := h.Call("GET", path, "", h.SignIn(t, h.Acme.Viewer)).Body.String(); strings.Contains(body, banner) {
		t.Error("a viewer is warned, who uploads nothing")
	}
	webtest.WantPage(t, "the settings", h.Call("GET", "/t/acme/settings/files", "", admin), 200, "80 GB of 100 GB are used.")
	answer := h.Call("GET", "/api/v1/settings/files", "", h.Bearer(t, h.Acme.Admin, "acme"))
	if got := webtest.Read[struct{ UsedBytes, QuotaBytes int64 }](t, answer, 200); got.UsedBytes != 80e9 || got.QuotaBytes != 100e9 {
		t.Errorf("over the API: %+v", got)
	}
	used(vending.DefaultQuota - 5)
	json := webtest.Header("Content-Type", "application/json")
	w := h.Call("POST", path, `{"name":"a","size":6}`, editor, json)
	const says = "This workspace has no room for the file: 100 GB of 100 GB are used, and the file has 6 B."
	if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), says) || !strings.Contains(w.Body.String(), `"quota_exceeded"`) {
		t.Errorf("too much: %d %s", w.Code, w.Body)
	}
	if w := h.Call("POST", path, `{"name":"a","size":5}`, editor, json); w.Code != http.StatusCreated {
		t.Errorf("as much as there is: %d %s", w.Code, w.Body)
	}
}
