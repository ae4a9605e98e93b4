package fault_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// newServer serves one method that echoes its body. served receives once for each request that it
// has done with.
func newServer(t *testing.T) (faults *fault.Injector, url string, served chan bool) {
	t.Helper()
	faults, served = fault.New(), make(chan bool, 10)
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	struck := faults.Middleware(func(r *http.Request) fault.Call { return fault.Call{Method: r.Method + " " + r.URL.Path} }, echo)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { served <- true }()
		struck.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(faults.Close)
	return faults, server.URL + "/echo", served
}

func post(ctx context.Context, url, body string) (status int, answer string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

func TestRulesInTurn(t *testing.T) {
	faults, url, _ := newServer(t)
	counts := faults.Add(fault.Rule{Times: 1})
	fails := faults.Add(fault.Rule{Code: codes.ResourceExhausted, Message: "enough", Times: 2})
	cuts := faults.Add(fault.Rule{Method: "POST /echo", Cut: true})
	for n, want := range []int{200, 429, 429, 0, 0} {
		status, answer, err := post(t.Context(), url, "hello")
		if status != want || (err != nil) != (want == 0) || (answer == "hello") != (want == 200) {
			t.Errorf("call %d: %d %q, %v; want %d", n+1, status, answer, err, want)
		}
		if want == 429 && !strings.Contains(answer, `"message":"enough","status":"RESOURCE_EXHAUSTED"`) {
			t.Errorf("the answer is %s", answer)
		}
	}
	if counts.Hits() != 1 || fails.Hits() != 2 || cuts.Hits() != 2 {
		t.Errorf("hits: %d, %d and %d", counts.Hits(), fails.Hits(), cuts.Hits())
	}
	cuts.Remove()
	if status, answer, err := post(t.Context(), url, "hello"); status != 200 || answer != "hello" {
		t.Errorf("after the rule was removed: %d %q, %v", status, answer, err)
	}
}

// A delayed answer arrives whole.
func TestDelayedAnswers(t *testing.T) {
	for _, after := range []bool{false, true} {
		faults, url, _ := newServer(t)
		const delay = 20 * time.Millisecond
		faults.Add(fault.Rule{Delay: delay, After: after})
		began := time.Now()
		status, answer, err := post(t.Context(), url, "hello")
		if status != 200 || answer != "hello" {
			t.Errorf("after %v: %d %q, %v", after, status, answer, err)
		}
		if took := time.Since(began); took < delay {
			t.Errorf("after %v: answered within %v", after, took)
		}
	}
}

// Nobody waits for a caller who has left, and no caller waits for a cloud that has closed.
func TestDelaysEndEarly(t *testing.T) {
	for _, after := range []bool{false, true} {
		faults, url, served := newServer(t)
		slow := faults.Add(fault.Rule{Delay: time.Hour, After: after})
		for n := range 2 {
			ctx, leave := context.WithCancel(t.Context())
			go func() {
				for slow.Hits() <= n {
					time.Sleep(time.Millisecond)
				}
				leave()
			}()
			if _, _, err := post(ctx, url, "hello"); !errors.Is(err, context.Canceled) {
				t.Errorf("the caller who left: %v", err)
			}
			<-served
		}
		go func() {
			for slow.Hits() < 3 {
				time.Sleep(time.Millisecond)
			}
			faults.Close()
		}()
		if status, _, err := post(t.Context(), url, "hello"); status != http.StatusServiceUnavailable {
			t.Errorf("the caller who stayed: %d, %v", status, err)
		}
	}
}
