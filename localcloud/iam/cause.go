package iam

import "strings"

// Cause is why something was denied, as far as the log tells.
type Cause string

// The causes. Where a Decision has one, its second result of Cause says what the comment says.
const (
	CauseNone       Cause = ""           // it was allowed
	CauseOther      Cause = "other"      // anything else: the reason, as it stands
	CauseNoBinding  Cause = "no binding" // no policy grants the permission to the caller
	CauseCondition  Cause = "condition"  // the one binding that would grant it has a condition that is false: the condition
	CauseScopes     Cause = "scopes"     // the access token was issued for less: its scopes
	CauseUnknown    Cause = "unknown"    // no role contains such a permission
	CauseDisabled   Cause = "disabled"   // the account is disabled
	CauseNoAccount  Cause = "no account" // the account was deleted, or never was
	CauseNoKey      Cause = "no key"     // the key was deleted, or is another account's: its id
	CauseKeyOff     Cause = "key off"    // the key is disabled: its id
	CauseSignature  Cause = "signature"  // the key that is named has not signed
	CauseExpired    Cause = "expired"    // the credential has expired
	CauseAudience   Cause = "audience"   // the credential is meant for another service
	CauseNoToken    Cause = "no token"   // there is no credential, or none of a form that is known
	CauseNotAllowed Cause = "no method"  // the method is not served
)

// Cause returns why the decision was a denial. It is read from the reason, which is what the log
// keeps.
func (d Decision) Cause() (cause Cause, detail string) {
	if d.Allowed {
		return CauseNone, ""
	}
	for _, c := range []struct {
		cause       Cause
		before, end string // what stands before the detail, and after it; an empty end: the detail is all the rest
	}{
		{CauseCondition, "denied: condition `", "` is false"},
		{CauseNoBinding, "denied: no binding grants ", ""},
		{CauseScopes, "denied: the access token's scopes (", ") do not cover"},
		{CauseUnknown, "denied: no role contains ", ""},
		{CauseNotAllowed, "denied: the method has no row", ""},
		{CauseNoToken, "not authenticated: there is no bearer token", ""},
		{CauseNoToken, "not authenticated: the access token is not one of ours", ""},
		{CauseExpired, "not authenticated: the access token has expired", ""},
		{CauseAudience, "not authenticated: the JWT is for ", ""},
		{CauseAudience, "not authenticated: the JWT's audience ", ""},
	} {
		if rest, ok := strings.CutPrefix(d.Reason, c.before); ok {
			if i := strings.LastIndex(rest, c.end); c.end != "" && i >= 0 {
				rest = rest[:i]
			}
			return c.cause, rest
		}
	}
	return d.refusal()
}

// refusal is why the caller was not authenticated.
func (d Decision) refusal() (cause Cause, detail string) {
	reason := strings.TrimPrefix(d.Reason, "not authenticated: ")
	_, key, named := strings.Cut(reason, " has no key ")
	if named {
		return CauseNoKey, key
	}
	switch {
	case strings.Contains(reason, "there is no account "):
		return CauseNoAccount, ""
	case strings.HasPrefix(reason, "account ") && strings.HasSuffix(reason, " is disabled"):
		return CauseDisabled, ""
	case strings.HasSuffix(reason, " is disabled"):
		_, key, _ := strings.Cut(strings.TrimSuffix(reason, " is disabled"), "key ")
		return CauseKeyOff, key
	case strings.Contains(reason, "signature is invalid"):
		return CauseSignature, ""
	case strings.Contains(reason, "token is expired"):
		return CauseExpired, ""
	}
	return CauseOther, reason
}
