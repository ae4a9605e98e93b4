package storage

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/signed"
)

// Describe tells which account a request comes from and which resource it is about, as far as the
// request says; the request is neither admitted nor refused by it. An upload's own address stands
// for the account that began the upload, and a signed URL for the account it names: whether its
// signature is true is not looked at.
func (s *Service) Describe(r *http.Request) (account, resource string) {
	c := &call{r: r, ctx: r.Context()}
	if c.parse() != nil || c.match() != nil {
		return "", ""
	}
	switch {
	case c.bucket() == "":
		resource = projectResource(c.param("project")).Name
	default:
		resource = bucketName(c.bucket())
		if object := cmp.Or(c.object(), c.param("name")); object != "" {
			resource += "/objects/" + object
		}
	}
	switch {
	case c.route.bySession:
		ses, err := s.store.Session(c.param("upload_id"))
		if err != nil {
			return "", resource
		}
		return ses.Owner, bucketName(ses.Object.Bucket) + "/objects/" + ses.Object.Name
	case c.xml() && signed.Present(c.rawQuery):
		account, _, _ = strings.Cut(c.param("X-Goog-Credential"), "/")
		return account, resource
	}
	return s.cfg.IAM.Identify(r.Header.Get("Authorization"), audience), resource
}
