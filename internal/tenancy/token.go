package tenancy

import "time"

// A token is what a verified ID token of Identity Platform says, without the token itself. It is one of three types, so
// that none can be taken for another: *initialToken, *exchangedToken or *operatorToken.
type token interface{ bearer() *initialToken }

// initialToken is what a sign-in yields, by password or by another provider: who it is, but not yet what they may do. It
// may carry tn, rl and rg, copied from the user's custom attributes; a copy can be out of date, so it does not count.
type initialToken struct {
	identityTenant string // firebase.tenant, as Google names it
	user           UserID
	email          string
	signedIn       time.Time // auth_time
	issued         time.Time // iat
	expires        time.Time // exp
}

// exchangedToken went through the exchange: its session began with a custom token of ours that said tn, rl and rg.
type exchangedToken struct {
	initialToken
	tenant ID
	role   Role
	region Region
}

// operatorToken is of somebody who belongs to no tenant. Whether they are an operator is for the list of operators to say.
type operatorToken struct{ initialToken }

func (t *initialToken) bearer() *initialToken { return t }
