package signin

// APICreation is what a browser makes a passkey with (PublicKeyCredentialCreationOptionsJSON, Web
// Authentication Level 3, section 5.1.9).
type APICreation struct {
	RP                     APIRelyingParty  `json:"rp"`
	User                   APIPasskeyUser   `json:"user"`
	Challenge              string           `json:"challenge" format:"secret"`
	PubKeyCredParams       []APIPasskeyKind `json:"pubKeyCredParams"`
	Timeout                int              `json:"timeout" doc:"In milliseconds."`
	ExcludeCredentials     []APICredential  `json:"excludeCredentials,omitempty" doc:"The passkeys that there are: one device makes one."`
	AuthenticatorSelection APIPasskeyWanted `json:"authenticatorSelection"`
	Attestation            string           `json:"attestation"`
}

// APIRelyingParty is for whom a passkey is.
type APIRelyingParty struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// APIPasskeyUser is whose a passkey is.
type APIPasskeyUser struct {
	ID          string `json:"id" format:"secret"`
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

// APIPasskeyKind is a kind of key, by its number (IANA COSE Algorithms).
type APIPasskeyKind struct {
	Type string `json:"type"`
	Alg  int    `json:"alg"`
}

// APICredential names a passkey that there is.
type APICredential struct {
	Type       string   `json:"type"`
	ID         string   `json:"id"`
	Transports []string `json:"transports,omitempty"`
}

// APIPasskeyWanted is what a passkey has to be.
type APIPasskeyWanted struct {
	ResidentKey      string `json:"residentKey"`
	UserVerification string `json:"userVerification"`
}
