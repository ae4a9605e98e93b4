package console

import (
	"net/http"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage"
)

const maxObjects = 100 // objects and folders on a page

func (c *console) buckets(*http.Request) (sheet, error) {
	all, err := c.Storage.Buckets()
	return sheet{Data: all}, err
}

type bucketView struct {
	storage.BucketInfo
	Resource string
	Prefix   string
	Folders  []link
	Objects  []objectRow
	More     string // the address of the next page; empty: none
	First    string // the address of the first page; empty on it
	Policy   policyView
}

// objectRow is an object in the list of its folder.
type objectRow struct {
	link
	storage.ObjectInfo
}

func (c *console) bucket(r *http.Request) (sheet, error) {
	q := r.URL.Query()
	name, prefix := q.Get("name"), q.Get("prefix")
	info, ok, err := c.Storage.Bucket(name)
	if err != nil || !ok {
		return sheet{}, either(err)
	}
	objects, folders, more, ok, err := c.Storage.Folder(name, prefix, q.Get("page"), maxObjects)
	if err != nil || !ok {
		return sheet{}, either(err)
	}
	resource := "projects/_/buckets/" + name
	v := bucketView{BucketInfo: info, Resource: resource, Prefix: prefix, Policy: c.policy(resource)}
	for _, f := range folders {
		v.Folders = append(v.Folders, link{strings.TrimPrefix(f, prefix), bucketURL(name, f)})
	}
	for _, o := range objects {
		v.Objects = append(v.Objects, objectRow{link{strings.TrimPrefix(o.Name, prefix), objectURL(name, o.Name, 0)}, o})
	}
	if q.Get("page") != "" {
		v.First = bucketURL(name, prefix)
	}
	if more != "" {
		v.More = address("/bucket", "name", name, "prefix", prefix, "page", more)
	}
	s := sheet{Title: name, Crumbs: []link{{"Buckets", "/buckets"}}, Data: v}
	if prefix != "" {
		steps := way(name, strings.TrimSuffix(prefix, "/"))
		s.Title, s.Crumbs = steps[len(steps)-1].Text+"/", append(s.Crumbs, steps[:len(steps)-1]...)
	}
	return s, nil
}

// way is the way from a bucket down to an object or a folder, which is its last step.
func way(bucket, name string) []link {
	all := []link{{bucket, bucketURL(bucket, "")}}
	begin := 0
	for i := range len(name) {
		if name[i] == '/' {
			all = append(all, link{name[begin : i+1], bucketURL(bucket, name[:i+1])})
			begin = i + 1
		}
	}
	return append(all, link{Text: name[begin:]})
}

// either is err, or when there is none, that the thing is not there.
func either(err error) error {
	if err == nil {
		return errNothing
	}
	return err
}
