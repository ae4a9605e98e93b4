package signin_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
)

// A provider that answers nothing, at whichever step, and a key set of ten thousand keys: the
// person is told to try again, is not in, and is let in once the provider behaves.
func TestProvidersThatHang(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		at     oidc.Endpoint
		fault  oidc.Fault
		status int
		step   federation.Step
	}{
		"the token endpoint hangs":            {oidc.Token, oidc.Hang(), 503, federation.StepToken},
		"the keys hang":                       {oidc.KeySet, oidc.Hang(), 503, "id token:key"},
		"the key set has ten thousand keys":   {oidc.KeySet, oidc.ManyKeys(10_000), 503, "id token:key"},
		"the key set leads round in a circle": {oidc.KeySet, oidc.RedirectLoop(), 503, "id token:key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			realm, o := w.provider(t, w.Acme, strings.ReplaceAll(name, " ", "-"), asViewer, ann(name, "ann@id.acme.test"))
			b := w.browser()
			callback := answer(t, b.depart(t, w.Acme, o, federation.ToSignIn), "ann@id.acme.test")
			realm.Misbehave(tt.at, tt.fault)
			defer realm.Behave()
			r := b.arrive(t, callback)
			b.wantOut(t, "ann, while "+name, w.Acme, r, tt.status, "provider")
			if !keptStep(t, w, o.ID, tt.step) {
				t.Errorf("the step %q is not kept", tt.step)
			}
		})
	}
}

// keptStep reports whether a failed sign-in at the provider is kept with the step.
func keptStep(t *testing.T, w *world, at authpolicy.ProviderID, step federation.Step) bool {
	t.Helper()
	page, err := w.Federation.FailedSignIns(t.Context(), w.Grant(t, w.Acme.Admin), federation.FailedCursor{})
	must(t, err)
	for _, f := range page.Items {
		if f.Provider == at {
			return f.Step == step && f.Sentence != ""
		}
	}
	return false
}

// One recovery code in two requests at once lets one of them in.
func TestRecoveryCodeInTwoRequests(t *testing.T) {
	w := newWorld(t)
	w.provider(t, w.Acme, "acme", nil)
	var codes []string
	w.set(t, w.Acme, func(p *authpolicy.Policy) { p.Enforcement, codes = p.Enforcement.Stage(w.Acme.Editor.ID, time.Now()) })
	admin := w.Acme.Admin
	const together = 8
	answers := make([]*httptest.ResponseRecorder, together)
	var all sync.WaitGroup
	for i := range together {
		all.Go(func() {
			answers[i] = w.browser().form("/t/acme/sign-in/recovery", url.Values{"email": {admin.Email}, "password": {admin.Password}, "code": {codes[0]}})
		})
	}
	all.Wait()
	in := 0
	for _, a := range answers {
		switch a.Code {
		case 303:
			in++
		case 401, 503: // used up, or it could not be told
		default:
			t.Errorf("%d %.400s", a.Code, a.Body)
		}
	}
	p, err := w.Policies.Current(t.Context(), w.Acme.ID)
	must(t, err)
	if in != 1 || len(p.Enforcement.Codes) != authpolicy.RecoveryCodes-1 {
		t.Errorf("one code has let %d in, and %d codes are left", in, len(p.Enforcement.Codes))
	}
}

// Of a tenant 500 failed sign-ins are kept. The oldest make room, and nobody else's do.
func TestFailedSignInsAreBounded(t *testing.T) {
	w := newWorld(t)
	_, o := w.provider(t, w.Acme, "acme", nil, ann("1", "ann@id.acme.test"))
	_, theirs := w.provider(t, w.Globex, "globex", nil, ann("1", "ann@id.globex.test"))
	w.browser().through(t, w.Globex, theirs, federation.ToSignIn, "ann@id.globex.test")
	all := w.Grant(t, w.Acme.Admin).Database().Collection(location.SignIns)
	began := time.Now().Add(-time.Hour)
	bulk := make(chan int)
	var writers sync.WaitGroup
	for range 16 {
		writers.Go(func() {
			for i := range bulk {
				_, err := all.Doc(document.NewID[federation.FailedSignIn]().String()).Create(t.Context(), map[string]any{
					"created": began.Add(time.Duration(i) * time.Second), "expires": began.Add(federation.FailedLife),
					"provider": o.ID.String(), "step": "code", "sentence": "It failed.",
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range federation.MaxFailed + 5 {
		bulk <- i
	}
	close(bulk)
	writers.Wait()
	for range 3 {
		w.browser().through(t, w.Acme, o, federation.ToSignIn, "ann@id.acme.test") // a stranger is refused
	}
	docs, err := all.OrderBy("created", 1).Documents(t.Context()).GetAll()
	must(t, err)
	if len(docs) != federation.MaxFailed {
		t.Fatalf("%d are kept, want %d", len(docs), federation.MaxFailed)
	}
	if oldest := docs[0].Data()["created"].(time.Time); oldest.Before(began.Add(7 * time.Second)) {
		t.Errorf("the oldest is still kept: %v, %v after the first", oldest, oldest.Sub(began))
	}
	if newest := docs[len(docs)-1].Data(); newest["step"] != string(federation.StepPerson) {
		t.Errorf("the newest is %v", newest)
	}
	if f := w.failed(t, w.Globex); f.Provider != theirs.ID {
		t.Errorf("globex's is %+v", f)
	}
}
