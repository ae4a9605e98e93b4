package oidc

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// request is an authorization request: OpenID Connect Core 1.0, section 3.1.2.1.
type request struct {
	ClientID, RedirectURI, ResponseType, Scope, State, Nonce, Challenge, Method string
	Prompt, MaxAge, LoginHint                                                   string
	Resources                                                                   []string // RFC 8707
}

// check reads an authorization request and answers what is wrong with it. The answer goes to the
// person as long as it is not certain that the client is to get it, and then to the client.
func (p *Provider) check(w http.ResponseWriter, r *http.Request) (request, bool) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The request cannot be read.", http.StatusBadRequest)
		return request{}, false
	}
	f := r.Form
	req := request{
		ClientID: f.Get("client_id"), RedirectURI: f.Get("redirect_uri"), ResponseType: f.Get("response_type"), Scope: f.Get("scope"),
		State: f.Get("state"), Nonce: f.Get("nonce"), Challenge: f.Get("code_challenge"), Method: f.Get("code_challenge_method"),
		Prompt: f.Get("prompt"), MaxAge: f.Get("max_age"), LoginHint: f.Get("login_hint"), Resources: f["resource"],
	}
	client, ok := p.client(req.ClientID)
	if !ok || !slices.Contains(client.RedirectURIs, req.RedirectURI) {
		http.Error(w, "This application, or the address it wants the answer at, is not known here.", http.StatusBadRequest)
		return request{}, false
	}
	if fault, why := req.fault(client, f); fault != "" {
		p.fail(w, r, req, fault, why)
		return request{}, false
	}
	return req, true
}

// fault is the error code of what is wrong with the request, and a sentence about it.
func (q request) fault(client Client, f url.Values) (code, why string) {
	mode := f.Get("response_mode")
	prompts := q.prompts()
	switch {
	case q.ResponseType != "code" && q.ResponseType != "id_token":
		return "unsupported_response_type", "The response type must be code or id_token."
	case f.Has("request"):
		return "request_not_supported", "Request objects are not supported."
	case f.Has("request_uri"):
		return "request_uri_not_supported", "Request objects are not supported."
	case mode != "" && mode != q.mode():
		return "invalid_request", "The response mode must be " + q.mode() + "."
	case !slices.Contains(strings.Fields(q.Scope), "openid"):
		return "invalid_scope", "The scope must contain openid."
	case q.ResponseType == "id_token" && q.Nonce == "":
		return "invalid_request", "An ID token needs a nonce."
	case q.Challenge != "" && q.Method != "S256":
		return "invalid_request", "The code challenge method must be S256."
	case q.Challenge == "" && q.ResponseType == "code" && client.Secret == "":
		return "invalid_request", "A client without a secret needs a code challenge."
	case slices.Contains(prompts, "none") && len(prompts) > 1:
		return "invalid_request", "The prompt none stands alone."
	case slices.ContainsFunc(q.Resources, func(s string) bool { return !isResource(s) }):
		return "invalid_target", "A resource must be an absolute URI without a fragment."
	}
	if _, _, ok := q.maxAge(); !ok {
		return "invalid_request", "The maximum age must be a number of seconds."
	}
	return "", ""
}

func (q request) mode() string {
	if q.ResponseType == "id_token" {
		return "fragment"
	}
	return "query"
}

func (q request) prompts() []string { return strings.Fields(q.Prompt) }

// maxAge is how long ago the person may have signed in; given says whether the request limits it.
func (q request) maxAge() (age time.Duration, given, ok bool) {
	if q.MaxAge == "" {
		return 0, false, true
	}
	n, err := strconv.ParseUint(q.MaxAge, 10, 31)
	return time.Duration(n) * time.Second, true, err == nil
}

// isResource is RFC 8707, section 2.
func isResource(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && !strings.Contains(s, "#")
}

// fail sends an error to the client.
func (p *Provider) fail(w http.ResponseWriter, r *http.Request, req request, code, why string) {
	p.back(w, r, req, url.Values{"error": {code}, "error_description": {why}})
}

// back sends the person back to the application, at an address that is registered. An ID token goes
// into the fragment, which browsers send to no server.
func (p *Provider) back(w http.ResponseWriter, r *http.Request, req request, answer url.Values) {
	to, err := url.Parse(req.RedirectURI)
	if err != nil {
		http.Error(w, "The application's address cannot be read.", http.StatusBadRequest)
		return
	}
	answer.Set("state", req.State)
	answer.Set("iss", p.cfg.Issuer) // RFC 9207
	w.Header().Set("Cache-Control", "no-store")
	if req.mode() == "fragment" {
		// url.URL would escape the fragment once more.
		http.Redirect(w, r, to.String()+"#"+answer.Encode(), http.StatusSeeOther)
		return
	}
	query := to.Query()
	for name, values := range answer {
		query[name] = values
	}
	to.RawQuery = query.Encode()
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}
