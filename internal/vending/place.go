package vending

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// place is where a tenant's data is. Everything below names it relative to the tenant's root, so that the code of a feature
// is the same for a silo and in a pool.
type place struct {
	project  string
	database string
	bucket   string
	root     string // the document below which a pooled tenant lives: "tenants/<tenant>"; "" for a silo
	prefix   string // what the names of its objects begin with: "<tenant>/"; "" for a silo
}

// silo is a tenant that has its database and bucket to itself.
func silo(project, database, bucket string) place {
	return place{project: project, database: database, bucket: bucket}
}

// pool is a tenant that shares them.
func pool(project, database, bucket string, id tenancy.ID) place {
	return place{project, database, bucket, "tenants/" + id.String(), PoolPrefix(id)}
}

// PoolPrefix is what the names of a pooled tenant's objects begin with.
func PoolPrefix(id tenancy.ID) string { return id.String() + "/" }

// scope is everything in the place.
func (p place) scope(readOnly bool) scope {
	s := scope{
		database: "projects/" + p.project + "/databases/" + p.database,
		bucket:   p.bucket,
		prefix:   p.prefix,
		readOnly: readOnly,
	}
	s.root = s.database + "/documents"
	if p.root != "" {
		s.root += "/" + p.root
	}
	return s
}

// signIn is the scope of a caller who has signed in but whose role is not known yet: their own record, once.
func (p place) signIn(document string) scope {
	s := p.scope(true)
	s.only = s.root + "/" + document
	s.bucket = ""
	return s
}

// path is the path of a document within the database.
func (p place) path(document string) string {
	if p.root == "" {
		return document
	}
	return p.root + "/" + document
}
