package identityplatform

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
)

const (
	//isolint:allow host people sign in here with a password of their own, and no credential of ours
	accountsURL = "https://identitytoolkit.googleapis.com/v1/accounts:"
	//isolint:allow host people refresh a token of their own here
	refreshURL = "https://securetoken.googleapis.com/v1/token"
	maxAnswer  = 1 << 20
)

// Issued is what a sign-in or a refresh yields. It does not say when the ID token expires: who
// verifies it knows.
type Issued struct {
	sessioncookie.Tokens
	User string // the account's id; empty after a sign-in with a custom token, which names it itself
}

// SignInWithPassword signs in to a tenant of Identity Platform; "" is the project itself.
// ErrBadCredentials, ErrDisabled, ErrTooManyAttempts, ErrUnavailable.
func (c *Client) SignInWithPassword(ctx context.Context, identityTenant, email, password string) (Issued, error) {
	return c.signIn(ctx, "signInWithPassword", map[string]any{
		"email": email, "password": password, "tenantId": identityTenant, "returnSecureToken": true,
	})
}

// SignInWithCustomToken signs in with a token that we have signed. ErrDisabled, ErrUnavailable.
func (c *Client) SignInWithCustomToken(ctx context.Context, identityTenant, token string) (Issued, error) {
	return c.signIn(ctx, "signInWithCustomToken", map[string]any{
		"token": token, "tenantId": identityTenant, "returnSecureToken": true,
	})
}

func (c *Client) signIn(ctx context.Context, method string, request map[string]any) (Issued, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return Issued{}, fmt.Errorf("%w: %s", ErrUnavailable, method)
	}
	var answer struct {
		IDToken      string `json:"idToken"`
		RefreshToken string `json:"refreshToken"`
		LocalID      string `json:"localId"`
	}
	if err := c.post(ctx, accountsURL+method, "application/json", body, &answer); err != nil {
		return Issued{}, err
	}
	return Issued{sessioncookie.Tokens{ID: answer.IDToken, Refresh: answer.RefreshToken}, answer.LocalID}.complete(method)
}

// Refresh exchanges a refresh token. sessioncookie.ErrExpired, ErrDisabled, ErrUnavailable.
func (c *Client) Refresh(ctx context.Context, token string) (Issued, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	var answer struct {
		IDToken      string `json:"id_token"`
		RefreshToken string `json:"refresh_token"`
		UserID       string `json:"user_id"`
	}
	if err := c.post(ctx, refreshURL, "application/x-www-form-urlencoded", []byte(form.Encode()), &answer); err != nil {
		return Issued{}, err
	}
	return Issued{sessioncookie.Tokens{ID: answer.IDToken, Refresh: answer.RefreshToken}, answer.UserID}.complete("refresh")
}

// MailedTo returns the address that a code for a new password was mailed to. It does not use the
// code up. ErrCode, ErrUnavailable.
func (c *Client) MailedTo(ctx context.Context, identityTenant, code string) (string, error) {
	return c.resetPassword(ctx, map[string]string{"oobCode": code, "tenantId": identityTenant})
}

// SetPassword uses a code up, and sets the password of whom it was mailed to. ErrCode, ErrPassword;
// ErrUnavailable also if the password may be set.
func (c *Client) SetPassword(ctx context.Context, identityTenant, code, password string) error {
	_, err := c.resetPassword(ctx, map[string]string{"oobCode": code, "tenantId": identityTenant, "newPassword": password})
	return err
}

func (c *Client) resetPassword(ctx context.Context, request map[string]string) (string, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return "", fmt.Errorf("%w: resetPassword", ErrUnavailable)
	}
	var answer struct {
		Email       string `json:"email"`
		RequestType string `json:"requestType"`
	}
	method := "resetPassword"
	if err := c.post(ctx, accountsURL+method, "application/json", body, &answer); err != nil {
		return "", err
	}
	if answer.RequestType != "PASSWORD_RESET" {
		return "", ErrCode
	}
	return answer.Email, nil
}

func (i Issued) complete(what string) (Issued, error) {
	if i.ID == "" || i.Refresh == "" {
		return Issued{}, fmt.Errorf("%w: %s answered without tokens", ErrUnavailable, what)
	}
	return i, nil
}

// post sends one request. No error of it repeats the request or the answer, for both hold secrets.
func (c *Client) post(ctx context.Context, address, contentType string, body []byte, answer any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: request", ErrUnavailable)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-Goog-Api-Key", c.apiKey)
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%w: answer cut short", ErrUnavailable)
	}
	if resp.StatusCode != http.StatusOK {
		return refusal(resp.StatusCode, text)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%w: answer is not JSON", ErrUnavailable)
	}
	return nil
}

// refusals says what Identity Platform's codes mean here. What is not in it is our fault or theirs,
// and not the person's.
var refusals = map[string]error{
	"INVALID_LOGIN_CREDENTIALS":   ErrBadCredentials,
	"INVALID_PASSWORD":            ErrBadCredentials, // projects without protection against enumeration
	"EMAIL_NOT_FOUND":             ErrBadCredentials, // likewise
	"INVALID_EMAIL":               ErrBadCredentials,
	"MISSING_EMAIL":               ErrBadCredentials,
	"MISSING_PASSWORD":            ErrBadCredentials,
	"USER_DISABLED":               ErrDisabled,
	"TOO_MANY_ATTEMPTS_TRY_LATER": ErrTooManyAttempts,
	"INVALID_REFRESH_TOKEN":       sessioncookie.ErrExpired,
	"MISSING_REFRESH_TOKEN":       sessioncookie.ErrExpired,
	"TOKEN_EXPIRED":               sessioncookie.ErrExpired,
	"USER_NOT_FOUND":              sessioncookie.ErrExpired,
	"INVALID_OOB_CODE":            ErrCode,
	"MISSING_OOB_CODE":            ErrCode,
	"EXPIRED_OOB_CODE":            ErrCode,
	"WEAK_PASSWORD":               ErrPassword,

	"PASSWORD_DOES_NOT_MEET_REQUIREMENTS": ErrPassword,
}

// refusal maps an answer that is not 200. Only the code of the message is kept: "CODE :
// explanation".
func refusal(status int, text []byte) error {
	var answer struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("%w: status %d", ErrUnavailable, status)
	}
	code, _, _ := strings.Cut(answer.Error.Message, " ")
	if known, ok := refusals[code]; ok && status == http.StatusBadRequest {
		return known
	}
	if strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != "" {
		code = "another answer"
	}
	return fmt.Errorf("%w: status %d, %s", ErrUnavailable, status, code)
}
