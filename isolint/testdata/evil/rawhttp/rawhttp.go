package rawhttp

import (
	"net/http"
	"net/url"
)

const (
	domain = "google" + "apis.com"                // want "host: googleapis.com"
	object = "https://Storage.GoogleAPIs.com/b/o" // want "host: googleapis.com"
	scheme = "https://"
)

const joined = scheme + "accounts" + ".google" + ".com" // want "host: accounts.google.com"

var hosts = map[string]bool{"firestore.googleapis.com": true} // want "host: googleapis.com"

func All() {
	_, _ = http.Get(object)
	_, _ = http.Get("https://www." + domain + "/token")         // want "host: googleapis.com"
	_ = url.URL{Scheme: "https", Host: `oauth2.googleapis.com`} // want "host: googleapis.com"
	_ = hosts[joined]
}
