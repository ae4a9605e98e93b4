package location

import (
	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Location is where a tenant's data is. Everything below names it relative to the tenant's root, so
// that the code of a feature is the same for a silo and in a pool.
type Location struct {
	Project  string
	Database string
	Bucket   string
	root     string // the document below which a pooled tenant lives: "tenants/<tenant>"; "" for a silo
	Prefix   string // what the names of its objects begin with: "<tenant>/"; "" for a silo
}

// Silo is a tenant that has its database and bucket to itself: the database is called like the
// tenant, and the bucket like project and tenant, for the names of buckets are everybody's.
func Silo(project string, id tenant.ID) Location {
	return Location{Project: project, Database: id.String(), Bucket: project + "-" + id.String()}
}

// Pool is a tenant that shares them.
func Pool(project, database, bucket string, id tenant.ID) Location {
	return Location{project, database, bucket, "tenants/" + id.String(), PoolPrefix(id)}
}

// PoolPrefix is what the names of a pooled tenant's objects begin with.
func PoolPrefix(id tenant.ID) string { return id.String() + "/" }

// Profiles is the collection in which each person has one document of their own, named like the
// user.
const Profiles = "profiles"

// Sessions is the collection in which each person has one document of their own about where they
// are signed in, named like the user. No other viewer reads it.
const Sessions = "sessions"

// Users is the collection of a tenant's people.
const Users = "users"

// Uploads is the collection of a tenant's files.
const Uploads = "uploads"

// KeyNames is the collection of what the tenant's API keys are called, one document a key.
const KeyNames = "apikeys"

// KeyUses is the collection of when and from where each API key was used last, one document a key,
// named like it. The key writes it, and no viewer reads it.
const KeyUses = "keyuses"

// Audit is the collection of what was changed in the tenant, by whom.
const Audit = "audit"

// Identities is the collection of who a tenant's people are at its providers.
const Identities = "identities"

// SignIns is the collection of the sign-ins at providers that failed.
const SignIns = "signins"

// Factors is the collection of people's second factors, one document a person, named like the user.
// No role reaches it: only an errand about one person's factors does.
const Factors = "factors"

// Settings is the collection of what a tenant's admins demand of its features, one document a
// feature.
const Settings = "settings"

// Usage is the collection of how much of its quotas a tenant uses.
const Usage = "usage"

// Idempotency is the collection of what requests with an Idempotency-Key were answered.
const Idempotency = "idempotency"

// Mails is the collection of the letters that are to be sent to a tenant's people. No role reaches
// it.
const Mails = "mails"

// Codes is the collection of the digests of what letters carry as proof. No role reaches it.
const Codes = "codes"

// sealedOff is what no role reaches, whatever else it may read and write: what only errands about
// one person are for.
func sealedOff() map[string]guard.Verbs {
	return map[string]guard.Verbs{Factors: 0, Mails: 0, Codes: 0}
}

// audited are the collections in which a change needs an entry of the audit: it is about who
// somebody is, or what they may do.
func audited() []string { return []string{Users, Identities, Settings} }

// scope names the location, and permits nothing in it.
func (p Location) scope() guard.Scope {
	return guard.Scope{Project: p.Project, Database: p.Database, Root: p.root, Bucket: p.Bucket, Prefix: p.Prefix}
}

// ReadWrite is the scope of an editor or an admin: everything in it but what is sealed off. Entries
// of the audit are appended, and never changed or deleted. A change of a person, of who they are at
// a provider, or of a setting needs one in the same commit; a change of anything else does not.
func (p Location) ReadWrite() guard.Scope {
	s := p.scope()
	s.All, s.Objects = guard.Read|guard.Write, guard.Read|guard.Write
	s.Collections = sealedOff()
	s.Require, s.RequireIn = Audit, audited()
	return s
}

// ReadOnly is the scope of a viewer: to read everything in it but what is sealed off, where others
// are signed in and where API keys are used and, if a user is named, to write what is their own:
// their profile, and the records of their sessions.
func (p Location) ReadOnly(user string) guard.Scope {
	s := p.scope()
	s.All, s.Objects = guard.Read, guard.Read
	s.Collections = sealedOff()
	s.Collections[Sessions] = 0
	s.Collections[KeyUses] = 0
	if user != "" {
		own := guard.Read | guard.Write
		s.Documents = map[string]guard.Verbs{Profiles + "/" + user: own, Sessions + "/" + user: own}
	}
	return s
}

// SignIn is the scope of a caller who has signed in but whose role is not known yet: to read their
// own record.
func (p Location) SignIn(document string) guard.Scope {
	s := p.scope()
	s.Documents = map[string]guard.Verbs{document: guard.Read}
	s.Bucket, s.Prefix = "", ""
	return s
}

// Purpose is the scope of a job: these verbs in these collections and on the objects, and nothing
// else. A job that changes a person appends an entry of the audit, as everybody does.
func (p Location) Purpose(collections map[string]guard.Verbs, objects guard.Verbs) guard.Scope {
	s := p.scope()
	s.Collections, s.Objects = collections, objects
	s.Require, s.RequireIn = Audit, audited()
	if objects == 0 {
		s.Bucket, s.Prefix = "", ""
	}
	return s
}

// Key is the scope of an API key: these verbs in these collections and on the objects, to note its
// own use and its own end, and nothing else.
func (p Location) Key(collections map[string]guard.Verbs, objects guard.Verbs, id tenant.KeyID) guard.Scope {
	s := p.Purpose(collections, objects)
	s.Documents = map[string]guard.Verbs{
		KeyUses + "/" + id.String():          guard.Read | guard.Write,
		Audit + "/" + KeyEntry(id, KeyEnded): guard.Append,
	}
	return s
}

// KeyEnded is what becomes of an API key that ends itself.
const KeyEnded = "end"

// KeyEntry is the document's name of the entry of the audit that says what becomes of an API key.
func KeyEntry(id tenant.KeyID, what string) string { return "apikey-" + id.String() + "-" + what }

// Provider is the scope of an errand at a provider: these verbs in the collections and on the one
// identity that the errand is about, and nothing else.
func (p Location) Provider(collections map[string]guard.Verbs, identity string, verbs guard.Verbs) guard.Scope {
	s := p.Purpose(collections, 0)
	if identity != "" {
		s.Documents = map[string]guard.Verbs{Identities + "/" + identity: verbs}
	}
	return s
}

// Factor is the scope of an errand about one person's second factors: these verbs on them, to read
// the person's record if the errand is theirs, and to append to the audit and the letters.
func (p Location) Factor(user string, verbs guard.Verbs, own bool) guard.Scope {
	s := p.Purpose(map[string]guard.Verbs{Audit: guard.Append, Mails: guard.Append}, 0)
	s.Documents = map[string]guard.Verbs{Factors + "/" + user: verbs}
	if own {
		s.Documents[Users+"/"+user] = guard.Read
	}
	return s
}

// Person is the scope of what somebody does to their own account: these verbs in the collections
// and on the one person, those of private on the records of their sessions and their second
// factors, and nothing else. The zero user is nobody.
func (p Location) Person(collections map[string]guard.Verbs, user string, verbs, private guard.Verbs) guard.Scope {
	s := p.Purpose(collections, 0)
	if user != "" {
		s.Documents = map[string]guard.Verbs{
			Users + "/" + user: verbs, Profiles + "/" + user: verbs,
			Sessions + "/" + user: private, Factors + "/" + user: private,
		}
	}
	return s
}

// Path is the path within the database of what has this path below the root.
func (p Location) Path(below string) string {
	if p.root == "" {
		return below
	}
	return p.root + "/" + below
}
