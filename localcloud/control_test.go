package localcloud_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"golang.org/x/oauth2/google"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// Who owns the project turns faults and the clock from outside, and nobody else.
func TestControl(t *testing.T) {
	cloud := localcloudtest.New(t)
	tenant := createTenant(t, cloud, "tn-aaaaaaaaaa")
	console := cloud.Endpoints().Console
	bearer := func(key []byte) string {
		signed, err := google.JWTConfigFromJSON(key, cloudPlatform)
		must(t, err)
		token, err := signed.TokenSource(t.Context()).Token()
		must(t, err)
		return "Bearer " + token.AccessToken
	}
	owner := bearer(cloud.OwnerKey())
	type headers map[string]string
	send := func(method, path, body string, h headers) (int, map[string]any) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, console+path, strings.NewReader(body))
		must(t, err)
		req.Host = h["Host"]
		for name, v := range h {
			req.Header.Set(name, v)
		}
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		defer res.Body.Close()
		var answer map[string]any
		_ = json.NewDecoder(res.Body).Decode(&answer) // some refusals are plain text
		return res.StatusCode, answer
	}

	const cut = `{"account":"tn-aaaaaaaaaa@bulkhead-test.iam.gserviceaccount.com","cut":true}`
	for name, test := range map[string]struct {
		headers headers
		want    int
	}{
		"nobody":           {headers{}, http.StatusUnauthorized},
		"a tenant":         {headers{"Authorization": bearer(tenant)}, http.StatusForbidden},
		"another site":     {headers{"Authorization": owner, "Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
		"another origin":   {headers{"Authorization": owner, "Origin": "https://example.com"}, http.StatusForbidden},
		"another name":     {headers{"Authorization": owner, "Host": "example.com"}, http.StatusForbidden},
		"a made-up bearer": {headers{"Authorization": "Bearer ya29.nothing"}, http.StatusUnauthorized},
	} {
		for path, body := range map[string]string{"/faults": cut, "/clock": `{"advance":"1h"}`, "/projects": `{"projectId":"not-theirs"}`} {
			if status, answer := send(http.MethodPost, path, body, test.headers); status != test.want {
				t.Errorf("%s at %s: %d %v, want %d", name, path, status, answer, test.want)
			}
		}
	}
	mine := headers{"Authorization": owner}
	if _, all := send(http.MethodGet, "/faults", "", mine); len(all["faults"].([]any)) != 0 {
		t.Errorf("those who were refused left %v", all)
	}
	if now := cloud.Clock().Now(); now.After(time.Now().Add(time.Minute)) {
		t.Errorf("those who were refused made it %v", now)
	}

	if all := cloud.Projects(); len(all) != 1 {
		t.Errorf("those who were refused made %v", all)
	}
	if status, answer := send(http.MethodPost, "/projects", `{"projectId":"bulkhead-cell"}`, mine); status != http.StatusOK || len(answer["projects"].([]any)) != 2 {
		t.Errorf("a project: %d %v", status, answer)
	}
	if status, answer := send(http.MethodPost, "/projects", `{"projectId":"No"}`, mine); status != http.StatusBadRequest {
		t.Errorf("no project: %d %v", status, answer)
	}

	_, added := send(http.MethodPost, "/faults", cut, mine)
	bucket := storageClient(t, cloud, tenant).Bucket(bucketName("tn-aaaaaaaaaa")).Retryer(storage.WithPolicy(storage.RetryNever))
	if err := bucket.Object("o").Delete(t.Context()); err == nil || errors.Is(err, storage.ErrObjectNotExist) {
		t.Errorf("the struck call: %v", err)
	}
	if _, all := send(http.MethodGet, "/faults", "", mine); all["faults"].([]any)[0].(map[string]any)["hits"] == 0.0 {
		t.Errorf("no hits: %v", all)
	}
	if status, _ := send(http.MethodDelete, "/faults/"+added["id"].(string), "", mine); status != http.StatusOK {
		t.Errorf("removing it: %d", status)
	}

	if status, answer := send(http.MethodPost, "/clock", `{"advance":"10m"}`, mine); status != http.StatusOK || answer["now"] == nil {
		t.Errorf("the clock: %d %v", status, answer)
	}
	if now := cloud.Clock().Now(); now.Before(time.Now().Add(9 * time.Minute)) {
		t.Errorf("after ten minutes it is %v", now)
	}
	for _, body := range []string{`{}`, `{"advance":"soon"}`, `{"advance":"-1s"}`, `{"set":"2001-01-01T00:00:00Z"}`, `{"advance":"1s","set":"2101-01-01T00:00:00Z"}`} {
		if status, answer := send(http.MethodPost, "/clock", body, mine); status != http.StatusBadRequest {
			t.Errorf("%s: %d %v", body, status, answer)
		}
	}
}
