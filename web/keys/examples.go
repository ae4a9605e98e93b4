package keys

// The examples of the API's description speak of one key. Its secret is made up, and opens nothing.
const (
	exampleID  = "k7q2mzpd4n6xw3ab"
	exampleKey = `"id":"` + exampleID + `","name":"nightly upload","role":"editor","scopes":["files:write"],"state":"live",` +
		`"created":"2026-03-02T09:30:00Z","createdBy":"admin@acme.test","expires":"2026-05-31T09:30:00Z","endsSoon":false`
	exampleSecret = `,"key":"bhk_…"}`
)
