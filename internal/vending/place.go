package vending

import (
	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

// place is where a tenant's data is. Everything below names it relative to the tenant's root, so that the code of a feature
// is the same for a silo and in a pool.
type place struct {
	project  string
	database string
	bucket   string
	root     string // the document below which a pooled tenant lives: "tenants/<tenant>"; "" for a silo
	prefix   string // what the names of its objects begin with: "<tenant>/"; "" for a silo
}

// silo is a tenant that has its database and bucket to itself: the database is called like the tenant, and the bucket like
// project and tenant, for the names of buckets are everybody's.
func silo(project string, id tenancy.ID) place {
	return place{project: project, database: id.String(), bucket: project + "-" + id.String()}
}

// pool is a tenant that shares them.
func pool(project, database, bucket string, id tenancy.ID) place {
	return place{project, database, bucket, "tenants/" + id.String(), PoolPrefix(id)}
}

// PoolPrefix is what the names of a pooled tenant's objects begin with.
func PoolPrefix(id tenancy.ID) string { return id.String() + "/" }

// profiles is the collection in which each person has one document of their own, named like the user.
const profiles = "profiles"

// scope names the place, and permits nothing in it.
func (p place) scope() guard.Scope {
	return guard.Scope{Project: p.project, Database: p.database, Root: p.root, Bucket: p.bucket, Prefix: p.prefix}
}

// readWrite is the scope of an editor or an admin: everything in the place.
func (p place) readWrite() guard.Scope {
	s := p.scope()
	s.All, s.Objects = guard.Read|guard.Write, guard.Read|guard.Write
	return s
}

// readOnly is the scope of a viewer: to read everything in the place and, if a user is named, to write their profile.
func (p place) readOnly(user string) guard.Scope {
	s := p.scope()
	s.All, s.Objects = guard.Read, guard.Read
	if user != "" {
		s.Documents = map[string]guard.Verbs{profiles + "/" + user: guard.Read | guard.Write}
	}
	return s
}

// signIn is the scope of a caller who has signed in but whose role is not known yet: to read their own record.
func (p place) signIn(document string) guard.Scope {
	s := p.scope()
	s.Documents = map[string]guard.Verbs{document: guard.Read}
	s.Bucket, s.Prefix = "", ""
	return s
}

// path is the path within the database of what has this path below the root.
func (p place) path(below string) string {
	if p.root == "" {
		return below
	}
	return p.root + "/" + below
}
