package tenant

import "strings"

// jobUser begins the user id of a job's Principal. It is nobody's, for the reasons that an API
// key's is nobody's: see KeyID.User.
const jobUser = "job-"

// JobUser is who does a job of this kind, within a tenant: "job-" and the kind. It is zero if the
// kind cannot be part of a user id.
func JobUser(kind string) UserID {
	u, err := ParseUserID(jobUser + kind)
	if err != nil || kind == "" {
		return UserID{}
	}
	return u
}

// IsReserved reports whether u is a name that only this program gives: of an API key, of a job, of
// a program that a tenant's own issuer vouches for, or of somebody at a provider who is not known.
func (u UserID) IsReserved() bool { return u.IsKey() || u.IsJob() || u.IsProgram() || u.IsProvider() }

// IsJob reports whether u can only be a job's.
func (u UserID) IsJob() bool { return strings.HasPrefix(u.s, jobUser) }
