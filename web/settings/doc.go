// Package settings is the feature of a workspace's settings, for its admins. One page is
// about how people and programs get in, one about files.
//
//	GET  /t/acme/settings/sign-in                         Page
//	POST .../sign-in/api                                  what the API accepts
//	POST .../sign-in/sessions                             how long sessions last
//	GET  .../sign-in/providers/new                        paste an issuer
//	POST .../sign-in/providers/new                        what its discovery said
//	POST .../sign-in/providers                            add it
//	GET  .../sign-in/providers/ID                         one provider; POST changes it
//	POST .../sign-in/providers/ID/enable, reread          303 to the provider
//	GET, POST .../sign-in/providers/ID/disable, remove    ask first
//	GET, POST .../sign-in/enforcement                     ask first; recovery codes, once
//	GET, POST .../sign-in/enforcement/lift                ask first
//	GET  .../sign-in/issuers/new, POST .../issuers        an issuer of API bearers
//	GET, POST .../sign-in/issuers/ID/remove               ask first
//	POST .../sign-in/domains                              add a domain
//	GET  .../sign-in/domains/NAME                         the record to make
//	POST .../sign-in/domains/NAME/check                   look at the record
//	GET, POST .../sign-in/domains/NAME/remove             ask first
//	GET, PUT /api/v1/settings/authentication              ETag and If-Match
//	GET, POST /t/acme/settings/files                      what the workspace demands of its files
//	GET, PUT /api/v1/settings/files                       ETag and If-Match
//
// Each form carries the version of the settings that its page showed. If somebody else was faster,
// the answer is the page as it is now, and says so (412).
//
// Handles for tests: what-the-api-accepts, session-limits, providers, provider-row, enforcement,
// issuers, issuer-row, domains, domain-row, failed-sign-ins, discovery, codes, record, error,
// file-settings.
package settings
