package files

import (
	"net/url"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/web/api"
)

// queryInput asks for a part of a list of files.
type queryInput struct {
	api.Part
	Sort   string `query:"sort" enum:"newest,name,size" default:"newest" doc:"The order: the newest first, by name, or the largest first."`
	Folder string `query:"folder" doc:"The path of a folder: only what is in it is listed, and not what is in folders of it."`
	Search string `query:"search" doc:"Beginnings of words of the name, each of which a file must have. A page may then hold fewer than limit although another follows."`
}

// query is what is asked for.
func (in queryInput) query() uploads.Query {
	return uploads.Query{Order: orderOf(in.Sort), Folder: in.Folder, Search: in.Search}
}

// foldersInput asks for a part of the folders of a folder.
type foldersInput struct {
	api.Part
	Folder string `query:"folder" doc:"The path of the folder whose folders are listed. Absent: those at the top."`
}

// list names the list, for its cursors.
func (in foldersInput) list() string { return "folders\x00" + in.Folder }

// list names the list, for its cursors.
func (in queryInput) list() string {
	q := in.query()
	return "uploads\x00" + string(q.Order) + "\x00" + q.Folder + "\x00" + q.Search
}

// orderOf is the order by its name in addresses.
func orderOf(name string) uploads.Order {
	if name == "newest" {
		return uploads.Newest
	}
	return uploads.Order(name)
}

// parameters is the query of an address that asks for the list of q, and a cursor.
func parameters(q uploads.Query, cursor string) string {
	values := url.Values{}
	for name, value := range map[string]string{"sort": string(q.Order), "folder": q.Folder, "search": q.Search, "cursor": cursor} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// moreFolders is the query of an address that asks for the same list with the next part of its
// folders.
func moreFolders(f List) string {
	values := url.Values{"folders": {f.MoreFolders}}
	if f.Query.Folder != "" {
		values.Set("folder", f.Query.Folder)
	}
	if f.Query.Order != uploads.Newest {
		values.Set("sort", string(f.Query.Order))
	}
	return "?" + values.Encode()
}
