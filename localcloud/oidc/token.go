package oidc

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// token trades a code, or a client's own credentials, for tokens: RFC 6749, sections 4.1.3 and 4.4.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request")
		return
	}
	client, ok := p.authenticated(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Basic realm="oidc"`)
		refuse(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		p.tradeCode(w, r, client)
	case "client_credentials":
		p.actForItself(w, r, client)
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type")
	}
}

// tradeCode answers for a code. A code is used up by being shown, whoever shows it.
func (p *Provider) tradeCode(w http.ResponseWriter, r *http.Request, client Client) {
	code := r.PostForm.Get("code")
	p.mu.Lock()
	g, ok := p.codes[code]
	delete(p.codes, code)
	p.mu.Unlock()
	if !ok || g.client != client.ID || g.back != r.PostForm.Get("redirect_uri") || p.cfg.Now().Sub(g.made) > codeLife ||
		!g.verified(r.PostForm.Get("code_verifier")) {
		refuse(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	resources, ok := narrowed(g.resources, r.PostForm["resource"])
	if !ok {
		refuse(w, http.StatusBadRequest, "invalid_target")
		return
	}
	access, err := p.sign(accessType, p.userAccessClaims(g, resources))
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error")
		return
	}
	id, err := p.sign("JWT", p.idClaims(g, access))
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"id_token": id, "access_token": access, "token_type": "Bearer", "expires_in": int(tokenLife / time.Second), "scope": g.scope,
	})
}

// actForItself answers for a client's own credentials.
func (p *Provider) actForItself(w http.ResponseWriter, r *http.Request, client Client) {
	if !client.Machine {
		refuse(w, http.StatusBadRequest, "unauthorized_client")
		return
	}
	resources, ok := narrowed(nil, r.PostForm["resource"])
	if !ok {
		refuse(w, http.StatusBadRequest, "invalid_target")
		return
	}
	scope := r.PostForm.Get("scope")
	access, err := p.sign(accessType, p.accessClaims(client.ID, client.ID, scope, resources))
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(tokenLife / time.Second), "scope": scope,
	})
}

// narrowed is what an access token is for: what the token request names, which must be among what
// was granted, if that was limited (RFC 8707, section 2.2).
func narrowed(granted, named []string) ([]string, bool) {
	for _, s := range named {
		if !isResource(s) || len(granted) > 0 && !slices.Contains(granted, s) {
			return nil, false
		}
	}
	if len(named) == 0 {
		return granted, true
	}
	return named, true
}

// authenticated is the client that makes the call, by its secret in either place; a public one, by
// its name.
func (p *Provider) authenticated(r *http.Request) (Client, bool) {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, password, ok := r.BasicAuth(); ok { // both are form-encoded: RFC 6749, section 2.3.1
		var err error
		if id, err = url.QueryUnescape(user); err != nil {
			return Client{}, false
		}
		if secret, err = url.QueryUnescape(password); err != nil {
			return Client{}, false
		}
	}
	client, ok := p.client(id)
	return client, ok && subtle.ConstantTimeCompare([]byte(client.Secret), []byte(secret)) == 1
}

// verified is RFC 7636, section 4.6. A verifier for a code that was asked for without a challenge
// is refused too, so that nobody can slip a code of theirs into a sign-in that uses one.
func (g grant) verified(verifier string) bool {
	if g.verifies == "" {
		return verifier == ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(g.verifies)) == 1
}

func refuse(w http.ResponseWriter, code int, fault string) {
	writeJSON(w, code, map[string]string{"error": fault})
}
