package firestore

import (
	"encoding/base64"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/proto"
)

const (
	defaultPage = 100
	maxPage     = 1000
)

func pageSize(asked int32) (int, error) {
	switch {
	case asked < 0:
		return 0, invalid("the page size is negative")
	case asked == 0:
		return defaultPage, nil
	}
	return min(int(asked), maxPage), nil
}

// pageToken returns the token of the page behind the cursor.
func pageToken(c *firestorepb.Cursor) string {
	b, err := proto.Marshal(c)
	if err != nil {
		panic(err) // a message we made ourselves
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// parsePageToken returns nil for the first page.
func parsePageToken(token string) (*firestorepb.Cursor, error) {
	if token == "" {
		return nil, nil
	}
	c := new(firestorepb.Cursor)
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || proto.Unmarshal(b, c) != nil || len(c.Values) == 0 {
		return nil, invalid("invalid page token")
	}
	return c, nil
}

// pageOf returns a page of what is sorted by name. A token is the last name of the page before.
func pageOf[T any](all []T, name func(T) string, asked int32, token string) (page []T, next string, err error) {
	size, err := pageSize(asked)
	if err != nil {
		return nil, "", err
	}
	after, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, "", invalid("invalid page token")
	}
	for _, one := range all {
		switch {
		case name(one) <= string(after):
		case len(page) == size:
			return page, base64.RawURLEncoding.EncodeToString([]byte(name(page[size-1]))), nil
		default:
			page = append(page, one)
		}
	}
	return page, "", nil
}
