// Package people is the feature of a workspace's people: the list, and their roles; pages and API.
//
//	GET  /t/acme/people           Page; htmx: Rows
//	GET  /t/acme/people?cursor=C  Page of the later part; htmx: Rows
//	POST /t/acme/people/ID/role   role: 303 to the list with a notice; htmx: Changed, then a notice
//	GET  /t/acme/people/ID/role   ?role: StepDownPage, for an admin who would give up their own role
//	GET  /t/acme/people/ID/disable DisablePage, unless they are disabled or oneself
//	POST /t/acme/people/ID/disable 303 to the list with a notice; likewise /enable
//
// A refused change of role answers htmx with 409 or 422 and the Row with its error. A change of an
// admin's own role leads to StepDownPage unless the form says sure.
//
// Handles for tests: people, people-more, person-row, role-select, role-save, step-down,
// step-down-confirm, person-disable, person-enable. A person-row carries data-user-id and
// data-role.
package people
