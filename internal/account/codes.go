package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// CodeLife is how long a mailed code is good for.
const CodeLife = time.Hour

// What a mailed code proves.
const codeForAddress = "address"

// mailed is what stands behind a code that was mailed: for whom, and what it is about. A code is
// kept as a digest. It is good once, and for its purpose.
type mailed struct {
	Purpose string    `firestore:"purpose"`
	User    string    `firestore:"user"`
	Value   string    `firestore:"value"`
	Expires time.Time `firestore:"expires"`
}

// newCode makes a code, and keeps its digest.
func newCode(ctx context.Context, g vending.Grant, m mailed) (string, error) {
	code := rand.Text()
	m.Expires = document.Time(g.Now().Add(CodeLife))
	if _, err := codeRef(g, code).Create(ctx, m); err != nil {
		return "", people.Unavailable("keep a code", err)
	}
	return code, nil
}

func codeRef(g vending.Grant, code string) *firestore.DocumentRef {
	sum := sha256.Sum256([]byte(strings.ToUpper(strings.TrimSpace(code))))
	return g.Database().Collection(location.Codes).Doc(hex.EncodeToString(sum[:]))
}

// mailedOf reads what stands behind a code. identityplatform.ErrCode if there is none of the
// purpose that is good still.
func mailedOf(doc *firestore.DocumentSnapshot, err error, purpose string, now time.Time) (mailed, tenant.UserID, error) {
	var m mailed
	switch {
	case status.Code(err) == codes.NotFound:
		return m, tenant.UserID{}, identityplatform.ErrCode
	case err != nil:
		return m, tenant.UserID{}, people.Unavailable("read a code", err)
	}
	if err := doc.DataTo(&m); err != nil {
		return m, tenant.UserID{}, fmt.Errorf("%w: a code cannot be read", identityplatform.ErrUnavailable)
	}
	user, err := tenant.ParseUserID(m.User)
	if err != nil || user.IsZero() || m.Purpose != purpose || !now.Before(m.Expires) {
		return m, tenant.UserID{}, identityplatform.ErrCode
	}
	return m, user, nil
}
