package storage

import (
	"encoding/base64"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

func (s *Service) listObjects(c *call) error {
	q := store.Query{
		Prefix:    c.param("prefix"),
		Delimiter: c.param("delimiter"),
		Start:     c.param("startOffset"),
		End:       c.param("endOffset"),
	}
	var err error
	if q.Limit, err = c.pageSize(); err != nil {
		return err
	}
	if q.Versions, err = c.boolParam("versions"); err != nil {
		return err
	}
	if q.Trailing, err = c.boolParam("includeTrailingDelimiter"); err != nil {
		return err
	}
	if c.has("pageToken") && c.param("pageToken") != "" {
		token, err := base64.URLEncoding.DecodeString(c.param("pageToken"))
		var ok bool
		if q.From, ok = store.DecodePosition(token); err != nil || !ok {
			return invalid("Invalid value for: pageToken.")
		}
	}
	page, err := s.store.List(c.bucket(), q)
	if err != nil {
		return err
	}
	answer := objectList{Kind: "storage#objects", Prefixes: page.Prefixes}
	for _, o := range page.Objects {
		answer.Items = append(answer.Items, s.objectResourceOf(c, o))
	}
	if page.Next != nil {
		answer.NextPageToken = base64.URLEncoding.EncodeToString(page.Next.Encode())
	}
	return c.answer(answer)
}
