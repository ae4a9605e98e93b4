package tenancy

import "context"

// actsForSelf returns nil if p is a person whose sign-in this program has seen, and whose session
// is in force: in a browser, or over the API with an ID token of their own exchange. They may
// change their own account, second factors and ways to sign in.
//
// Nobody else may. An API key and a program's access token are no person. A person's access token
// comes from an issuer of the tenant's: nobody here has seen that person sign in, or prove a second
// factor. An errand acts in somebody's name already. A credential that is not known acts for
// nobody.
func actsForSelf(ctx context.Context, p Principal) error {
	if p.Method() != BySession && p.Method() != ByBearer || p.Role() == 0 {
		return errNotSignedIn
	}
	return p.Check(ctx)
}
