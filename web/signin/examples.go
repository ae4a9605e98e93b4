package signin

import (
	"slices"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
)

// What the examples of the API's description are based on.
const (
	givenFactors   = "somebody has an app and a passkey, and has proven one"
	givenConnected = "a provider is connected to one's own account"
)

// Names of the examples. Whatever looks like a secret is made up, and opens nothing.
const (
	exampleMethodID  = "k4x7q2kd6z3wnp5am2bq7wz5k4x7q2kd6z3wnp5am2bq7wz5k4x7"
	examplePasskeyID = "h6xq2mz7w4kd5npb"
	exampleState     = "sealed-state-of-the-answer"
	exampleAppCode   = "394817"
)

// examplePasskey is a passkey that was not used.
const examplePasskey = `{"id":"` + examplePasskeyID + `","name":"Laptop","added":"2026-03-02T09:30:00Z"}`

// exampleChallenge is what a browser makes a passkey with.
const exampleChallenge = `{"options":{"rp":{"id":"app.example.com","name":"Bulkhead"},` +
	`"user":{"id":"dXNlci1oYW5kbGU","name":"admin@acme.test","displayName":"admin@acme.test"},"challenge":"Y2hhbGxlbmdl",` +
	`"pubKeyCredParams":[{"type":"public-key","alg":-7},{"type":"public-key","alg":-35},{"type":"public-key","alg":-36},` +
	`{"type":"public-key","alg":-257},{"type":"public-key","alg":-258},{"type":"public-key","alg":-259},{"type":"public-key","alg":-37},` +
	`{"type":"public-key","alg":-38},{"type":"public-key","alg":-39},{"type":"public-key","alg":-8}],"timeout":300000,` +
	`"authenticatorSelection":{"residentKey":"discouraged","userVerification":"preferred"},"attestation":"none"},` +
	`"state":"` + exampleState + `"}`

// exampleAddPasskey is what a browser has made.
const exampleAddPasskey = `{"name":"Laptop","state":"` + exampleState + `","credential":{"id":"Y3JlZGVudGlhbA","rawId":"Y3JlZGVudGlhbA",` +
	`"type":"public-key","response":{"clientDataJSON":"Y2xpZW50LWRhdGE","attestationObject":"YXR0ZXN0YXRpb24","transports":["internal"]}}}`

// exampleCodes are recovery codes.
func exampleCodes() []string {
	return slices.Repeat([]string{"abcd-efgh-2345-ijkl"}, secondfactor.RecoveryCodes)
}

func exampleRecoveryCodes() factorCodes { return factorCodes{RecoveryCodes: exampleCodes()} }

func exampleMadePasskey() createdPasskey {
	return createdPasskey{
		APIPasskey:    APIPasskey{ID: examplePasskeyID, Name: "Laptop", Added: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)},
		RecoveryCodes: exampleCodes(),
	}
}
