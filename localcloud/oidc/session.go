package oidc

import (
	"net/http"
	"time"
)

// session is a sign-in that is remembered, because the person asked for it.
type session struct {
	user     User
	signedIn time.Time
}

const (
	sessionCookie = "oidc-session"
	sessionLife   = 8 * time.Hour
)

// remembered is the sign-in that the browser's cookie stands for. The zero value: there is none.
func (p *Provider) remembered(r *http.Request) (session, bool) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return session{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.sessions[c.Value]
	if !ok || p.cfg.Now().Sub(s.signedIn) > sessionLife {
		return session{}, false
	}
	return s, true
}

// remember ends the sign-in that was remembered, and remembers this one if the form asks for it.
func (p *Provider) remember(w http.ResponseWriter, r *http.Request, s session) {
	cookie := &http.Cookie{Name: sessionCookie, Path: p.path + "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: -1}
	p.mu.Lock()
	if old, err := r.Cookie(sessionCookie); err == nil {
		delete(p.sessions, old.Value)
	}
	for id, old := range p.sessions {
		if s.signedIn.Sub(old.signedIn) > sessionLife {
			delete(p.sessions, id)
		}
	}
	if r.PostForm.Has("remember") {
		cookie.Value, cookie.MaxAge = newSecret(), int(sessionLife/time.Second)
		p.sessions[cookie.Value] = s
	}
	p.mu.Unlock()
	http.SetCookie(w, cookie)
}
