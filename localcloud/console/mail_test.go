package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/auth/httptransport"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

func TestMail(t *testing.T) {
	w := newWorld(t)
	w.page("/mail").has("The mailbox is empty")
	owner := try(credentials.NewCredentialsFromJSON(credentials.ServiceAccount, w.cloud.OwnerKey(), &credentials.DetectOptions{
		Scopes: []string{"https://www.googleapis.com/auth/cloud-platform"}, UseSelfSignedJWT: true,
	}))(t)
	client := try(httptransport.NewClient(&httptransport.Options{
		Credentials: owner, BaseRoundTripper: localcloudtest.Transport(w.cloud),
	}))(t)
	post := func(method, body string) {
		t.Helper()
		res := try(client.Post("https://identitytoolkit.googleapis.com/v1/"+project+"/accounts"+method, "application/json", strings.NewReader(body)))(t)
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatal(res.Status)
		}
	}
	for _, email := range []string{"ann@acme.example", "bob@acme.example"} {
		post("", `{"email":"`+email+`","password":"correct horse battery"}`)
		post(":sendOobCode", `{"requestType":"PASSWORD_RESET","email":"`+email+`","continueUrl":"http://127.0.0.1:8080/t/acme?a=1&b=%3Cb%3E"}`)
	}
	p := w.page("/mail")
	p.has("PASSWORD_RESET", "Code")
	if letters := p.all("article"); len(letters) != 2 || !strings.Contains(text(letters[0]), "bob@") || !strings.Contains(text(letters[1]), "ann@") {
		t.Errorf("want two e-mails, the newest first:\n%s", p.main())
	}
	link := page{t, p.path, p.all("article")[0]}.all("a")[0]
	to := try(url.Parse(attribute(link, "href")))(t)
	back := to.Query().Get("continueUrl")
	if text(link) != attribute(link, "href") || back != "http://127.0.0.1:8080/t/acme?a=1&b=%3Cb%3E" || to.Query().Get("oobCode") == "" {
		t.Errorf("the link is %q, and leads to %q", text(link), to)
	}
	if strings.Contains(p.main(), "correct horse") {
		t.Error("the page shows a password")
	}
}
