package identity

import (
	"errors"
	"mime"
	"net/http"

	"go.etcd.io/bbolt"
)

// refresh is securetoken.googleapis.com's /v1/token: a refresh token becomes a new ID token. The
// refresh token stays the same. It answers INVALID_REFRESH_TOKEN for one it never issued,
// USER_DISABLED and USER_NOT_FOUND by the state of the account, and TOKEN_EXPIRED after a change of
// password or address, a revocation or a time of being disabled.
func (s *Service) refresh(r *http.Request) (any, error) {
	answer, err := s.grantToken(r)
	return answer, secureTokenError(err)
}

func (s *Service) grantToken(r *http.Request) (any, error) {
	grant, token, err := refreshRequest(r)
	switch {
	case err != nil:
		return nil, err
	case grant == "":
		return nil, bad("MISSING_GRANT_TYPE")
	case grant != "refresh_token":
		return nil, bad("INVALID_GRANT_TYPE")
	case token == "":
		return nil, bad("MISSING_REFRESH_TOKEN")
	}
	var a account
	var ss session
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		var ok bool
		if ss, ok, err = get[session](tx, bucketRefresh, digest(token)); err != nil || !ok {
			return either(err, bad("INVALID_REFRESH_TOKEN"))
		}
		a, err = getAccount(tx, ss.Tenant, ss.LocalID)
		switch {
		case err != nil:
			return err
		case a.Disabled:
			return errDisabled
		case ss.Epoch != a.Epoch || ss.AuthTime < a.ValidSince:
			return errExpired
		}
		a.LastRefresh = s.now().UnixMilli()
		return putAccount(tx, a)
	})
	if err != nil {
		return nil, err
	}
	id, err := s.mint(a, ss, s.now())
	return struct {
		AccessToken  string `json:"access_token"`
		ExpiresIn    string `json:"expires_in"`
		TokenType    string `json:"token_type"`
		RefreshToken string `json:"refresh_token"`
		IDToken      string `json:"id_token"`
		UserID       string `json:"user_id"`
		ProjectID    string `json:"project_id"`
	}{id, expiresIn, "Bearer", token, id, a.LocalID, s.projectNumber()}, err
}

// refreshRequest reads the request as a form or as JSON. In JSON both spellings of a name are good,
// as everywhere in Google's transcoding.
func refreshRequest(r *http.Request) (grant, token string, err error) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media == "application/x-www-form-urlencoded" {
		if err := r.ParseForm(); err != nil {
			return "", "", &apiError{http.StatusBadRequest, "INVALID_ARGUMENT", "Invalid form."}
		}
		return r.PostForm.Get("grant_type"), r.PostForm.Get("refresh_token"), nil
	}
	req, err := decode[struct {
		GrantType1    string `json:"grant_type"`
		GrantType2    string `json:"grantType"`
		RefreshToken1 string `json:"refresh_token"`
		RefreshToken2 string `json:"refreshToken"`
	}](r)
	return req.GrantType1 + req.GrantType2, req.RefreshToken1 + req.RefreshToken2, err
}

// secureTokenError gives a refusal the status that this API, unlike the accounts', has always sent.
func secureTokenError(err error) error {
	var e *apiError
	if errors.As(err, &e) && e.status == "" {
		return &apiError{e.code, "INVALID_ARGUMENT", e.message}
	}
	return err
}
