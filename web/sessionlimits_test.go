package web_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/settings"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// TestLimitsOfSessions: an admin sets shorter limits on the page, sessions that are open end by
// them at once, and an admin does not cut off their own.
func TestLimitsOfSessions(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	const page, at = "/t/acme/settings/sign-in", "/api/v1/settings/authentication"
	now := time.Now()
	admin, bearer := h.SignIn(t, h.Acme.Admin), h.Bearer(t, h.Acme.Admin, "acme")
	idle := h.Session(t, h.Acme.Viewer, now.Add(-50*time.Minute), now.Add(-20*time.Minute))
	busy := h.Session(t, h.Acme.Editor, now.Add(-50*time.Minute), now)
	old := h.Session(t, h.Acme.Editor, now.Add(-5*time.Hour), now)
	theirs := h.Session(t, h.Globex.Viewer, now.Add(-5*time.Hour), now.Add(-20*time.Minute))
	if s := webtest.Read[settings.Authentication](t, h.Call("GET", at, "", bearer), 200).Sessions; s.IdleMinutes != 480 || s.AbsoluteMinutes != 1440 {
		t.Errorf("at first: %+v", s)
	}
	webtest.WantPage(t, "before", h.Call("GET", "/t/acme/files", "", idle), 200, h.Acme.Viewer.Email)
	webtest.WantPage(t, "before, the old one", h.Call("GET", "/t/acme/files", "", old), 200, h.Acme.Editor.Email)

	// The first request was noted in the cookie that came back; the one that is sent again is as it
	// was.
	form := url.Values{"version": {"0"}, "idle": {"15"}, "absolute": {"240"}}
	webtest.WantRedirect(t, "setting them", h.Form(page+"/sessions", form, admin), page+"?notice=settings-saved")
	over := "/t/acme/sign-in?notice=session-over"
	webtest.WantRedirect(t, "idle for 20 minutes", h.Call("GET", "/t/acme/files", "", idle), over)
	webtest.WantRedirect(t, "begun 5 hours ago", h.Call("GET", "/t/acme/files", "", old), over)
	w := h.Call("GET", "/t/acme/files", "", busy)
	webtest.WantPage(t, "a busy one", w, 200, h.Acme.Editor.Email)
	webtest.WantPage(t, "globex's, which has set nothing", h.Call("GET", "/t/globex/files", "", theirs), 200, h.Globex.Viewer.Email)
	webtest.WantPage(t, "what is set", h.Call("GET", page, "", admin), 200, `<option value="15" selected>15 minutes</option>`)

	// A cookie lives no longer than its session.
	renewed := h.Call("GET", "/t/acme/files", "", h.Session(t, h.Acme.Editor, now.Add(-time.Hour), now.Add(-5*time.Minute)))
	if c := renewed.Result().Cookies(); len(c) != 1 || c[0].MaxAge > 3*3600 || c[0].MaxAge < 3*3600-120 {
		t.Errorf("the cookie of a session that has three hours left: %v", c)
	}

	stale := h.Form(page+"/sessions", form, admin)
	webtest.WantPage(t, "the same form again", stale, 412, "Somebody else changed this")
	for name, values := range map[string]url.Values{
		"longer than the platform's": {"version": {"1"}, "idle": {"481"}, "absolute": {"1440"}},
		"too short to work":          {"version": {"1"}, "idle": {"1"}, "absolute": {"60"}},
		"no number":                  {"version": {"1"}, "idle": {"long"}, "absolute": {"60"}},
		"nothing":                    {"version": {"1"}},
	} {
		webtest.WantPage(t, name, h.Form(page+"/sessions", values, admin), 422, "5 minutes to 8 hours")
	}
	put := func(body string) int {
		return h.Call("PUT", at, body, bearer, webtest.Header("If-Match", `"1"`)).Code
	}
	if code := put(`{"api":["token"],"sessions":{"idleMinutes":1000,"absoluteMinutes":1440}}`); code != 422 {
		t.Errorf("limits of the API that are too long: %d", code)
	}
	if code := put(`{"api":["token","key","access"]}`); code != 200 {
		t.Errorf("settings that say nothing of sessions: %d", code)
	}
	if s := webtest.Read[settings.Authentication](t, h.Call("GET", at, "", bearer), 200).Sessions; s.IdleMinutes != 15 || s.AbsoluteMinutes != 240 {
		t.Errorf("they have changed the limits: %+v", s)
	}
	if _, err := h.People.ChangeRole(t.Context(), h.Grant(t, h.Acme.Admin), h.Acme.Editor.ID, tenant.Viewer); err != nil {
		t.Errorf("who administers goes on: %v", err)
	}
}
