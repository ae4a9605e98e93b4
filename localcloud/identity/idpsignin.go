package identity

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"go.etcd.io/bbolt"
	"golang.org/x/oauth2"
)

type idpAnswer struct {
	Kind             string `json:"kind"`
	ProviderID       string `json:"providerId"`
	FederatedID      string `json:"federatedId"`
	LocalID          string `json:"localId,omitempty"`
	Email            string `json:"email,omitempty"`
	EmailVerified    bool   `json:"emailVerified"`
	DisplayName      string `json:"displayName,omitempty"`
	PhotoURL         string `json:"photoUrl,omitempty"`
	IsNewUser        bool   `json:"isNewUser,omitempty"`
	NeedConfirmation bool   `json:"needConfirmation,omitempty"` // the address is another account's: sign in there first, then link
	OAuthIDToken     string `json:"oauthIdToken,omitempty"`
	tokens
	challenge
}

// signInWithIDP is accounts.signInWithIdp, for the OpenID providers of the tenant: it signs in whom
// a provider's answer names or, with the ID token of an account, links that account.
func (s *Service) signInWithIDP(r *http.Request) (any, error) {
	req, err := decode[struct {
		ownRequest
		RequestURI          string `json:"requestUri"`
		PostBody            string `json:"postBody"`
		SessionID           string `json:"sessionId"`
		ReturnSecureToken   bool   `json:"returnSecureToken"`
		ReturnIDPCredential bool   `json:"returnIdpCredential"`
	}](r)
	switch {
	case err != nil:
		return nil, err
	case !req.ReturnSecureToken:
		return nil, unimplemented("sign-in without returnSecureToken")
	}
	var who *idClaims
	if req.IDToken != "" {
		c, err := s.verifyOwn(req.ownRequest)
		if err != nil {
			return nil, err
		}
		if s.now().Sub(time.Unix(c.AuthTime, 0)) > recentSignIn {
			return nil, bad("CREDENTIAL_TOO_OLD_LOGIN_AGAIN")
		}
		who, req.TenantID = &c, c.Firebase.Tenant
	}
	said, err := s.assertedBy(r.Context(), req.TenantID, req.SessionID, req.RequestURI, req.PostBody)
	if err != nil {
		return nil, err
	}
	answer := idpAnswer{
		Kind: "identitytoolkit#VerifyAssertionResponse", ProviderID: said.provider, FederatedID: said.Subject,
		Email: said.Email, EmailVerified: said.EmailVerified, DisplayName: said.Name, PhotoURL: said.Picture,
	}
	if req.ReturnIDPCredential {
		answer.OAuthIDToken = said.raw
	}
	var a account
	var b begun
	err = s.db.Update(func(tx *bbolt.Tx) error {
		t, err := getTenant(tx, req.TenantID)
		if err != nil {
			return err
		}
		if who != nil {
			a, err = s.owner(tx, *who)
		} else {
			a, err = s.assertedAccount(tx, t, said)
		}
		if err == errConfirm {
			answer.NeedConfirmation = true
			return nil
		}
		if err != nil {
			return err
		}
		answer.IsNewUser = a.LastLogin == 0
		if err := a.link(link{said.provider, said.Subject, said.Email, said.Name, said.Picture}); err != nil {
			return err
		}
		if who != nil { // whoever links has signed in, with every factor there was
			b.session, b.refresh, err = s.begin(tx, &a, who.session(said.provider))
			return err
		}
		b, err = s.firstFactor(tx, t, &a, said.provider)
		return err
	})
	if err != nil || answer.NeedConfirmation {
		return answer, err
	}
	answer.LocalID = a.LocalID
	answer.tokens, answer.challenge, err = s.answer(a, b)
	return answer, err
}

var errConfirm = errors.New("the address is an account's that the provider's answer does not prove to be the same person's")

// assertedAccount is the account of the tenant that a provider's answer is about: the one it is
// linked with, the one with the address if the provider has verified that and knew nobody there
// before, or a new one where people may register themselves.
func (s *Service) assertedAccount(tx *bbolt.Tx, t tenant, said assertion) (account, error) {
	tenant := t.ID
	a, err := getBy(tx, bucketFederated, tenant, federatedName(said.provider, said.Subject))
	if err != errNoUser {
		return a, err
	}
	if said.Email != "" {
		a, err = getByEmail(tx, tenant, said.Email)
		switch {
		case err == nil && (!said.EmailVerified || a.linkedAt(said.provider)): // the address may have passed to somebody else
			return a, errConfirm
		case err == nil:
			s.prove(&a)
			return a, nil
		case err != errNoUser:
			return a, err
		}
	}
	if t.DisabledUserSignup {
		return a, bad("ADMIN_ONLY_OPERATION")
	}
	a = account{Tenant: tenant, Email: said.Email, EmailVerified: said.EmailVerified, DisplayName: said.Name, PhotoURL: said.Picture}
	return a, s.addAccount(tx, &a)
}

// exchange trades a code for the ID token it stands for.
func exchange(ctx context.Context, client *oauth2.Config, code, verifier string) (string, error) {
	if code == "" {
		return "", errors.New("there is no code")
	}
	token, err := client.Exchange(oidc.ClientContext(ctx, idpClient), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", err
	}
	raw, _ := token.Extra("id_token").(string)
	return raw, nil
}
