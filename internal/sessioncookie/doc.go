// Package sessioncookie keeps a browser's session in a cookie: the session's tokens, sealed so that
// they open only for the tenant that they were sealed for. No state is kept here: any instance can
// open a session.
//
// An operator's session, which belongs to no tenant, is sealed for a purpose of its own. So is a
// form that a browser keeps while its person proves who they are.
//
// Where people see their sessions and end them, packages sessions and signout are about.
package sessioncookie
