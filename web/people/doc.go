// Package people is the feature of a workspace's people: the list, and their roles; pages and API.
//
//	GET  /t/acme/people           Page
//	POST /t/acme/people/ID/role   role: 303 to the list with a notice; htmx: Row, then a notice
//
// A refused change of role answers htmx with 409 or 422 and the Row with its error.
//
// Handles for tests: people, person-row, role-select, role-save. A person-row carries data-user-id
// and data-role.
package people
