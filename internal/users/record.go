package users

import (
	"strings"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// collection holds a tenant's people, each under their own identifier.
const collection = location.Users

// record is a person as stored. It is separate from User so that the stored form can change in its
// own time.
type record struct {
	Email   string    `firestore:"email"`
	Name    string    `firestore:"name"`
	Order   string    `firestore:"order"` // the name in lower case, what the list is ordered by
	Role    string    `firestore:"role"`
	Status  string    `firestore:"status"`
	Created time.Time `firestore:"created"`
	Updated time.Time `firestore:"updated"`
}

func newRecord(u User) record {
	return record{
		Email:   u.Email,
		Name:    u.Name,
		Order:   strings.ToLower(u.Name),
		Role:    u.Role.String(),
		Status:  string(u.Status),
		Created: u.Created,
		Updated: u.Updated,
	}
}

// decode turns a stored document into a User. A record that cannot be read whole is a
// *document.Unreadable, never a half-filled User: a role of a later version may be less than any
// that is known here.
func decode(doc *firestore.DocumentSnapshot) (User, error) {
	unreadable := func(fault string) (User, error) {
		return User{}, &document.Unreadable{Collection: collection, ID: doc.Ref.ID, Fault: fault}
	}
	var r record
	if err := doc.DataTo(&r); err != nil {
		return unreadable("form")
	}
	id, err := tenant.ParseUserID(doc.Ref.ID)
	if err != nil {
		return unreadable("id")
	}
	role, err := tenant.ParseRole(r.Role)
	if err != nil {
		return unreadable("role")
	}
	status, err := ParseStatus(r.Status)
	if err != nil {
		return unreadable("status")
	}
	return User{
		ID: id, Email: r.Email, Name: r.Name, Role: role, Status: status,
		Created: r.Created, Updated: r.Updated,
	}, nil
}

// Document is a person in stored form: what to create, at which path of the tenant's database.
type Document struct {
	Path string
	Data any
}

// FirstAdmin returns the document of a tenant's first person, who is made an active admin. It
// exists for onboarding alone: a tenant without people has nobody to whom a Grant could be vended,
// so the first record is written with the credentials that made the database. It writes nothing
// itself, so it opens no second way into a tenant's data. It returns ErrInvalid if u's identifier,
// e-mail address or name is not of its form.
func FirstAdmin(u User, now time.Time) (Document, error) {
	u.Role, u.Status = tenant.Admin, Active
	u.Created, u.Updated = document.Time(now), document.Time(now)
	if err := u.validate(); err != nil {
		return Document{}, err
	}
	return Document{Path: collection + "/" + u.ID.String(), Data: newRecord(u)}, nil
}
