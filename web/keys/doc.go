// Package keys is the feature of a workspace's API keys, for its admins: the list, making a key,
// rolling one and revoking one; pages and API. The answer that makes a key is the only one to show
// it.
//
//	GET  /t/acme/keys             Page
//	POST /t/acme/keys             name, files, people, intake, days: Page with Made, or with New.Error
//	GET  /t/acme/keys/ID/roll     RollPage
//	POST /t/acme/keys/ID/roll     overlap: Page with Made
//	GET  /t/acme/keys/ID/revoke   RevokePage
//	POST /t/acme/keys/ID/revoke   303 to the list with a notice
//
// Handles for tests: keys, keys-empty, key-form, key-make, key-made, made-key, copy-key, key-row,
// key-roll, roll-confirm, key-revoke, revoke-confirm, key-soon. A key-row carries data-key-id and
// data-state.
package keys
