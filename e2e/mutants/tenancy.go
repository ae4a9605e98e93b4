package main

import "slices"

// mutants is the table. Attacks are named TF (forged tokens), AK (API keys), TM (one tenant taken
// for another), VE (vending), AD (rights that should have ended), SX (sessions), HT (HTTP), RE
// (more than a share), LG (the ledger), UP (uploads), IF (issuers and providers of the tenants')
// and SF (second factors).
var mutants = slices.Concat(tenancyMutants, apiKeyMutants, keyMutants, vendingMutants, guardMutants, doorMutants, wordMutants(), sessionMutants,
	accountMutants, factorMutants, issuerMutants, keyTextMutants, requestMutants, inspectMutants, inspectionMutants, adapterMutants, fileMutants, isolintMutants)

// tenancyMutants are defects in who is believed to be calling.
var tenancyMutants = []mutant{
	{"any algorithm in the header", "TF-01", "internal/tenancy/internal/idtoken/jws.go",
		`case string(h.Algorithm) != jwt.SigningMethodRS256.Alg():`, `case h.Algorithm == "":`, "", "Forgery"},
	{"signatures are not looked at", "TF-01", "internal/tenancy/internal/idtoken/jws.go",
		`jwt.SigningMethodRS256.Verify(s.signed, sig, key); err != nil {`, `jwt.SigningMethodRS256.Verify(s.signed, sig, key); err != nil && key == nil {`, "", "Forgery"},
	{"headers may bring keys of their own", "TF-03", "internal/tenancy/internal/idtoken/jws.go",
		`json.Unmarshal(b, &h, json.RejectUnknownMembers(true))`, `json.Unmarshal(b, &h)`, "", "Forgery"},
	{"a signature has several spellings", "TF-01", "internal/tenancy/internal/idtoken/jws.go",
		`jwt.NewParser(jwt.WithStrictDecoding())`, `jwt.NewParser()`, "", "Forgery"},
	{"claims in another case count", "TF-07", "internal/tenancy/internal/idtoken/claims.go",
		`json.Unmarshal(payload, c)`, `json.Unmarshal(payload, c, json.MatchCaseInsensitiveNames(true))`, "", "VerifierRefusesClaims|SDKAgrees"},
	{"another project's tokens", "TF-06", "internal/tenancy/internal/idtoken/claims.go",
		`case string(c.Audience) != project:`, `case c.Audience == "":`, "", "VerifierRefusesClaims"},
	{"another issuer of equal length", "TF-06", "internal/tenancy/internal/idtoken/claims.go",
		`case string(c.Issuer) != issuer:`, `case len(c.Issuer) != len(issuer):`, "", "VerifierRefusesClaims"},
	{"an hour of leeway", "TF-09", "internal/tenancy/internal/idtoken/claims.go",
		`Leeway = 60 * time.Second`, `Leeway = time.Hour`, "", "VerifierKeepsTime|VerifierForgets"},
	{"tokens of any length of life", "TF-09", "internal/tenancy/internal/idtoken/claims.go",
		` || c.Expires-c.IssuedAt > life:`, ` || life < 0:`, "", "VerifierKeepsTime|VerifierRefusesClaims"},
	{"tokens from the future", "TF-09", "internal/tenancy/internal/idtoken/claims.go",
		`case c.IssuedAt > at+leeway, c.Before`, `case c.IssuedAt > at+leeway+life, c.Before`, "", "VerifierKeepsTime|VerifierRefusesClaims"},
	{"a copy of the claims counts as an exchange", "TF-06", "internal/tenancy/internal/idtoken/claims.go",
		`if c.Firebase.SignInProvider == providerCustom {`, `if c.Tenant != nil {`, "", "AcrossTenants|VerifierTakes"},
	{"who has no tenant may have a tenant's claims", "TF-06", "internal/tenancy/internal/idtoken/claims.go",
		` || c.Tenant != nil || c.Role != nil || c.Region != nil || `, ` || `, "./internal/tenancy", "Operators"},
	{"an operator's address need not be verified", "TF-06", "internal/tenancy/internal/idtoken/claims.go",
		` || !bool(c.EmailVerified) {`, ` {`, "./internal/tenancy", "Operators"},
	{"the cache knows tokens by half of them", "TM-06", "internal/tenancy/internal/idtoken/tokencache.go",
		`sha256.Sum256(buf[:n])`, `sha256.Sum256(buf[:n/2])`, "", "Forgery|Verifier"},
	{"the cache outlives the token", "TF-09", "internal/tenancy/internal/idtoken/tokencache.go",
		`if now.UnixNano() >= e.until {`, `if now.UnixNano() >= e.until+int64(time.Hour) {`, "", "VerifierForgets|VerifierRemembers"},
	{"of two selectors the first wins", "TM-02", "internal/tenant/selector.go",
		`if len(values) != 1 {`, `if len(values) == 0 {`, "", "ParseSelector"},
	{"a tenant's id by its beginning", "TM-02", "internal/tenant/id.go",
		`len(s) != idLength`, `len(s) < idLength`, "", "ParseID|ParseSelector"},
	{"a user's id may be a path", "VE-02", "internal/tenant/id.go",
		`c == '_' || c == '-'`, `c == '_' || c == '-' || c == '/'`, "", "ParseUserID"},
	{"the claim tn is not compared", "TM-01", "internal/tenancy/admission.go",
		`case ad.tenant != selected.ID, `, `case `, "", "AcrossTenants"},
	{"the identity tenant is not compared", "TM-01", "internal/tenancy/admission.go",
		`, ad.identityTenant != "" && ad.identityTenant != selected.IdentityTenant:`, `:`, "", "AcrossTenants"},
	{"the claim rg is not compared", "TM-01", "internal/tenancy/admission.go",
		`case ad.region != 0 && ad.region != selected.Region:`, `case ad.region > 9:`, "", "AcrossTenants"},
	{"a sign-in at any tenant's door", "TM-01", "internal/tenancy/authenticator.go",
		`	if t.IdentityTenant != selected.IdentityTenant {`, `	if t.IdentityTenant == "" {`, "", "TestSignIn"},
	{"a sign-in may be exchanged for an hour", "TF-06", "internal/tenancy/authenticator.go",
		`deadline := t.SignedIn.Add(signInLife)`, `deadline := t.SignedIn.Add(12 * signInLife)`, "", "TestSignIn"},
	{"a session without end", "AD-03", "internal/tenancy/admission.go",
		`	{"not too long ago", judgeAge},
`, ``, "", "SessionsEnd"},
	{"settings are not asked", "AD-01", "internal/tenancy/admission.go",
		`	{"settings", judgeSettings},
`, ``, "./web", "Explanations"},
	{"a credential that the tenant refuses counts", "AD-01", "internal/tenancy/admission.go",
		`case kind != 0 && !p.Accepts().Has(kind):`, `case kind != 0 && p.Accepts() == 0:`, "./internal/authsettings", "Apply|WhoChanges|Another"},
	{"a sign-in past this program counts", "IF-01", "internal/tenancy/authenticator.go",
		`if t.Provider != signInProvider {`, `if t.Provider == "" {`, "./internal/signin", "SignIn|Exchange"},
	{"a password counts where the provider is required", "IF-01", "internal/authpolicy/way.go",
		`	case Off:
		return nil
	case Staged:`, `	case Off, Enforced:
		return nil
	case Staged:`, "./web/signin", "Enforcement"},
	{"a setting adds a credential", "AD-01", "internal/authpolicy/credential.go",
		`func (s Set) Meet(other Set) Set { return s & other }`, `func (s Set) Meet(other Set) Set { return s | other }`, "", "NothingLoosens"},
	{"an access token of any issuer counts", "TF-01", "internal/authpolicy/policy.go",
		`if i.Issuer == iss {`, `if i.Issuer != "" {`, "./web", "Explanations"},
	{"a program of an issuer is an admin", "AD-01", "internal/tenancy/principal.go",
		`return m == ByAPIKey || m == ByAccess }`, `return m == ByAPIKey }`, "./web", "Explanations"},
	{"suspended tenants are served", "AD-03", "internal/tenancy/authenticator.go",
		`if t.Status != tenant.Active {`, `if t.Status == tenant.Deleted {`, "", "AcrossTenants|PrincipalFalls"},
	{"a verdict stands for ever", "AD-03", "internal/tenancy/authenticator.go",
		`if epoch != 0 && p.checked.Load() == epoch {`, `if p.checked.Load() != 0 {`, "", "PrincipalFalls|Verdicts|PrincipalAges"},
	{"who cannot hear of revocations vouches on", "AD-03", "internal/tenancy/internal/revocation/revocation.go",
		`return r.polled.IsZero() || r.now().Sub(r.polled) > failClosed`, `return r.polled.IsZero()`, "", "FailClosed|Outage"},
	{"a token of the second of its revocation lives", "AD-03", "internal/tenancy/internal/revocation/revocation.go",
		`ok && !iat.After(before) {`, `ok && iat.Add(time.Second).Before(before) {`, "", "RevokedByTheSecond"},
	{"revoking a tenant revokes nobody", "AD-03", "internal/tenancy/internal/revocation/revocation.go",
		` || r.dead(subject{tenant: t}, iat), nil`, `, nil`, "", "RevokedByTheSecond|RevocationTravels"},
	{"an ended session is refreshed", "AD-03", "internal/tenancy/internal/revocation/revocation.go",
		`return over || ending || r.dead(`, `return over && iat.IsZero() || ending || r.dead(`, "", "EndedSession|EndOfASession"},
	{"a later order of an earlier time undoes an earlier", "AD-03", "internal/tenancy/internal/revocation/revocation.go",
		`if t.After(r.before[s]) {`, `if !t.IsZero() {`, "./internal/tenancy/...", "Revo|Later|Order"},
	{"an order on its way does not bite", "AD-03", "internal/tenancy/internal/revocation/revocation.go",
		`[]map[subject]time.Time{r.before, r.expected} {
		if before`, `[]map[subject]time.Time{r.before} {
		if before`, "./internal/tenancy/...", "Revo|Way"},
	{"who was revoked makes a key", "AK-04", "internal/tenancy/internal/apikey/write.go",
		`	dead, err := by.Standing(tx)
	if err != nil {
		return nil, err
	}`, `	dead, _ := by.Standing(tx)`, "./internal/tenancy", "Key"},
	{"a key is born dead or lives on", "AK-04", "internal/tenancy/internal/apikey/write.go",
		`if !key.Created.After(dead) {`, `if key.Created.IsZero() {`, "./internal/tenancy", "Key"},
	{"claims almost of a known name are ignored", "TF-07", "internal/knownnames/knownnames.go",
		`if strings.EqualFold(bare(name), bare(k)) {`, `if strings.EqualFold(name, k) {`, "", "."},
	{"the feed forgets too early", "AD-03", "internal/tenancy/internal/revocation/revocation.go",
		`revocationLife = idtoken.MaxTokenLife + 2*idtoken.Leeway + 5*time.Minute`, `revocationLife = idtoken.MaxTokenLife / 2`, "", "RevocationsAreForgotten"},
	{"the zero principal is let in", "VE-01", "internal/tenancy/principal.go",
		`	if p.p == nil {
		return errZero
	}`, `	if p.p == nil {
		return nil
	}`, "", "ZeroPrincipal"},
	{"operators need not be on the list", "AD-01", "internal/tenancy/operator.go",
		`	case errors.Is(err, recordcache.ErrAbsent):
		return errNoOperator`, `	case errors.Is(err, recordcache.ErrAbsent):
		return nil`, "", "Operator"},
	{"signed-out operators stay", "AD-03", "internal/tenancy/operator.go",
		`case !p.signedIn.After(known.Since):`, `case known.Since.IsZero() && p.signedIn.IsZero():`, "", "Operators"},
	{"a pool keeps the records of tenants that fail to parse", "TM-06", "internal/controlplane/registry/registry.go",
		`t, err := r.tenants.Get(ctx, id)
	return t, lookupError(err)`, `t, err := r.tenants.Get(ctx, tenant.NewID())
	return t, lookupError(err)`, "./internal/tenancy", "Registry"},
}
