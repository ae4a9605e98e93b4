// Package sessions is the feature of where people are signed in: the list of one's own sessions and
// of another person's, for admins, and their ends; pages and API.
//
//	GET  /t/acme/sessions               Page
//	POST /t/acme/sessions               which: others or all; 303
//	POST /t/acme/sessions/ID/end        303 to the list, or to the sign-in page if it was this one
//	GET  /t/acme/people/ID/sessions     Page, of that person
//	POST /t/acme/people/ID/sessions     session: one of theirs, or empty for all; 303
//
// Handles for tests: sessions, session-row, session-end, end-others, end-all. A session-row carries
// data-session-id, and data-current for the one that asks.
package sessions
