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

// grant is what a code stands for. It works once, for a minute.
type grant struct {
	user      User
	client    string
	back      string
	scope     string
	nonce     string
	verifies  string // the code challenge; empty: none was given
	resources []string
	signedIn  time.Time // when the password was given
	made      time.Time
}

//go:embed signin.html
var page string

var signInPage = template.Must(template.New("").Parse(page))

// form shows the sign-in form, or answers at once for a person whose sign-in is remembered.
func (p *Provider) form(w http.ResponseWriter, r *http.Request) {
	req, ok := p.check(w, r)
	if !ok {
		return
	}
	s, known := p.remembered(r)
	prompts := req.prompts()
	if age, given, _ := req.maxAge(); given && p.cfg.Now().Sub(s.signedIn) > age {
		known = false
	}
	if req.LoginHint != "" && !strings.EqualFold(req.LoginHint, s.user.Email) {
		known = false
	}
	switch {
	case slices.Contains(prompts, "login"), slices.Contains(prompts, "select_account"):
		p.show(w, http.StatusOK, req, req.LoginHint, "")
	case known:
		p.answer(w, r, req, s.user, s.signedIn)
	case slices.Contains(prompts, "none"):
		p.fail(w, r, req, "login_required", "Nobody is signed in here.")
	default:
		p.show(w, http.StatusOK, req, req.LoginHint, "")
	}
}

// signIn takes the form. The answer to a wrong password and to an unknown address is the same.
func (p *Provider) signIn(w http.ResponseWriter, r *http.Request) {
	req, ok := p.check(w, r)
	if !ok {
		return
	}
	if r.PostForm.Has("cancel") {
		p.fail(w, r, req, "access_denied", "The person cancelled the sign-in.")
		return
	}
	email, password := r.PostFormValue("email"), r.PostFormValue("password")
	user, ok := p.user(email, password)
	if !ok {
		p.show(w, http.StatusUnauthorized, req, email, "That address and password do not belong together.")
		return
	}
	now := p.cfg.Now()
	p.remember(w, r, session{user, now})
	p.answer(w, r, req, user, now)
}

// answer sends the client a code or an ID token for somebody who signed in at that time.
func (p *Provider) answer(w http.ResponseWriter, r *http.Request, req request, user User, signedIn time.Time) {
	now := p.cfg.Now()
	g := grant{
		user: user, client: req.ClientID, back: req.RedirectURI, scope: req.Scope, nonce: req.Nonce, verifies: req.Challenge,
		resources: req.Resources, signedIn: signedIn, made: now,
	}
	if req.ResponseType == "id_token" {
		token, err := p.sign("JWT", p.idClaims(g, ""))
		if err != nil {
			http.Error(w, "The token could not be signed.", http.StatusInternalServerError)
			return
		}
		p.back(w, r, req, url.Values{"id_token": {token}})
		return
	}
	code := newSecret()
	p.mu.Lock()
	for old, g := range p.codes {
		if now.Sub(g.made) > codeLife {
			delete(p.codes, old)
		}
	}
	p.codes[code] = g
	p.mu.Unlock()
	p.back(w, r, req, url.Values{"code": {code}})
}

func (p *Provider) show(w http.ResponseWriter, code int, req request, email, fault string) {
	var b bytes.Buffer
	err := signInPage.Execute(&b, map[string]any{
		"Request": req, "Email": email, "Fault": fault, "Action": p.path + "/authorize", "Issuer": p.cfg.Issuer,
	})
	if err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin") // with none at all, browsers send forms with the origin "null"
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
