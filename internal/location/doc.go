// Package location says where a tenant's data is: project, database and bucket, and in a pool the
// root document and the prefix of object names. The scopes that the guard holds callers to are made
// here.
package location
