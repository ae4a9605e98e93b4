package oidc

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const codeLife = time.Minute

// request is an authorization request: OpenID Connect Core 1.0, section 3.1.2.1.
type request struct {
	ClientID, RedirectURI, ResponseType, Scope, State, Nonce, Challenge, Method string
}

// grant is what a code stands for. It works once, for a minute.
type grant struct {
	user     User
	client   string
	back     string
	nonce    string
	verifies string // the code challenge; empty: none was given
	signedIn time.Time
}

//go:embed signin.html
var page string

var signInPage = template.Must(template.New("").Parse(page))

// form shows the sign-in form.
func (p *Provider) form(w http.ResponseWriter, r *http.Request) {
	if req, ok := p.check(w, r); ok {
		p.show(w, http.StatusOK, req, r.URL.Query().Get("login_hint"), "")
	}
}

// signIn takes the form. The answer to a wrong password and to an unknown address is the same.
func (p *Provider) signIn(w http.ResponseWriter, r *http.Request) {
	req, ok := p.check(w, r)
	if !ok {
		return
	}
	email, password := r.PostFormValue("email"), r.PostFormValue("password")
	user, ok := p.user(email, password)
	if !ok {
		p.show(w, http.StatusUnauthorized, req, email, "That address and password do not belong together.")
		return
	}
	now := p.cfg.Now()
	g := grant{user: user, client: req.ClientID, back: req.RedirectURI, nonce: req.Nonce, verifies: req.Challenge, signedIn: now}
	answer := url.Values{"state": {req.State}, "iss": {p.cfg.Issuer}}
	if req.ResponseType == "id_token" {
		token, err := p.sign(g)
		if err != nil {
			http.Error(w, "The token could not be signed.", http.StatusInternalServerError)
			return
		}
		answer.Set("id_token", token)
		p.back(w, r, req, answer)
		return
	}
	code := newSecret()
	p.mu.Lock()
	for old, g := range p.codes {
		if now.Sub(g.signedIn) > codeLife {
			delete(p.codes, old)
		}
	}
	p.codes[code] = g
	p.mu.Unlock()
	answer.Set("code", code)
	p.back(w, r, req, answer)
}

// check reads an authorization request and answers what is wrong with it: to the person as long as
// it is not certain that the client is to get the answer, and then to the client.
func (p *Provider) check(w http.ResponseWriter, r *http.Request) (request, bool) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The request cannot be read.", http.StatusBadRequest)
		return request{}, false
	}
	f := r.Form
	req := request{
		ClientID: f.Get("client_id"), RedirectURI: f.Get("redirect_uri"), ResponseType: f.Get("response_type"), Scope: f.Get("scope"),
		State: f.Get("state"), Nonce: f.Get("nonce"), Challenge: f.Get("code_challenge"), Method: f.Get("code_challenge_method"),
	}
	client, ok := p.client(req.ClientID)
	if !ok || !slices.Contains(client.RedirectURIs, req.RedirectURI) {
		http.Error(w, "This application, or the address it wants the answer at, is not known here.", http.StatusBadRequest)
		return request{}, false
	}
	fault := ""
	switch {
	case req.ResponseType != "code" && req.ResponseType != "id_token":
		fault = "unsupported_response_type"
	case !slices.Contains(strings.Fields(req.Scope), "openid"):
		fault = "invalid_scope"
	case req.ResponseType == "id_token" && req.Nonce == "":
		fault = "invalid_request"
	case req.Challenge != "" && req.Method != "S256", req.Challenge == "" && req.ResponseType == "code" && client.Secret == "":
		fault = "invalid_request"
	}
	if fault != "" {
		p.back(w, r, req, url.Values{"error": {fault}, "state": {req.State}, "iss": {p.cfg.Issuer}})
		return request{}, false
	}
	return req, true
}

// back sends the person back to the application, at an address that is registered. An ID token goes
// into the fragment, which browsers send to no server.
func (p *Provider) back(w http.ResponseWriter, r *http.Request, req request, answer url.Values) {
	to, err := url.Parse(req.RedirectURI)
	if err != nil {
		http.Error(w, "The application's address cannot be read.", http.StatusBadRequest)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if req.ResponseType == "id_token" {
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

func (p *Provider) show(w http.ResponseWriter, code int, req request, email, fault string) {
	var b bytes.Buffer
	err := signInPage.Execute(&b, map[string]any{"Request": req, "Email": email, "Fault": fault})
	if err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'")
	w.WriteHeader(code)
	_, _ = w.Write(b.Bytes())
}

// user finds somebody by address and password. Both are compared in a time that tells neither.
func (p *Provider) user(email, password string) (User, bool) {
	given := sha256.Sum256([]byte(strings.ToLower(email) + "\x00" + password))
	var found User
	ok := false
	for _, u := range p.cfg.Users {
		known := sha256.Sum256([]byte(strings.ToLower(u.Email) + "\x00" + u.Password))
		if subtle.ConstantTimeCompare(given[:], known[:]) == 1 {
			found, ok = u, true
		}
	}
	return found, ok
}
