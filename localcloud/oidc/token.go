package oidc

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const tokenLife = 5 * time.Minute

// token trades a code for an ID token: RFC 6749, section 4.1.3. A code is used up by being shown,
// whoever shows it.
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
	if r.PostForm.Get("grant_type") != "authorization_code" {
		refuse(w, http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	code := r.PostForm.Get("code")
	p.mu.Lock()
	g, ok := p.codes[code]
	delete(p.codes, code)
	p.mu.Unlock()
	if !ok || g.client != client.ID || g.back != r.PostForm.Get("redirect_uri") || p.cfg.Now().Sub(g.signedIn) > codeLife ||
		!g.verified(r.PostForm.Get("code_verifier")) {
		refuse(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	id, err := p.sign(g)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error")
		return
	}
	// There is nothing here that an access token would open. The protocol wants one all the same.
	writeJSON(w, http.StatusOK, map[string]any{
		"id_token": id, "access_token": newSecret(), "token_type": "Bearer", "expires_in": int(tokenLife / time.Second),
	})
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

// sign returns the ID token of a grant.
func (p *Provider) sign(g grant) (string, error) {
	now := p.cfg.Now()
	claims := jwt.MapClaims{
		"iss": p.cfg.Issuer, "sub": g.user.Subject, "aud": g.client, "iat": now.Unix(), "exp": now.Add(tokenLife).Unix(),
		"auth_time": g.signedIn.Unix(), "email": g.user.Email, "email_verified": g.user.EmailVerified, "name": g.user.Name,
	}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = p.kid
	return token.SignedString(p.key)
}

func refuse(w http.ResponseWriter, code int, fault string) {
	writeJSON(w, code, map[string]string{"error": fault})
}
