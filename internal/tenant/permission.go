package tenant

import "slices"

// Permission is one thing that a caller may be allowed to do in their tenant. The zero Permission
// is nobody's.
type Permission string

// The permissions. A new one does nothing until permissions, below, gives it to a role.
const (
	FilesRead      Permission = "files.read"      // list and download files
	FilesWrite     Permission = "files.write"     // upload and delete files
	IntakeWrite    Permission = "intake.write"    // hand files in
	KeyEnd         Permission = "key.end"         // end the API key that one holds
	PeopleRead     Permission = "people.read"     // see who belongs to the tenant
	PeopleManage   Permission = "people.manage"   // add people, change their roles, stop them
	KeysManage     Permission = "keys.manage"     // list, make and revoke API keys
	AccessRead     Permission = "access.read"     // read the tenant's part of the ledger
	SessionEnd     Permission = "session.end"     // end one's own session
	AccountOwn     Permission = "account.own"     // see and change one's own ways to sign in
	SettingsManage Permission = "settings.manage" // read and change how people and programs get in, and what is demanded of files
)

// permissions is the whole truth about what a role may do. A role has what its line names and
// nothing more: no role includes another. A role or a permission that is not here is refused.
var permissions = map[Role][]Permission{
	Viewer: {FilesRead, KeyEnd, PeopleRead, SessionEnd, AccountOwn},
	Editor: {FilesRead, FilesWrite, IntakeWrite, KeyEnd, PeopleRead, SessionEnd, AccountOwn},
	Admin:  {FilesRead, FilesWrite, IntakeWrite, PeopleRead, PeopleManage, KeysManage, AccessRead, SettingsManage, SessionEnd, AccountOwn},
}

// Permissions returns every permission, in the order of their constants.
func Permissions() []Permission {
	return []Permission{
		FilesRead, FilesWrite, IntakeWrite, KeyEnd, PeopleRead, PeopleManage, KeysManage, AccessRead, SessionEnd,
		AccountOwn, SettingsManage,
	}
}

// IsValid reports whether p is one of the permissions.
func (p Permission) IsValid() bool { return slices.Contains(Permissions(), p) }

// Administers reports whether p is for people alone: no API key ever has it.
func (p Permission) Administers() bool {
	return p == PeopleManage || p == KeysManage || p == AccessRead || p == SettingsManage
}

// May reports whether r has p. An invalid role has nothing, and nobody has an unknown permission.
func (r Role) May(p Permission) bool { return slices.Contains(permissions[r], p) }

// IsForKeys reports whether an API key can have the role: it is valid and administers nothing.
func (r Role) IsForKeys() bool {
	return r.IsValid() && !slices.ContainsFunc(permissions[r], Permission.Administers)
}
