package tenant

import "strings"

// What begins the user ids of those who are no person's account: a job, a program that comes with
// an access token of the tenant's own issuer, somebody who is signing in at one of the tenant's own
// providers and is not known yet, and somebody who asks for a mail. They are nobody's, for the
// reasons that an API key's is nobody's: see KeyID.User.
const (
	jobUser      = "job-"
	programUser  = "program-"
	providerUser = "provider-"
	mailUser     = "mail-"
)

// JobUser is who does a job of this kind, within a tenant: "job-" and the kind. It is zero if the
// kind cannot be part of a user id.
func JobUser(kind string) UserID { return reservedUser(jobUser, kind) }

// ProgramUser is who the program is that is called so within a tenant: "program-" and the name. It
// is zero if the name cannot be part of a user id.
func ProgramUser(name string) UserID { return reservedUser(programUser, name) }

// ProviderUser is who acts for somebody who is signing in at the provider that is called so within
// a tenant: "provider-" and the name. It is zero if the name cannot be part of a user id.
func ProviderUser(name string) UserID { return reservedUser(providerUser, name) }

// MailUser is who asks for a mail of this kind, within a tenant: "mail-" and the kind. It is zero
// if the kind cannot be part of a user id.
func MailUser(kind string) UserID { return reservedUser(mailUser, kind) }

func reservedUser(prefix, name string) UserID {
	u, err := ParseUserID(prefix + name)
	if err != nil || name == "" {
		return UserID{}
	}
	return u
}

// IsReserved reports whether u is a name that only this program gives: of an API key, of a job, of
// a program that a tenant's own issuer vouches for, of somebody at a provider who is not known, or
// of somebody who asks for a mail.
func (u UserID) IsReserved() bool {
	return u.IsKey() || u.IsJob() || strings.HasPrefix(u.s, programUser) || strings.HasPrefix(u.s, providerUser) ||
		strings.HasPrefix(u.s, mailUser)
}

// IsJob reports whether u can only be a job's.
func (u UserID) IsJob() bool { return strings.HasPrefix(u.s, jobUser) }
